"""Stopping and starting what we send unasked: BAJA, ALTA, and no more job alerts."""

from __future__ import annotations

from flows.core.ask import Choice
from flows.core.step import END, STOP, Flow, Next
from flows.core.turn import Turn
from flows.store import JOB_OFFERS, consent_version, person, store

flow = Flow("baja")


@flow.gate
def salir(turn: Turn) -> Next:
    store(turn).opt_out()
    turn.say("hecho")
    return STOP


alta = Flow("alta")


@alta.gate
def entrar(turn: Turn) -> Next:
    """Who writes ALTA has said it; what is only understood so is asked: «no me vuelvan a escribir» is its opposite."""
    return confirmar if turn.answers.get("dudoso") and person(turn).opted_out else volver


@alta.step(Choice("si", "no"))
def confirmar(turn: Turn, answer: str) -> Next:
    if answer == "si":
        return volver
    turn.say("sigue_de_baja")
    return STOP


@alta.gate
def volver(turn: Turn) -> Next:
    store(turn).opt_in()
    turn.say("hecho")
    return END


sin_avisos = Flow("sin_avisos")


@sin_avisos.gate
def quitar(turn: Turn) -> Next:
    store(turn).consent(JOB_OFFERS, False, consent_version(turn))
    turn.say("hecho")
    return END
