"""Templates: those we have are in order, and each mistake is found before WhatsApp's reviewers find it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows import plantillas
from flows.catalogo import FLOWS
from flows.core.copy import BadCopy
from flows.core.reply import Option, Template
from flows.plantillas import Form, Variable

FORMS = plantillas.load()
FORM = FORMS["cita_recordatorio_1d"]
EXPECTED = {
    *("cita_recordatorio_3d", "cita_recordatorio_1d", "cita_recordatorio_2h"),
    *("cita_falto", "cita_lugar_libre", "cita_cerrado", "resultado_listo"),
    *("seguimiento_1m", "seguimiento_3m", "seguimiento_6m", "equipo_respuesta"),
}


def wrong(form: Form) -> list[str]:
    return list(plantillas.problems({form.name: form}, FLOWS))


def test_all_are_there_and_in_order() -> None:
    assert set(FORMS) == EXPECTED
    assert list(plantillas.problems(FORMS, FLOWS)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Cita-1"}, "other signs"),
        ({"category": "OTHER"}, "categoria"),
        ({"body": ""}, "0 characters"),
        ({"body": f"Hola {{{{1}}}} en {{{{2}}}} {'x' * 1024}."}, "1024 fit"),
        ({"body": "{{1}} en {{2}} es su cita."}, "begins or ends"),
        ({"body": "Su cita es {{1}} en {{2}}."}, "begins or ends"),
        ({"body": "Su cita {{1}} {{2}} es."}, "side by side"),
        ({"body": "Su cita {{2}} en {{1}} es."}, "in this order"),
        ({"body": "Su cita {{1}} en {{3}} es."}, "in this order"),
        ({"body": "Su cita {{cuando}} en {{2}} es."}, "in this order"),
        ({"body": "Su cita {{1}} es."}, "describes 2"),
        ({"body": "Cita {{1}} en {{2}} para personas retornadas."}, "retorn"),
        ({"body": "Cita {{1}} en {{2}} para Deportados de hoy."}, "deport"),
        ({"variables": (Variable("cuando", "", "x"), FORM.variables[1])}, "no meaning or no sample"),
        ({"variables": (Variable("cuando", "Cuándo.", " "), FORM.variables[1])}, "no meaning or no sample"),
        ({"buttons": ()}, "0 buttons"),
        ({"buttons": tuple(Option(f"o{n}", f"T{n}") for n in range(4))}, "4 buttons"),
        ({"buttons": (Option("si", "x" * 21),)}, "20 fit"),
        ({"buttons": (Option("si", "Sí"), Option("cambiar", "Sí"))}, "same title"),
        ({"buttons": (Option("nunca", "Nunca"),)}, "has not all of these buttons"),
        ({"opens": "nada"}, "no flow"),
        ({"asks": "comprobar"}, "is no question"),
        ({"asks": "nada"}, "is no question"),
    ],
)
def test_each_mistake_is_named(change: dict[str, object], says: str) -> None:
    lines = wrong(replace(FORM, **change))  # type: ignore[arg-type]
    assert any(says in line for line in lines), lines


def test_the_name_changes_with_the_text_and_only_then() -> None:
    assert replace(FORM, reviewed="Ana").official == FORM.official
    others = [replace(FORM, body=f"Hola. {FORM.body}"), replace(FORM, buttons=FORM.buttons[:2])]
    others.append(replace(FORM, category="MARKETING"))
    assert len({FORM.official, *(form.official for form in others)}) == 4
    assert all(plantillas.NAMES.fullmatch(form.official) for form in FORMS.values())


def test_filled() -> None:
    made = FORM.filled("K7M2QX4", "hoy  a las\n9:00", "")
    assert made == Template("cita_recordatorio_1d", ("hoy a las 9:00", "-", "K7M2QX4"), "es")
    with pytest.raises(ValueError, match="takes 2 values"):
        FORM.filled("K7M2QX4", "hoy")


def test_what_twilio_gets() -> None:
    inner = FORM.types["twilio/quick-reply"]
    assert inner["actions"][0] == {"type": "QUICK_REPLY", "title": "Sí, voy", "id": "recordatorio:si:{{3}}"}
    assert sorted(FORM.samples) == ["1", "2", "3"]


def test_a_bad_file_names_itself(tmp_path: Path) -> None:
    (tmp_path / "mala.toml").write_text('idioma = "es"\n', encoding="utf-8")
    with pytest.raises(BadCopy, match=r"plantillas/mala\.toml"):
        plantillas.load(tmp_path)
    (tmp_path / "mala.toml").write_text("idioma = ", encoding="utf-8")
    with pytest.raises(BadCopy, match=r"plantillas/mala\.toml"):
        plantillas.load(tmp_path)
