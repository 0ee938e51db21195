"""Going back: to the question before, also when another flow asked it, and never into a hole."""

from __future__ import annotations

from flows.core.ask import Call, Choice, Text
from flows.core.step import END, Done, Flow, Jump, Next
from flows.core.turn import Turn
from tests.kernel.talk import Talk
from tests.kernel.test_flow import asking


def four() -> Flow:
    """Four questions with a gate among them; the second may lead back to the first."""
    flow = Flow("a")

    @flow.step(Choice("si"))
    def uno(turn: Turn, answer: str) -> Next:
        return dos

    @flow.step(Choice("adelante", "vuelta"))
    def dos(turn: Turn, answer: str) -> Next:
        return uno if answer == "vuelta" else paso

    @flow.gate
    def paso(turn: Turn) -> Next:
        return tres

    @flow.step(Text())
    def tres(turn: Turn, answer: str) -> Next:
        return cuatro

    @flow.step(Text())
    def cuatro(turn: Turn, answer: str) -> Next:
        return END

    return flow


def test_back_asks_the_question_before_and_a_new_answer_replaces_the_old() -> None:
    talk = Talk.of(four())
    talk.begins("a")
    talk.taps("Si")
    talk.taps("Adelante")
    talk.says("rojo")
    assert talk.goes_back() == ["a.tres.texto"]
    assert talk.says("azul") == ["a.cuatro.texto"]
    assert talk.session.stack[0].answers["tres"] == "azul"


def test_back_passes_over_gates_down_to_the_first_question() -> None:
    talk = Talk.of(four())
    talk.begins("a")
    talk.taps("Si")
    talk.taps("Adelante")
    assert talk.goes_back() == ["a.dos.texto"]
    assert talk.goes_back() == ["a.uno.texto"]
    assert talk.goes_back() == ["comun.ya_es_el_inicio", "a.uno.texto"]


def test_a_question_asked_twice_is_gone_back_to_once() -> None:
    talk = Talk.of(four())
    talk.begins("a")
    talk.taps("Si")
    talk.taps("Vuelta")
    talk.taps("Si")
    assert talk.session.stack[0].path == ["dos", "uno"]
    assert talk.goes_back() == ["a.uno.texto"]
    assert talk.goes_back() == ["a.dos.texto"]
    assert talk.goes_back() == ["comun.ya_es_el_inicio", "a.dos.texto"]


def test_with_nothing_under_way_back_leads_home() -> None:
    assert Talk.of().goes_back() == ["comun.ya_es_el_inicio", "casa.puerta.texto"]


def inner() -> Flow:
    """Two questions whose answers are the result; asks nothing where it is known."""
    flow = Flow("b")

    @flow.gate
    def inicio(turn: Turn) -> Next:
        return Done("ya") if turn.answers.get("sabido") else color

    @flow.step(Choice("rojo", "azul"))
    def color(turn: Turn, answer: str) -> Next:
        return tono

    @flow.step(Choice("claro", "oscuro"))
    def tono(turn: Turn, answer: str) -> Next:
        return Done(f"{turn.answer(color)} {answer}")

    return flow


def outer(*, known: bool = False) -> Flow:
    flow = Flow("a")

    @flow.step(Choice("si"))
    def antes(turn: Turn, answer: str) -> Next:
        return pedir

    @flow.step(Call("b", (lambda _: {"sabido": "si"}) if known else None))
    def pedir(turn: Turn, value: str) -> Next:
        return despues

    @flow.step(Text())
    def despues(turn: Turn, answer: str) -> Next:
        return END

    return flow


def test_back_goes_into_a_flow_that_has_ended_at_its_last_question_and_out_at_its_first() -> None:
    talk = Talk.of(outer(), inner())
    talk.begins("a")
    talk.taps("Si")
    talk.taps("Rojo")
    assert talk.taps("Claro") == ["a.despues.texto"]
    assert talk.goes_back() == ["b.tono.texto"]
    assert talk.stack == [("a", "pedir"), ("b", "tono")]
    assert talk.goes_back() == ["b.color.texto"]
    assert talk.goes_back() == ["a.antes.texto"]
    assert talk.stack == [("a", "antes")]
    talk.taps("Si")
    talk.taps("Azul")
    talk.taps("Oscuro")
    assert talk.session.stack[0].answers["pedir"] == "azul oscuro"


def test_a_changed_answer_of_a_flow_that_had_ended_reaches_its_caller() -> None:
    talk = Talk.of(outer(), inner())
    talk.begins("a")
    for title in ("Si", "Rojo", "Claro"):
        talk.taps(title)
    talk.goes_back()
    assert talk.taps("Oscuro") == ["a.despues.texto"]
    assert talk.session.stack[0].answers["pedir"] == "rojo oscuro"
    assert talk.goes_back() == ["b.tono.texto"]


def test_a_call_that_asked_nothing_is_no_question_to_go_back_to() -> None:
    talk = Talk.of(outer(known=True), inner())
    talk.begins("a")
    assert talk.taps("Si") == ["a.despues.texto"]
    assert talk.goes_back() == ["a.antes.texto"]


def test_back_through_two_calls_deep() -> None:
    top = Flow("top")

    @top.step(Call("a"))
    def llamar(turn: Turn, value: str) -> Next:
        return fin

    @top.step(Choice("fin"))
    def fin(turn: Turn, answer: str) -> Next:
        return END

    middle = Flow("a")

    @middle.step(Call("b"))
    def pedir(turn: Turn, value: str) -> Next:
        return Done(value)

    talk = Talk.of(top, middle, inner())
    talk.begins("top")
    talk.taps("Rojo")
    assert talk.taps("Claro") == ["top.fin.texto"]
    assert talk.goes_back() == ["b.tono.texto"]
    assert talk.stack == [("top", "llamar"), ("a", "pedir"), ("b", "tono")]
    assert talk.taps("Oscuro") == ["top.fin.texto"]
    assert talk.session.stack[0].answers == {"llamar": "rojo oscuro"}


def test_back_does_not_leave_an_interruption() -> None:
    talk = Talk.of(four(), asking("b"))
    talk.begins("a")
    talk.taps("Si")
    talk.interrupts("b")
    assert talk.goes_back() == ["comun.ya_es_el_inicio", "b.primera.texto"]
    talk.taps("No")
    assert talk.goes_back() == ["a.uno.texto"]


def test_a_jump_cannot_be_gone_back_over() -> None:
    flow = Flow("c")

    @flow.step(Choice("saltar"))
    def orilla(turn: Turn, answer: str) -> Next:
        return Jump("a")

    talk = Talk.of(flow, four())
    talk.begins("c")
    talk.taps("Saltar")
    assert talk.goes_back() == ["comun.ya_es_el_inicio", "a.uno.texto"]


def test_back_to_a_question_that_a_deploy_retired_says_so() -> None:
    talk = Talk.of(four())
    talk.begins("a")
    talk.taps("Si")
    talk.taps("Adelante")
    shorter = Flow("a", moved={"dos": "tres"})
    for name in ("uno", "tres", "cuatro"):
        shorter.add(four().steps[name])
    assert talk.after_deploy(shorter).goes_back() == ["comun.retomamos", "a.tres.texto"]


def test_back_in_a_flow_that_a_deploy_retired_leads_home() -> None:
    talk = Talk.of(four())
    talk.begins("a")
    talk.taps("Si")
    assert talk.after_deploy().goes_back() == ["comun.ya_es_el_inicio", "casa.puerta.texto"]
