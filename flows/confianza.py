"""«Is this a scam? What do you do with my data?»: answered at once, and what was under way goes on."""

from __future__ import annotations

from flows.core.step import END, Flow, Next
from flows.core.turn import Turn
from flows.store import world

flow = Flow("confianza")


@flow.gate
def quienes_somos(turn: Turn) -> Next:
    turn.say("texto")
    office = world(turn).office
    if office:
        turn.say("comprobar_oficina", oficina=office)
    else:
        turn.say("comprobar_lugar")
    below = turn.session.stack[-2].flow if len(turn.session.stack) > 1 else ""
    if below in ("edad", "ubicacion"):  # «what do you want to know that for?»
        turn.say(f"por_que_{below}")
    return END
