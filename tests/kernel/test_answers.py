"""Answers that a step refuses, and answers that are missing because a deploy put the question behind somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.core.ask import Choice, Number, Pick, Text
from flows.core.reply import Option
from flows.core.step import END, Flow, Next, Unanswered, Unclear
from flows.core.turn import Turn
from tests.kernel.talk import Talk
from tests.kernel.test_flow import asking


def test_what_a_step_refuses_leaves_everything_as_it_was() -> None:
    flow = Flow("a")

    @flow.step(Number(1, 99))
    def edad(turn: Turn, value: int) -> Next:
        if value == 13:
            turn.answers["resto"] = "sucio"
            raise Unclear("dicho", por="supersticion")
        return END

    talk = Talk.of(flow, own={"a.edad": {"dicho": "No por {por}."}})
    talk.begins("a", previo="si")
    assert talk.says("13") == ["a.edad.dicho", "a.edad.texto"]
    assert talk.replies[0].text == "No por supersticion."
    (frame,) = talk.session.stack
    assert (frame.answers, frame.path) == ({"previo": "si"}, [])
    assert talk.session.misses == 1


def needing() -> Flow:
    """The last step builds on an answer that an older release did not ask for."""
    flow = Flow("a")

    @flow.step(Choice("si"))
    def inicio(turn: Turn, answer: str) -> Next:
        return fin

    @flow.step(Text())
    def nombre(turn: Turn, answer: str) -> Next:
        return fin

    @flow.step(Choice("si"))
    def fin(turn: Turn, answer: str) -> Next:
        turn.say("dicho", nombre=turn.answer(nombre))
        return END

    return flow


def test_an_answer_that_is_missing_is_asked_and_then_it_goes_on() -> None:
    talk = Talk.of(needing(), own={"a.fin": {"dicho": "Gracias, {nombre}."}})
    talk.begins("a")
    talk.taps("Si")
    assert talk.taps("Si") == ["a.nombre.texto"]
    assert talk.says("Ana") == ["a.fin.texto"]
    assert talk.taps("Si")[0] == "a.fin.dicho"
    assert talk.replies[0].text == "Gracias, Ana."


def test_an_answer_that_is_missing_for_the_words_or_options_of_a_question_is_asked_before_it() -> None:
    flow = Flow("a")

    @flow.step(Choice("si"))
    def inicio(turn: Turn, answer: str) -> Next:
        return saludo

    @flow.step(Text())
    def nombre(turn: Turn, answer: str) -> Next:
        return saludo

    def named(turn: Turn) -> Mapping[str, object]:
        return {"nombre": turn.answer(nombre)}

    @flow.step(Choice("si"), values=named)
    def saludo(turn: Turn, answer: str) -> Next:
        return letra

    def letters(turn: Turn) -> Sequence[Option]:
        if "vista" not in turn.answers:
            raise Unanswered(nombre)
        return [Option(letter, letter) for letter in turn.answer(nombre)]

    @flow.step(Pick(letters))
    def letra(turn: Turn, answer: str) -> Next:
        return END

    talk = Talk.of(flow, own={"a.saludo": {"texto": "Hola, {nombre}"}})
    talk.begins("a")
    assert talk.taps("Si") == ["a.nombre.texto"]
    assert talk.stack == [("a", "nombre")]
    assert talk.says("Ana") == ["a.saludo.texto"]
    assert talk.taps("Si") == ["a.nombre.texto"]


def test_a_gate_may_miss_an_answer_too() -> None:
    flow = Flow("a")

    @flow.gate
    def saludar(turn: Turn) -> Next:
        turn.say("dicho", nombre=turn.answer(nombre))
        return END

    @flow.step(Text())
    def nombre(turn: Turn, answer: str) -> Next:
        return saludar

    talk = Talk.of(flow)
    assert talk.begins("a") == ["a.nombre.texto"]
    assert talk.says("Ana")[0] == "a.saludar.dicho"


def test_a_question_shown_again_whose_words_miss_an_answer_asks_for_that() -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    flow = Flow("a")

    @flow.step(Choice("si", "no"), values=lambda turn: {"nombre": turn.answer(nombre)})
    def primera(turn: Turn, answer: str) -> Next:
        return END

    @flow.step(Text())
    def nombre(turn: Turn, answer: str) -> Next:
        return primera

    assert talk.after_deploy(flow).says("xyzzy") == ["a.primera.no_entendido", "a.nombre.texto"]


def test_what_was_said_by_content_alone_may_be_kept_by_a_provider() -> None:
    flow = Flow("a")

    @flow.gate
    def hablar(turn: Turn) -> Next:
        turn.say("dicho")
        turn.say("dicho", nombre="Ana")
        turn.say_content("dicho", tarea="soldar")
        turn.say_common("retomamos")
        turn.give("dicho", "/archivos/x")
        return pregunta

    @flow.step(Choice("si"), values=lambda _: {"nombre": "Ana"})
    def pregunta(turn: Turn, answer: str) -> Next:
        return END

    talk = Talk.of(flow)
    talk.begins("a")
    assert [reply.static for reply in talk.replies] == [True, False, True, True, False, False]
    assert talk.replies[4].media == ("/archivos/x",)
