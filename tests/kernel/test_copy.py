"""Words from files: found, filled in, and missed with a message that says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.core.copy import BadCopy, Copy, Label, MissingCopy

COPY = Copy(
    {
        "comun": {"hola": " Hola, {nombre}. ", "lista": ["a"], "botones": {"mas": "Ver más"}},
        "cita": {
            "suelto": "x",
            "dia": {
                "texto": "\n¿Qué día?\n",
                "botones": {"lunes": "Lunes", "martes": "Martes"},
                "detalles": {"martes": "solo por la tarde"},
                "sinonimos": {"lunes": ["el primero", "lun"]},
            },
        },
    }
)


def test_files_are_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "cita.toml").write_text('[dia]\ntexto = "¿Qué día?"\n', "utf-8")
    (tmp_path / "comun.toml").write_text('hola = "¡Buenas!"\n', "utf-8")
    (tmp_path / "notas.txt").write_text("nada", "utf-8")
    copy = Copy.load(tmp_path)
    assert set(copy.texts) == {"cita", "comun"}
    assert copy.text("cita", "dia", "texto", {}) == "¿Qué día?"


@pytest.mark.parametrize("content", ["[dia\n", 'texto = "sin fin\n', "a = 1\na = 2\n", "[dia]\n[dia]\n"])
def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "cita.toml").write_text(content, "utf-8")
    with pytest.raises(BadCopy, match=r"^cita\.toml: .*(line \d|end of document)"):
        Copy.load(tmp_path)


def test_a_text_is_the_steps_own_else_the_common_one() -> None:
    assert COPY.text("cita", "dia", "texto", {}) == "¿Qué día?"
    assert COPY.text("cita", "dia", "hola", {"nombre": "Ana"}) == "Hola, Ana."
    assert COPY.common("hola", {"nombre": "{llaves} y 100%"}) == "Hola, {llaves} y 100%."


@pytest.mark.parametrize("key", ["adios", "lista", "botones"])
def test_a_text_that_is_missing_is_named(key: str) -> None:
    with pytest.raises(MissingCopy, match=f"comun.toml has no text «{key}»"):
        COPY.text("cita", "dia", key, {})


@pytest.mark.parametrize("template", ["Hola, {nombre}", "Hola, {}", "Hola, {0}", "Hola, {", "Hola, }"])
def test_a_placeholder_without_a_value_is_named_with_its_text(template: str) -> None:
    with pytest.raises(MissingCopy, match=r"«Hola, .*» has no value"):
        Copy({"comun": {"hola": template}}).common("hola", {"apellido": "Paz"})


def test_labels_keep_the_files_order_and_their_details() -> None:
    assert COPY.labels("cita", "dia") == {"lunes": Label("Lunes"), "martes": Label("Martes", "solo por la tarde")}
    assert list(COPY.labels("cita", "dia")) == ["lunes", "martes"]
    assert COPY.synonyms("cita", "dia") == {"lunes": ("el primero", "lun")}
    assert COPY.common_labels == {"mas": "Ver más"}


@pytest.mark.parametrize(("flow", "heading"), [("nada", "dia"), ("cita", "nada"), ("cita", "suelto")])
def test_what_is_no_heading_is_empty(flow: str, heading: str) -> None:
    assert COPY.heading(flow, heading) == {}
    assert COPY.labels(flow, heading) == {}
    assert COPY.synonyms(flow, heading) == {}
