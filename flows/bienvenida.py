"""The welcome: who we are, what is kept, how old, where. Only what is needed now is asked."""

from __future__ import annotations

from collections.abc import Mapping

from flows.core.ask import Call, Choice
from flows.core.step import END, Flow, Jump, Next
from flows.core.turn import Turn
from flows.store import KEEP_ANSWERS, UNDER_18, consent_version, person, store, world

flow = Flow("bienvenida")


def _office(turn: Turn) -> Mapping[str, object]:
    office = world(turn).office
    key = "comprobar_oficina" if office else "comprobar_lugar"
    return {"comprobar": turn.copy.text("bienvenida", "acepta", key, {"oficina": office})}


@flow.gate
def inicio(turn: Turn) -> Next:
    return edad if person(turn).asked else acepta


@flow.step(Choice("si", "no", "mas"), values=_office, static=True)
def acepta(turn: Turn, answer: str) -> Next:
    if answer == "mas":
        return explicacion
    store(turn).consent(KEEP_ANSWERS, answer == "si", consent_version(turn))
    turn.say("acepto" if answer == "si" else "no_acepto")
    return edad


@flow.step(Choice("si", "no"))
def explicacion(turn: Turn, answer: str) -> Next:
    store(turn).consent(KEEP_ANSWERS, answer == "si", consent_version(turn))
    turn.say("acepto" if answer == "si" else "no_acepto")
    return edad


@flow.step(Call("edad"))
def edad(turn: Turn, band: str) -> Next:
    if band == UNDER_18:
        return Jump("menor")
    goal = turn.session.goal
    if goal:
        turn.session.goal = None
        return Jump(goal.flow, goal.answers)
    return lugar if not person(turn).place else END


@flow.step(Call("ubicacion"))
def lugar(turn: Turn, place: str) -> Next:
    return END
