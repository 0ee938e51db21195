"""Short answers to what people ask on the way; what was under way goes on below."""

from __future__ import annotations

from flows.core.step import END, Flow, Jump, Next
from flows.core.turn import Turn
from flows.store import agenda, world

flow = Flow("preguntas")


@flow.gate
def responder(turn: Turn) -> Next:
    topic = turn.answers["tema"]
    if topic == "cita" and (agenda(turn).standing() or agenda(turn).waits()):
        return Jump("mi_cita")
    turn.say(topic)
    hours = world(turn).staff_hours(turn.now)
    if topic == "cita" and hours:
        turn.say("horario", horario=hours.words)
    return END
