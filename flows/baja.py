"""Stopping and starting what we send unasked: BAJA, ALTA, and no more job alerts."""

from __future__ import annotations

from flows.core.step import END, STOP, Flow, Next
from flows.core.turn import Turn
from flows.store import JOB_OFFERS, store

flow = Flow("baja")


@flow.gate
def salir(turn: Turn) -> Next:
    store(turn).opt_out()
    turn.say("hecho")
    return STOP


alta = Flow("alta")


@alta.gate
def volver(turn: Turn) -> Next:
    store(turn).opt_in()
    turn.say("hecho")
    return END


sin_avisos = Flow("sin_avisos")


@sin_avisos.gate
def quitar(turn: Turn) -> Next:
    store(turn).consent(JOB_OFFERS, False, turn.copy.common("version_consentimiento", {}))
    turn.say("hecho")
    return END
