"""Wanting a person: the wish is recorded, staff are alerted, and what happens next is told honestly."""

from __future__ import annotations

from flows.core.ask import Choice
from flows.core.step import END, Flow, Next
from flows.core.turn import Turn
from flows.store import UNDER_18, person, store, world

flow = Flow("persona")

PRIORITY = {"self_harm": 1, "violence": 1, "child": 1}


@flow.gate
def pedir(turn: Turn) -> Next:
    return registrar if turn.answers.get("reason") or turn.answers.get("topic") else confirmar


@flow.step(Choice("si", "no"))
def confirmar(turn: Turn, answer: str) -> Next:
    return registrar if answer == "si" else END


@flow.gate
def registrar(turn: Turn) -> Next:
    reason = "child" if person(turn).age_band == UNDER_18 else turn.answers.get("reason", "person")
    code = store(turn).hand_off(reason, priority=PRIORITY.get(reason, 3), topic=turn.answers.get("topic", ""))
    hours = world(turn).staff_hours(turn.now)
    if hours is None:
        turn.say("anotado_sin_horario", codigo=code)
    else:
        turn.say("anotado_ahora" if hours.open_now else "anotado_luego", codigo=code, horario=hours.words)
    if not person(turn).kept:
        turn.say("sin_guardar")
    return END
