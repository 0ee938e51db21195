"""Two languages: the Spanish words with another language's below them, and the checks of what is written there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.core import siblings
from flows.core.copy import Bilingual, Copy, Label

SPANISH: dict[str, Any] = {
    "comun": {"adios": "Adiós.", "cuando": "el lunes", "botones": {"mas": "Ver más"}},
    "cita": {
        "dia": {
            "texto": "¿Qué día, {nombre}?",
            "listo": "Listo, {dia}.",
            "botones": {"si": "Sí", "no": "No"},
            "sinonimos": {"si": ["claro"]},
        }
    },
}
ENGLISH: dict[str, Any] = {
    "comun": {"revisado": "", "adios": "Bye.", "cuando": "on Monday", "botones": {"mas": "Ver más / More"}},
    "cita": {
        "revisado": "",
        "dia": {
            "texto": "Which day, {nombre}?",
            "listo": "Done, {dia}.",
            "botones": {"si": "Sí / Yes"},
            "detalles": {"no": "No"},
            "sinonimos": {"si": ["of course"]},
        },
    },
}
COPY = Copy(SPANISH, {"en": ENGLISH})
BOTH = COPY.beside("en")


def test_the_other_language_stands_below() -> None:
    assert BOTH.common("adios", {}) == "Adiós.\nBye."
    assert BOTH.text("cita", "dia", "texto", {"nombre": "Ana"}) == "¿Qué día, Ana?\nWhich day, Ana?"
    assert BOTH.text("cita", "dia", "adios", {}) == "Adiós.\nBye."


def test_a_value_that_is_a_text_goes_into_each_in_its_language() -> None:
    assert BOTH.text("cita", "dia", "listo", {"dia": BOTH.common("cuando", {})}) == "Listo, el lunes.\nDone, on Monday."
    assert COPY.text("cita", "dia", "listo", {"dia": BOTH.common("cuando", {})}) == "Listo, el lunes."


def test_longer_texts_are_set_apart() -> None:
    assert Bilingual("a\nb", "c") == "a\nb\n\nc"


def test_titles_descriptions_and_synonyms() -> None:
    assert BOTH.labels("cita", "dia") == {"si": Label("Sí / Yes"), "no": Label("No", "No")}
    assert BOTH.synonyms("cita", "dia") == {"si": ("claro", "of course")}
    assert BOTH.common_labels == {"mas": "Ver más / More"}


def test_there_and_back() -> None:
    assert COPY.beside("mam") is COPY
    assert BOTH.beside("es") is COPY
    assert (COPY.language, BOTH.language) == ("", "en")


def test_folders_are_languages(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "comun.toml").write_text('adios = "Adiós."\n', "utf-8")
    (tmp_path / "en" / "comun.toml").write_text('adios = "Bye."\n', "utf-8")
    assert Copy.load(tmp_path).beside("en").common("adios", {}) == "Adiós.\nBye."


@pytest.mark.parametrize(
    ("flow", "heading", "problem"),
    [
        ("nada", {}, "there is no nada.toml"),
        ("cita", {"hora": {}}, "there is no such heading"),
        ("cita", {"dia": {"tarde": "Late."}}, "there is no such text"),
        ("cita", {"dia": {"texto": "Which day, {name}?"}}, "«name» is no placeholder"),
        ("cita", {"dia": {"texto": "x" * 800}}, "too long for WhatsApp"),
        ("cita", {"dia": {"botones": {"si": "Sí, con mucho gusto / Yes"}}}, "25 characters; 20 fit"),
        ("cita", {"dia": {"botones": {"si": "No"}}}, "the same title"),
        ("cita", {"dia": {"botones": {"quizas": "Maybe"}}}, "is no option in Spanish"),
        ("cita", {"dia": {"detalles": {"si": "x" * 80}}}, "detalles.si has 80 characters"),
    ],
)
def test_what_does_not_fit_is_named(flow: str, heading: dict[str, Any], problem: str) -> None:
    (line,) = siblings.problems(Copy(SPANISH, {"en": {flow: heading}}))
    assert line.startswith(f"en/{flow}")
    assert problem in line


def test_what_nobody_approved_is_listed_until_somebody_did() -> None:
    assert list(siblings.problems(COPY)) == []
    assert list(siblings.unreviewed(COPY)) == ["textos/en: nobody who speaks it has approved the words of comun, cita"]
    approved = {name: {**file, "revisado": "A. Reader, 2027-01-15"} for name, file in ENGLISH.items()}
    assert list(siblings.unreviewed(Copy(SPANISH, {"en": approved}))) == []
