"""Under 18: no labour profile, warm words, and the way to people who protect children."""

from __future__ import annotations

from flows.core.ask import Choice
from flows.core.step import STOP, Flow, Jump, Next
from flows.core.turn import Turn
from flows.emergencias import numbers

flow = Flow("menor")


@flow.step(Choice("persona", "ahora_no"), values=numbers)
def acompanar(turn: Turn, answer: str) -> Next:
    if answer == "persona":
        return Jump("persona", {"reason": "child"})
    turn.say("aqui_estamos")
    return STOP
