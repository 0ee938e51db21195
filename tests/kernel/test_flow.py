"""How steps lead to steps: gates, calls and their answers, jumps, ends, interruptions, pauses, circles."""

from __future__ import annotations

import pytest

from flows.core.ask import Call, Choice, Number, Text
from flows.core.engine import MOVES, PAUSED, Circle
from flows.core.said import Said
from flows.core.step import END, STOP, Done, Flow, Jump, Next, TakeUp
from flows.core.turn import Turn
from tests.kernel.talk import Talk


def asking(name: str, *, resumable: bool = False) -> Flow:
    """Two questions, then the end."""
    flow = Flow(name, resumable=resumable)

    @flow.step(Choice("si", "no"))
    def primera(turn: Turn, answer: str) -> Next:
        return segunda if answer == "si" else END

    @flow.step(Text())
    def segunda(turn: Turn, answer: str) -> Next:
        turn.say("dicho")
        return END

    return flow


def stopping(name: str) -> Flow:
    flow = Flow(name)

    @flow.gate
    def adios(turn: Turn) -> Next:
        turn.say("dicho")
        return STOP

    return flow


def test_the_first_step_declared_is_where_a_flow_starts_and_answers_lead_on() -> None:
    talk = Talk.of(asking("a"))
    assert talk.begins("a") == ["a.primera.texto"]
    assert talk.titles == ["Si", "No"]
    assert talk.taps("Si") == ["a.segunda.texto"]
    assert talk.session.stack[0].answers == {"primera": "si"}
    assert talk.says("cualquier cosa") == ["a.segunda.dicho", "casa.puerta.texto"]


def test_a_name_is_declared_once() -> None:
    flow = asking("a")
    with pytest.raises(ValueError, match=r"declared twice: a\.primera"):
        flow.add(flow.steps["primera"])


def test_a_gate_decides_and_shows_nothing() -> None:
    flow = Flow("a")

    @flow.gate
    def decidir(turn: Turn) -> Next:
        return larga if turn.answers.get("modo") == "largo" else corta

    @flow.step(Choice("si"))
    def corta(turn: Turn, answer: str) -> Next:
        return END

    @flow.step(Choice("si"))
    def larga(turn: Turn, answer: str) -> Next:
        return END

    assert Talk.of(flow).begins("a") == ["a.corta.texto"]
    assert Talk.of(flow).begins("a", modo="largo") == ["a.larga.texto"]


def test_stop_rests_until_the_person_writes() -> None:
    talk = Talk.of(asking("a"), stopping("b"))
    talk.begins("a")
    assert talk.begins("b") == ["b.adios.dicho"]
    assert talk.stack == []
    assert talk.session.question is None


def caller(*, known: bool = False) -> Flow:
    """Asks another flow for a number and doubles it."""
    flow = Flow("a")

    @flow.step(Choice("si"))
    def antes(turn: Turn, answer: str) -> Next:
        return pedir

    @flow.step(Call("b", (lambda turn: {"sabido": "7"}) if known else None))
    def pedir(turn: Turn, value: str) -> Next:
        turn.answers["doble"] = str(2 * int(value))
        return despues

    @flow.step(Choice("si"), values=lambda turn: {"doble": turn.answers["doble"], "mismo": turn.answer(pedir)})
    def despues(turn: Turn, answer: str) -> Next:
        return END

    return flow


def called() -> Flow:
    flow = Flow("b")

    @flow.gate
    def inicio(turn: Turn) -> Next:
        return Done(turn.answers["sabido"]) if "sabido" in turn.answers else numero

    @flow.step(Number(0, 9))
    def numero(turn: Turn, value: int) -> Next:
        return Done(str(value))

    return flow


TOLD = {"a.despues": {"texto": "{doble}, dos veces {mismo}"}}


def test_a_flow_that_is_called_comes_back_with_its_answer() -> None:
    talk = Talk.of(caller(), called(), own=TOLD)
    talk.begins("a")
    assert talk.taps("Si") == ["b.numero.texto"]
    assert talk.stack == [("a", "pedir"), ("b", "numero")]
    assert talk.says("4") == ["a.despues.texto"]
    assert talk.replies[-1].text == "8, dos veces 4"
    assert talk.stack == [("a", "despues")]


def test_what_the_caller_knows_is_not_asked() -> None:
    talk = Talk.of(caller(known=True), called(), own=TOLD)
    talk.begins("a")
    assert talk.taps("Si") == ["a.despues.texto"]
    assert talk.replies[-1].text == "14, dos veces 7"


def test_a_jump_out_of_a_called_flow_leaves_its_caller_too_but_not_what_both_interrupted() -> None:
    flow = Flow("b")

    @flow.step(Choice("fuera"))
    def salida(turn: Turn, answer: str) -> Next:
        return Jump("c", {"saludo": "hola"})

    talk = Talk.of(asking("base"), caller(), flow, asking("c"), own=TOLD)
    talk.begins("base")
    talk.interrupts("a")
    talk.taps("Si")
    assert talk.stack == [("base", "primera"), ("a", "pedir"), ("b", "salida")]
    assert talk.taps("Fuera") == ["c.primera.texto"]
    assert talk.stack == [("base", "primera"), ("c", "primera")]
    assert talk.session.stack[-1].answers == {"saludo": "hola"}


