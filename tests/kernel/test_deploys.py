"""A new release meets people in the middle of an old conversation: no answer goes astray, nobody is stuck."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.core.ask import Call, Choice, Number, Text
from flows.core.said import Said
from flows.core.step import END, Done, Flow, Jump, Next, Step
from flows.core.turn import Turn
from tests.kernel.talk import Talk
from tests.kernel.test_flow import asking


def end(turn: Turn, answer: str) -> Next:
    return END


def flow(name: str, *steps: str, moved: dict[str, str] | None = None) -> Flow:
    """A flow of questions of these names; each answer ends it."""
    made = Flow(name, moved=moved or {})
    for step in steps:
        made.add(Step(made, step, Choice("si", "no"), end, step))
    return made


def begun() -> Talk:
    talk = Talk.of(flow("a", "vieja", "otra"))
    talk.begins("a")
    return talk


def test_a_step_that_is_gone_leads_to_where_it_was_moved() -> None:
    later = begun().after_deploy(flow("a", "primera", "nueva", moved={"vieja": "nueva"}))
    assert later.says("si") == ["comun.retomamos", "a.nueva.texto"]
    assert later.session.stack[0].answers == {}


@pytest.mark.parametrize("moved", [{}, {"vieja": "tampoco"}, {"otra": "nueva"}])
def test_a_step_that_is_gone_without_a_word_leads_to_the_start(moved: dict[str, str]) -> None:
    later = begun().after_deploy(flow("a", "primera", "nueva", moved=moved))
    assert later.says("si") == ["comun.retomamos", "a.primera.texto"]


def test_a_step_that_became_a_gate_is_gone_on_from() -> None:
    made = Flow("a")

    @made.gate
    def vieja(turn: Turn) -> Next:
        return nueva

    @made.step(Choice("si"))
    def nueva(turn: Turn, answer: str) -> Next:
        return END

    assert begun().after_deploy(made).says("si") == ["a.nueva.texto"]


def test_a_flow_that_is_gone_leads_home_or_to_what_it_interrupted() -> None:
    assert begun().after_deploy().says("si") == ["casa.puerta.texto"]
    talk = Talk.of(asking("a"), asking("b"))
    talk.begins("a")
    talk.interrupts("b")
    assert talk.after_deploy(asking("a")).says("no") == ["a.primera.texto"]


def caller() -> Flow:
    made = Flow("a")

    @made.step(Call("b"))
    def pedir(turn: Turn, value: str) -> Next:
        return despues

    @made.step(Choice("si"))
    def despues(turn: Turn, answer: str) -> Next:
        return END

    return made


def test_a_flow_whose_caller_is_gone_ends_and_leads_home() -> None:
    talk = Talk.of(caller(), flow("b", "color"))
    talk.begins("a")
    assert talk.stack == [("a", "pedir"), ("b", "color")]
    assert talk.after_deploy(flow("b", "color")).says("si") == ["casa.puerta.texto"]


def test_a_flow_whose_calling_step_became_a_question_leads_there() -> None:
    talk = Talk.of(caller(), flow("b", "color"))
    talk.begins("a")
    assert talk.after_deploy(flow("a", "pedir"), flow("b", "color")).says("si")[-1] == "a.pedir.texto"


def test_a_called_flow_that_is_gone_is_called_anew_by_what_its_step_calls_now() -> None:
    talk = Talk.of(caller(), flow("b", "color"))
    talk.begins("a")
    made = Flow("a")

    @made.step(Call("c"))
    def pedir(turn: Turn, value: str) -> Next:
        return END

    assert talk.after_deploy(made, flow("c", "tono")).says("rojo") == ["c.tono.texto"]


def test_what_the_person_came_for_may_be_gone() -> None:
    """A goal is kept in the session; its flow may be retired before it is reached."""
    made = Flow("a")

    @made.gate
    def llegar(turn: Turn) -> Next:
        return Jump("retirado")

    assert Talk.of(made).begins("a") == ["comun.retomamos", "casa.puerta.texto"]


def test_what_was_paused_may_be_gone() -> None:
    from tests.kernel.test_flow import resuming

    talk = Talk.of(asking("a", resumable=True), resuming())
    talk.begins("a")
    talk.taps("Si")
    talk.begins("casa")
    assert talk.after_deploy(resuming()).taps("Retomar") == ["casa.puerta.texto"]


def test_an_option_that_is_gone_is_not_taken_though_its_button_is_still_on_screen() -> None:
    talk = begun()
    made = Flow("a")
    made.add(Step(made, "vieja", Choice("si", "tal_vez"), end, "vieja"))
    later = talk.after_deploy(made)
    assert later.taps("No") == ["a.vieja.no_entendido", "a.vieja.texto"]
    assert later.titles == ["Si", "Tal_vez"]


@pytest.mark.parametrize("ask", [Choice("si", "no"), Number(), Text(), Choice("uno", "dos")])
def test_a_question_of_another_kind_reads_what_is_said_as_its_own(ask: Choice | Number | Text) -> None:
    talk = begun()
    made = Flow("a")
    then: Callable[[Turn, object], Next] = lambda turn, _: Done(turn.answers["vieja"])  # noqa: E731
    made.add(Step(made, "vieja", ask, then, "vieja"))
    assert talk.after_deploy(made).says("2")[-1] in {"casa.puerta.texto", "a.vieja.texto"}


def test_words_for_a_number_do_not_become_one_of_the_old_buttons() -> None:
    talk = Talk.of(flow("a", "vieja"))
    talk.begins("a")
    made = Flow("a")
    got = []

    @made.step(Number(0, 9))
    def vieja(turn: Turn, value: int) -> Next:
        got.append(value)
        return END

    talk.after_deploy(made).says("2")
    assert got == [2]


def test_an_older_sessions_question_without_an_id_on_screen_is_shown_anew() -> None:
    talk = begun()
    session = talk.session
    session.question = None
    talk.saved = session.to_json()
    assert talk.says("xyzzy")[-1] == "a.vieja.texto"
    assert talk.says("si") == ["casa.puerta.texto"]


def test_reading_without_a_question_on_screen_shows_one() -> None:
    talk = Talk.of(flow("a", "vieja"))
    talk.meets(Said("si"), talk.engine.answer)
    assert [reply.key for reply in talk.replies] == ["casa.puerta.texto"]
