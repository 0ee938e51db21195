"""The document: its words, a QR code that a camera reads, a name that is never cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.certificates import codes, pdf
from bot.certificates.pdf import Document

PLAIN = Document(
    name="María Elena Ixcoʼy de la Cruz",
    trade="Instalador de tablayeso y cielo falso",
    standard="",
    centre="Centro de Quetzaltenango",
    institute="INTECAP",
    issued_on=date(2026, 11, 22),
    code="0123456789ABCDEF7",
    number="",
    link="https://constancias.example.org/verificar/0123-4567-89AB-CDEF7",
    issuer="Nuevas Oportunidades",
)
NUMBERED = replace(PLAIN, number="EC-0118 / 45", standard="EC0118")
REVEALING = ("deport", "retorn", "migra", "repatri", "devuelt")


def text_of(document: Document) -> str:
    (page,) = pypdfium2.PdfDocument(pdf.render(document))
    return str(page.get_textpage().get_text_range())


def test_it_says_what_it_is_until_the_institute_numbers_it() -> None:
    words = text_of(PLAIN)
    assert "Constancia de evaluación" in words
    assert "No lleva todavía el número de un instituto" in words
    assert "Certificado" not in words
    for fact in (PLAIN.name, PLAIN.trade, "INTECAP", "Centro de Quetzaltenango", "22 de noviembre de 2026"):
        assert fact in words


def test_with_a_number_it_is_a_certificate() -> None:
    words = text_of(NUMBERED)
    assert "Certificado de competencia laboral" in words
    assert "EC-0118 / 45" in words
    assert "Norma: EC0118" in words
    assert "todavía" not in words


def test_nothing_in_it_tells_that_somebody_was_returned() -> None:
    for document in (PLAIN, NUMBERED):
        raw = pdf.render(document)
        words = (text_of(document) + repr(pypdfium2.PdfDocument(raw).get_metadata_dict())).lower()
        assert not any(part in words for part in REVEALING)


def test_a_camera_reads_where_to_check_it() -> None:
    (page,) = pypdfium2.PdfDocument(pdf.render(PLAIN))
    (found,) = zxingcpp.read_barcodes(page.render(scale=2).to_numpy())
    assert found.text == PLAIN.link


def test_the_same_document_is_the_same_file() -> None:
    assert pdf.render(PLAIN) == pdf.render(PLAIN)


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Zs"], max_codepoint=0x17F), min_size=1, max_size=120))
def test_a_long_name_stays_on_the_page(name: str) -> None:
    document = pypdfium2.PdfDocument(pdf.render(replace(PLAIN, name=name, code=codes.new())))
    assert len(document) == 1
    page = document[0]
    for found in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
        left, _, right, _ = found.get_bounds()
        assert left >= 0
        assert right <= page.get_width()