def test_an_interruption_ends_and_what_it_interrupted_goes_on() -> None:
    talk = Talk.of(asking("a"), asking("b"))
    talk.begins("a")
    assert talk.interrupts("b") == ["b.primera.texto"]
    assert talk.stack == [("a", "primera"), ("b", "primera")]
    assert talk.taps("No") == ["comun.seguimos", "a.primera.texto"]
    assert talk.stack == [("a", "primera")]


def test_an_interruption_of_nothing_leads_home() -> None:
    talk = Talk.of(asking("b"))
    talk.interrupts("b")
    assert talk.taps("No") == ["casa.puerta.texto"]


def test_an_interruption_within_an_interruption() -> None:
    talk = Talk.of(asking("a"), asking("b"), asking("c"))
    talk.begins("a")
    talk.interrupts("b")
    talk.interrupts("c")
    assert talk.taps("No") == ["comun.seguimos", "b.primera.texto"]
    assert talk.taps("No") == ["comun.seguimos", "a.primera.texto"]


def test_an_interruption_asked_for_again_and_again_is_there_once() -> None:
    talk = Talk.of(asking("a"), asking("b"), asking("c"))
    talk.begins("a")
    for _ in range(50):
        talk.interrupts("b")
        talk.interrupts("c")
    assert talk.stack == [("a", "primera"), ("b", "primera"), ("c", "primera")]


def test_an_interruption_goes_with_what_it_called() -> None:
    talk = Talk.of(asking("base"), caller(), called(), own=TOLD)
    talk.begins("base")
    talk.interrupts("a")
    talk.taps("Si")
    talk.interrupts("a")
    assert talk.stack == [("base", "primera"), ("a", "antes")]


def test_a_step_that_waits_for_a_call_goes_on_below_an_interruption() -> None:
    talk = Talk.of(caller(), called(), asking("c"), own=TOLD)
    talk.begins("a")
    talk.taps("Si")
    talk.interrupts("c")
    assert talk.taps("No") == ["comun.seguimos", "b.numero.texto"]
    assert talk.says("3") == ["a.despues.texto"]


def resuming() -> Flow:
    """Home with a way back to what was paused."""
    flow = Flow("casa")

    @flow.step(Choice("retomar", "nada"))
    def puerta(turn: Turn, answer: str) -> Next:
        return TakeUp() if answer == "retomar" else STOP

    return flow


def test_a_flow_left_half_way_is_taken_up_again_at_the_same_question() -> None:
    talk = Talk.of(asking("a", resumable=True), resuming())
    talk.begins("a")
    talk.taps("Si")
    assert talk.pauses() == []
    assert (talk.stack, talk.session.question) == ([], None)
    talk.begins("casa")
    assert talk.taps("Retomar") == ["a.segunda.texto"]
    assert talk.session.paused == []
    assert talk.session.stack[0].answers == {"primera": "si"}


def test_taking_up_what_waits_for_a_call_asks_that_flow_again() -> None:
    waiting = caller()
    waiting.resumable = True
    talk = Talk.of(waiting, called(), resuming(), own=TOLD)
    talk.begins("a")
    talk.taps("Si")
    talk.begins("casa")
    assert talk.taps("Retomar") == ["b.numero.texto"]
    assert talk.says("2") == ["a.despues.texto"]


def test_what_has_no_answer_yet_or_cannot_be_resumed_is_just_left() -> None:
    talk = Talk.of(asking("a", resumable=True), asking("b"))
    talk.begins("a")
    talk.pauses()
    talk.begins("b")
    talk.taps("Si")
    talk.pauses()
    assert talk.session.paused == []


def test_the_newest_flows_are_kept_and_each_once() -> None:
    names = [f"f{number}" for number in range(PAUSED + 1)]
    talk = Talk.of(*(asking(name, resumable=True) for name in names))
    for name in [*names, names[1]]:
        talk.begins(name)
        talk.taps("Si")
        talk.pauses()
    assert [frame.flow for frame in talk.session.paused] == [*names[2:], names[1]]


def test_steps_in_a_circle_that_ask_nothing_are_a_mistake_not_a_hang() -> None:
    flow = Flow("a")
    passed = []

    @flow.gate
    def una(turn: Turn) -> Next:
        passed.append("una")
        return otra

    @flow.gate
    def otra(turn: Turn) -> Next:
        return una

    with pytest.raises(Circle, match="a: steps lead in a circle"):
        Talk.of(flow).begins("a")
    assert len(passed) == MOVES / 2


def test_a_circle_of_calls_and_one_of_jumps_are_mistakes_too() -> None:
    calls, jumps = Flow("a"), Flow("b")

    @calls.step(Call("a"))
    def otra_vez(turn: Turn, value: str) -> Next:
        return END

    @jumps.gate
    def salto(turn: Turn) -> Next:
        return Jump("b")

    talk = Talk.of(calls, jumps)
    for flow in ("a", "b"):
        with pytest.raises(Circle):
            talk.begins(flow)


def test_only_a_step_has_texts_of_its_own() -> None:
    with pytest.raises(RuntimeError, match="only a step"):
        Talk.of().meets(Said(), lambda turn: turn.say("dicho"))
