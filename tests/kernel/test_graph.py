"""The graph of a flow, read from its code, and the page with every screen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from flows.catalogo import FLOWS
from flows.core.ask import Call, Choice, Text
from flows.core.copy import Copy
from flows.core.graph import ENDS, RESTS, TAKES_UP, Edge, edges, mermaid, unreachable
from flows.core.preview import page
from flows.core.step import END, STOP, Done, Flow, Jump, Next, Step, TakeUp
from flows.core.turn import Turn
from tests.kernel.talk import words


def winding() -> Flow:
    """A flow with every way to go on."""
    flow = Flow("a")

    def settle(turn: Turn, to: Step[Any]) -> Next:
        return to

    @flow.gate
    def inicio(turn: Turn) -> Next:
        return uno if turn.answers else dos

    @flow.step(Choice("si", "no"))
    def uno(turn: Turn, answer: str) -> Next:
        if answer == "si":
            return settle(turn, dos)
        return {"otra": tres}.get(answer, cuatro)

    @flow.step(Text())
    def dos(turn: Turn, answer: str) -> Next:
        return END

    @flow.step(Text())
    def tres(turn: Turn, answer: str) -> Next:
        return STOP if answer else Done("x")

    @flow.step(Call("b"))
    def cuatro(turn: Turn, answer: str) -> Next:
        return Jump("c", {"x": "y"}) if answer else TakeUp()

    @flow.step(Text())
    def isla(turn: Turn, answer: str) -> Next:
        return isla

    return flow


def test_every_way_out_of_every_step_is_an_edge() -> None:
    assert edges(winding()) == {
        *{Edge("inicio", "uno"), Edge("inicio", "dos")},
        *{Edge("uno", "dos"), Edge("uno", "tres"), Edge("uno", "cuatro")},
        *{Edge("dos", ENDS), Edge("tres", RESTS), Edge("tres", ENDS)},
        *{Edge("cuatro", "→ b"), Edge("cuatro", "→ c"), Edge("cuatro", TAKES_UP)},
        Edge("isla", "isla"),
    }


def test_a_step_that_nothing_leads_to_is_found() -> None:
    assert unreachable(winding()) == {"isla"}
    assert unreachable(winding(), {Edge("dos", "isla")}) == set()


def test_steps_made_from_data_are_one_place() -> None:
    flow = Flow("a")

    @flow.gate
    def inicio(turn: Turn) -> Next:
        return flow.steps["p1"]

    def add(index: int) -> None:
        def then(turn: Turn, answer: str) -> Next:
            return flow.steps[f"p{index + 1}"] if index < 3 else END

        flow.add(Step(flow, f"p{index}", Choice("si"), then, "pregunta"))

    for index in (1, 2, 3):
        add(index)
    assert edges(flow) == {Edge("inicio", "pregunta"), Edge("pregunta", "pregunta"), Edge("pregunta", ENDS)}
    assert unreachable(flow) == set()
    assert mermaid(flow).count('["pregunta"]') == 1


def test_mermaid() -> None:
    assert mermaid(winding()).splitlines() == [
        "flowchart TD",
        *['    inicio{"inicio"}', '    uno["uno"]', '    dos["dos"]', '    tres["tres"]', '    cuatro["cuatro"]'],
        *['    isla["isla"]', '    cuatro --> takes_up(("retoma"))', '    cuatro --> to_b(["→ b"])'],
        *['    cuatro --> to_c(["→ c"])', '    dos --> ends(("fin"))', "    inicio --> dos", "    inicio --> uno"],
        *["    isla --> isla", '    tres --> rests(("espera"))', '    tres --> ends(("fin"))'],
        *["    uno --> cuatro", "    uno --> dos", "    uno --> tres"],
    ]


@pytest.mark.parametrize("name", FLOWS)
def test_every_flow_of_ours_can_be_drawn(name: str) -> None:
    drawn = mermaid(FLOWS[name]).splitlines()
    declared = {line.split("{")[0].split("[")[0].strip() for line in drawn[1:] if "-->" not in line}
    assert declared == {step.copy for step in FLOWS[name].steps.values()}
    for line in drawn:
        assert re.fullmatch(r"flowchart TD|    \w+[\[{]\"\w+\"[\]}]|    \w+ --> \w+(\(.*\))?", line), line


# --- the page of every screen ------------------------------------------------------------------------------------


def test_every_text_is_on_the_page_escaped_and_with_its_placeholders_marked() -> None:
    flow = winding()
    copy = words({"a": flow}, {"a.dos": {"texto": "Hola, {nombre}: ¿<b>1 & 2</b>?", "detalles": {"x": "no sale"}}})
    html = page({"a": flow}, copy, "Título <1>")
    assert "<title>Título &lt;1&gt;</title>" in html
    assert "Hola, <mark>nombre</mark>: ¿&lt;b&gt;1 &amp; 2&lt;/b&gt;?" in html
    assert "<h3>a.dos.texto</h3>" in html
    assert '<span class="b">Si</span><span class="b">No</span>' in html
    assert "<h3>comun.seguimos</h3>" in html
    assert "no sale" not in html
    assert "<script" not in html


def test_steps_made_from_data_are_shown_once() -> None:
    flow = Flow("a")
    for name in ("p1", "p2"):
        flow.add(Step(flow, name, Text(), lambda turn, answer: END, "pregunta"))
    copy = Copy({"a": {"pregunta": {"texto": "¿Lo hace?"}}, "comun": {}})
    assert page({"a": flow}, copy, "x").count("¿Lo hace?") == 1
