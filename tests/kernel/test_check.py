"""The checker finds each kind of mistake in words and flows, names the place, and says how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flows.core.ask import Call, Choice, Pick, Text
from flows.core.check import Checker
from flows.core.copy import Copy
from flows.core.step import END, Flow, Jump, Next, Step, Unclear
from flows.core.turn import Turn

CODE = """
def seguir(turn, band):
    turn.say("gracias")
    turn.say("a" if band else "b", nombre="Ana")
    turn.copy.text("cita", "dia", f"banda_{band}", {"total": 3})
    turn.say_common("saludo")
    turn.copy.common("despedida", {})
"""

COMMON = {"saludo": "Hola", "despedida": "Adiós", "botones": {"mas": "Ver más"}}
DAY = {"texto": "¿Qué día?", "botones": {"lunes": "Lunes", "martes": "Martes"}}


def day() -> Flow:
    flow = Flow("cita")

    @flow.step(Choice("lunes", "martes"))
    def dia(turn: Turn, answer: str) -> Next:
        turn.say("gracias")
        return END

    return flow


def problems(folder: Path, flow: Flow, headings: Mapping[str, Any], common: Mapping[str, Any] = COMMON) -> list[str]:
    code = folder / "code.py"
    code.write_text(CODE, "utf-8")
    copy = Copy({"cita": headings, "comun": common})
    return Checker({flow.name: flow}, copy, [code]).problems()


def with_day(**heading: Any) -> dict[str, Any]:
    return {"dia": {**DAY, "gracias": "Gracias.", **heading}}


def test_what_is_right_is_not_complained_about(tmp_path: Path) -> None:
    assert problems(tmp_path, day(), with_day()) == []
    assert problems(tmp_path, day(), with_day(banda_x="Todo {total}", a="Hola {nombre}", sinonimos={"lunes": []})) == []


@pytest.mark.parametrize(
    ("heading", "problem"),
    [
        ({"texto": None}, "cita.dia: asks, but has no text; write «texto» under [dia] in cita.toml"),
        ({"botones": {"lunes": "L"}}, "cita.dia: option «martes» has no title; write botones.martes"),
        (
            {"botones": {"lunes": "L", "martes": "M", "jueves": "J"}},
            "cita.dia: botones.jueves is no option of the step; delete it",
        ),
        ({"sinonimos": {"jueves": ["x"]}}, "cita.dia: sinonimos.jueves is no option of the step; delete it"),
        (
            {"botones": {"lunes": "L" * 21, "martes": "M"}},
            "cita.dia: the title of «lunes» has 21 characters; 20 fit",
        ),
        ({"detalles": {"lunes": "x" * 73}}, "cita.dia: detalles.lunes has 73 characters; 72 fit"),
        (
            {"botones": {"lunes": "Ese", "martes": "Ese"}},
            "cita.dia: two options have the same title; nobody can tell them apart",
        ),
        ({"gracia": "Gracias"}, "cita.dia.gracia: no step says this; delete it, or mend its name"),
        ({"gracias": None}, "cita.dia: says «gracias», which is not written; write it under [dia] in cita.toml"),
        ({"gracias": "Hola {nombr}"}, "cita.dia.gracias: no code gives «nombr»; mend the placeholder's name"),
        ({"gracias": "Hola {"}, "cita.dia.gracias: a brace that is no placeholder; write {{ or }}"),
        (
            {"texto": "x" * 1025},
            "cita.dia.texto: 1025 characters are too long for WhatsApp (1024, less what is filled in)",
        ),
        (
            {"texto": "{nombre}" + "x" * 800},
            "cita.dia.texto: 808 characters are too long for WhatsApp (1024, less what is filled in)",
        ),
        (
            {"gracias": "x" * 1601},
            "cita.dia.gracias: 1601 characters are too long for WhatsApp (1600, less what is filled in)",
        ),
    ],
)
def test_each_mistake_in_a_heading_is_found(tmp_path: Path, heading: dict[str, Any], problem: str) -> None:
    written = {key: value for key, value in with_day(**heading)["dia"].items() if value is not None}
    assert problems(tmp_path, day(), {"dia": written}) == [problem]


def test_what_fits_exactly_is_fine(tmp_path: Path) -> None:
    most = {"texto": "x" * 1024, "gracias": "x" * 1600, "botones": {"lunes": "L" * 20, "martes": "M"}}
    assert problems(tmp_path, day(), with_day(**most, detalles={"lunes": "x" * 72})) == []


def test_four_options_are_rows_and_rows_are_wider(tmp_path: Path) -> None:
    flow = Flow("cita")

    @flow.step(Choice("a", "b", "c", "d"))
    def dia(turn: Turn, answer: str) -> Next:
        return END

    titles = {"a": "A" * 24, "b": "B", "c": "C", "d": "D"}
    assert problems(tmp_path, flow, {"dia": {"texto": "?", "botones": titles}}) == []
    titles["a"] += "A"
    assert problems(tmp_path, flow, {"dia": {"texto": "?", "botones": titles}}) == [
        "cita.dia: the title of «a» has 25 characters; 24 fit"
    ]


def test_options_from_data_may_have_any_titles_of_their_own(tmp_path: Path) -> None:
    flow = Flow("cita")

    @flow.step(Pick(lambda turn: []))
    def dia(turn: Turn, answer: str) -> Next:
        return END

    assert problems(tmp_path, flow, {"dia": {"texto": "?", "botones": {"otro": "Otro"}}}) == []


def test_a_question_with_variants_needs_no_texto(tmp_path: Path) -> None:
    flow = Flow("cita")

    @flow.step(Text(), variant=lambda turn: "a")
    def dia(turn: Turn, answer: str) -> Next:
        return END

    assert problems(tmp_path, flow, {"dia": {"a": "¿Qué?"}}) == []
    assert problems(tmp_path, flow, {"dia": {"a": "x" * 1025}}) == [
        "cita.dia.a: 1025 characters are too long for WhatsApp (1024, less what is filled in)"
    ]


def test_mistakes_in_the_common_words_are_found(tmp_path: Path) -> None:
    common = {"saludo": "Hola {nombr}", "sobra": "x", "botones": {"mas": "Ver más"}}
    assert problems(tmp_path, day(), with_day(), common) == [
        "comun.saludo: no code gives «nombr»; mend the placeholder's name",
        "comun.sobra: no step says this; delete it, or mend its name",
        "comun.despedida: the code says this, but it is not written; write it in comun.toml",
    ]


def test_a_text_may_be_a_common_one(tmp_path: Path) -> None:
    written = with_day()
    del written["dia"]["gracias"]
    assert problems(tmp_path, day(), written, {**COMMON, "gracias": "Gracias."}) == []


def test_mistakes_in_the_graph_are_found(tmp_path: Path) -> None:
    flow = day()

    @flow.gate
    def isla(turn: Turn) -> Next:
        return Jump("atlantida")

    @flow.step(Call("lemuria"))
    def otra_isla(turn: Turn, value: str) -> Next:
        return END

    assert sorted(problems(tmp_path, flow, with_day())) == [
        "cita.isla: goes on in «atlantida», which is no flow",
        "cita.isla: no step leads here; delete it, or lead to it",
        "cita.otra_isla: goes on in «lemuria», which is no flow",
        "cita.otra_isla: no step leads here; delete it, or lead to it",
    ]


def test_headings_and_files_of_nothing_are_found(tmp_path: Path) -> None:
    assert problems(tmp_path, day(), {**with_day(), "noche": {"texto": "x"}}) == [
        "cita.noche: there is no step of this name; delete the heading, or mend its name"
    ]
    copy = Copy({"cita": with_day(), "comun": {"gracias": "x"}, "cena": {}, "comandos": {"menu": ["menu"]}})
    found = Checker({"cita": day()}, copy, [], other_files=frozenset({"comandos"})).problems()
    assert "cena.toml: there is no flow of this name; delete the file, or mend its name" in found
    assert not any("comandos" in line for line in found)


def test_keys_that_content_names_are_said(tmp_path: Path) -> None:
    copy = Copy({"cita": {"dia": {**DAY, "gracias": "x", "repaso": "Repase."}}, "comun": {}})
    code = tmp_path / "code.py"
    code.write_text('turn.say("gracias")', "utf-8")
    assert Checker({"cita": day()}, copy, [code]).problems() != []
    assert Checker({"cita": day()}, copy, [code], data_keys=frozenset({"repaso"})).problems() == []


def test_a_heading_shared_by_steps_made_from_data_is_looked_at_once(tmp_path: Path) -> None:
    flow = Flow("cita")

    @flow.gate
    def inicio(turn: Turn) -> Next:
        return flow.steps["p1"]

    def then(turn: Turn, answer: str) -> Next:
        return flow.steps["p2"]

    for name in ("p1", "p2"):
        flow.add(Step(flow, name, Choice("si"), then, "pregunta"))
    assert problems(tmp_path, flow, {"pregunta": {"texto": "?", "botones": {"si": "S" * 21}}}) == [
        "cita.pregunta: the title of «si» has 21 characters; 20 fit"
    ]


def test_only_a_step_that_asks_can_find_an_answer_unclear(tmp_path: Path) -> None:
    flow = day()

    @flow.gate
    def pasar(turn: Turn) -> Next:
        if not turn.answers:
            raise Unclear("gracias")
        return END

    assert any(line.startswith("cita.pasar: has no answer of its own") for line in problems(tmp_path, flow, with_day()))
