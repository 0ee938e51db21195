"""Short answers to what people ask on the way; what was under way goes on below."""

from __future__ import annotations

from flows.core.step import END, Flow, Next
from flows.core.turn import Turn

flow = Flow("preguntas")


@flow.gate
def responder(turn: Turn) -> Next:
    turn.say(turn.answers["tema"])
    return END
