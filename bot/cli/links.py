"""`arraigo link`: addresses and QR codes for one place where people hear of us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from bot.cli.common import BadArgument, wired


def link(
    source: Annotated[str, typer.Option(help="Where the code will hang, such as «CRR zona 13».")],
    qr: Annotated[bool, typer.Option(help="Also write a QR code (SVG and PNG) for each link.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the QR codes.")] = Path("."),
) -> None:
    """Links that open the chat and say where the person heard of us."""
    from bot.inbox import sources

    with wired() as app:
        if not source.strip():
            raise BadArgument("--source is empty: name the place, such as «CRR zona 13»")
        code = app.database.write_now(lambda c: sources.register(c, source.strip(), app.clock()))
        greeting = app.copy.common("saludo_enlace", {"codigo": code})
        settings = app.settings
        links = {}
        if settings.twilio_whatsapp_from:
            number = settings.twilio_whatsapp_from.removeprefix("whatsapp:").lstrip("+")
            links["whatsapp"] = f"https://wa.me/{number}?text={quote(greeting)}"
        if settings.telegram_bot:
            links["telegram"] = f"https://t.me/{settings.telegram_bot}?start={code}"
        links["web"] = f"{settings.public_url or 'http://127.0.0.1:8000'}/chat?origen={code}"
    for name, address in links.items():
        print(f"{name}: {address}")
        if qr:
            _write_codes(address, out / f"arraigo-{code}-{name}")


def _write_codes(address: str, stem: Path) -> None:
    import segno

    stem.parent.mkdir(parents=True, exist_ok=True)
    code = segno.make(address, error="m", micro=False)
    for suffix in (".svg", ".png"):
        code.save(str(stem.with_suffix(suffix)), scale=8, border=4)
        print(f"  {stem.with_suffix(suffix)}")


def add(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(link)
