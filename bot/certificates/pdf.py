"""The document as a PDF: one page, readable on a telephone and on paper, with a QR code that leads to its check."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import segno

from bot.certificates import codes

if TYPE_CHECKING:  # it takes a tenth of a second to load, and most processes never make a document
    from reportlab.pdfgen.canvas import Canvas

HERE: Final = Path(__file__).parent
GREEN, INK, GREY, WARM = "#1f4d3a", "#1d2a25", "#5b6a63", "#b5651d"
WIDTH, HEIGHT = 841.89, 595.28  # A4, landscape, in points
MARGIN: Final = 54.0
MIDDLE: Final = WIDTH / 2
QR: Final = 104.0


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed. `code` as stored; `number` and `standard` may be ""."""

    name: str
    trade: str
    standard: str
    centre: str
    institute: str
    issued_on: date
    code: str
    number: str
    link: str  # where it is checked
    issuer: str


@cache
def words() -> dict[str, Any]:
    """The texts of the document."""
    return tomllib.loads((HERE / "palabras.toml").read_text(encoding="utf-8"))


def day(on: date) -> str:
    """«22 de noviembre de 2026»."""
    return str(words()["dia"].format(dia=on.day, mes=words()["meses"][on.month - 1], año=on.year))


def address(base: str, code: str) -> str:
    """Where a code is checked."""
    return f"{base}/verificar/{codes.shown(code)}"


def render(document: Document) -> bytes:
    """The PDF; the same document gives the same bytes."""
    from reportlab.pdfgen.canvas import Canvas

    _fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, lang="es")
    kind = words()["tipo_certificado" if document.number else "tipo_constancia"]
    canvas.setTitle(f"{kind} {codes.shown(document.code)}")
    canvas.setAuthor(document.issuer)
    canvas.setSubject(words()["asunto"])
    _frame(canvas, document)
    _who(canvas, document, kind)
    _facts(canvas, document)
    _check(canvas, document)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def _fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(f"OpenSans-{name}", HERE / "fonts" / f"OpenSans-{name}.ttf"))


def _frame(canvas: Canvas, document: Document) -> None:
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(2)
    canvas.roundRect(MARGIN / 2, MARGIN / 2, WIDTH - MARGIN, HEIGHT - MARGIN, 14)
    canvas.setFillColor(GREEN)
    _centred(canvas, words()["emisor"].format(emisor=document.issuer), HEIGHT - 76, 12, "Bold")


def _who(canvas: Canvas, document: Document, kind: str) -> None:
    canvas.setFillColor(GREEN)
    _centred(canvas, kind, HEIGHT - 132, 30, "Bold")
    canvas.setFillColor(GREY)
    _centred(canvas, words()["se_hace_constar"], HEIGHT - 182, 13)
    canvas.setFillColor(INK)
    _centred(canvas, document.name, HEIGHT - 226, 28, "Bold")
    canvas.setFillColor(GREY)
    _centred(canvas, words()["demostro"], HEIGHT - 266, 13)
    canvas.setFillColor(WARM)
    _centred(canvas, document.trade, HEIGHT - 310, 24, "Bold")


def _facts(canvas: Canvas, document: Document) -> None:
    text = words()
    lines = [text["norma"].format(norma=document.standard) if document.standard else text["sin_norma"]]
    if document.institute:
        lines.append(text["instituto"].format(instituto=document.institute))
    if document.centre:
        lines.append(text["lugar"].format(centro=document.centre))
    lines.append(text["fecha"].format(fecha=day(document.issued_on)))
    if document.number:
        lines.append(text["numero"].format(numero=document.number))
    canvas.setFillColor(INK)
    for at, line in enumerate(lines):
        _line(canvas, line, MARGIN + 18, HEIGHT - 386 - 20 * at, 12, WIDTH - 2 * MARGIN - QR - 60)
    if not document.number:
        canvas.setFillColor(GREY)
        _line(canvas, text["aviso_constancia"], MARGIN + 18, MARGIN + 12, 10, WIDTH - 2 * MARGIN - QR - 60)


def _check(canvas: Canvas, document: Document) -> None:
    """The QR code with its words below; as a link too, for who reads it on the telephone that got it."""
    left, bottom = WIDTH - MARGIN - QR - 18, MARGIN + 62
    matrix = list(segno.make(document.link, error="m", micro=False).matrix_iter(scale=1, border=0))
    size = QR / len(matrix)
    canvas.setFillColor("#000000")
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                canvas.rect(left + x * size, bottom + QR - (y + 1) * size, size, size, stroke=0, fill=1)
    canvas.linkURL(document.link, (left, bottom, left + QR, bottom + QR), relative=0)
    canvas.setFillColor(INK)
    centre = left + QR / 2
    for at, line in enumerate((words()["compruebe"], words()["codigo"].format(codigo=codes.shown(document.code)))):
        canvas.setFont(f"OpenSans-{'Regular' if at else 'Bold'}", 9)
        canvas.drawCentredString(centre, bottom - 18 - 14 * at, line)
    canvas.setFillColor(GREY)
    canvas.setFont("OpenSans-Regular", 7)
    canvas.drawCentredString(centre, bottom - 46, document.link.partition("://")[2].rpartition("/")[0])


def _centred(canvas: Canvas, text: str, y: float, size: float, weight: str = "Regular") -> None:
    """A line in the middle, smaller where it would not fit: a long name is never cut."""
    font = f"OpenSans-{weight}"
    wide = canvas.stringWidth(text, font, size)
    canvas.setFont(font, min(size, size * (WIDTH - 3 * MARGIN) / wide) if wide else size)
    canvas.drawCentredString(MIDDLE, y, text)


def _line(canvas: Canvas, text: str, x: float, y: float, size: float, room: float) -> None:
    wide = canvas.stringWidth(text, "OpenSans-Regular", size)
    canvas.setFont("OpenSans-Regular", min(size, size * room / wide) if wide else size)
    canvas.drawString(x, y, text)
