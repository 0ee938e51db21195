"""Before and after the day: «are you coming?», a centre that cannot, and what was in the way of who did not come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flows.agenda import CAUSES, MISSED, STANDING, Appointment, Gone
from flows.core.ask import Choice
from flows.core.said import Said
from flows.core.step import Flow, Jump, Next, Unanswered
from flows.core.turn import Turn
from flows.final import rest
from flows.horarios import WHEN, when
from flows.mi_cita import CODE, WISH, standing
from flows.sedes import facts, told, whereabouts
from flows.store import agenda
from nlu.text import normalise

SURE: Final = 0.6  # of a wish, before it answers what is asked here
_MEANT: Final = {"cancel_assessment": "no_puedo", "reschedule_assessment": "cambiar"}

flow = Flow("recordatorio")


def _other_day(turn: Turn, said: Said) -> str | None:
    """«Mejor el jueves»: a day in place of a yes or a no."""
    mine = standing(turn)
    words = when(turn, said.text, mine.centre.zone) if mine else ""
    if words:
        turn.answers[WHEN] = words
    return "cambiar" if words else None


def _coming(turn: Turn, said: Said) -> str | None:
    """Another day; or that they cannot, in words of their own."""
    wish = said.understanding.intent if said.understanding else None
    return _other_day(turn, said) or (_MEANT.get(wish.name) if wish and wish.confidence >= SURE else None)


def _wished(turn: Turn, action: str) -> dict[str, str]:
    """What the appointment's own conversation is told: which one, what for, and the day that was wished."""
    known = {CODE: turn.answers[CODE], WISH: action}
    return known | ({WHEN: turn.answers[WHEN]} if WHEN in turn.answers else {})


@flow.gate
def comprobar(turn: Turn) -> Next:
    return viene if standing(turn) else ya_no


@flow.gate
def ya_no(turn: Turn) -> Next:
    turn.say("texto")
    return rest(turn)


def _reminded(turn: Turn) -> Mapping[str, object]:
    mine = standing(turn)
    if mine is None:
        raise Unanswered(ya_no)
    words = told(turn, mine.starts_at, mine.centre, from_today=True)
    return {**facts(turn, mine), "cuando": words, "donde": whereabouts(mine.centre)}


@flow.step(Choice("si", "cambiar", "no_puedo", hears=_coming), values=_reminded)
def viene(turn: Turn, answer: str) -> Next:
    if standing(turn) is None:
        return ya_no
    if answer == "cambiar":
        return Jump("mi_cita", _wished(turn, "cambiar"))
    if answer == "no_puedo":
        return no_puede
    try:
        agenda(turn).confirm(turn.answers[CODE])
    except Gone:
        return ya_no
    turn.say("le_esperamos", **_reminded(turn))
    return rest(turn)


@flow.step(Choice("cambiar", "cancelar", "si_voy", hears=_other_day), values=_reminded)
def no_puede(turn: Turn, answer: str) -> Next:
    """Another day comes first; who gives the place back is thanked: somebody else waits for one."""
    if answer == "cambiar":
        return Jump("mi_cita", _wished(turn, "cambiar"))
    try:
        if answer == "si_voy":
            agenda(turn).confirm(turn.answers[CODE])
        else:
            agenda(turn).cancel(turn.answers[CODE], "person")
    except Gone:
        return ya_no
    turn.say("le_esperamos" if answer == "si_voy" else "cancelada", **facts_of(turn))
    return rest(turn)


def facts_of(turn: Turn) -> Mapping[str, object]:
    """Of the appointment in any state."""
    mine = agenda(turn).appointment(turn.answers.get(CODE, ""))
    return facts(turn, mine) if mine else {}


# --- the centre cannot -----------------------------------------------------------------------------------

cerrado = Flow("cerrado")


@cerrado.gate
def disculpas(turn: Turn) -> Next:
    """Where another place is kept for the person, it takes one tap."""
    if agenda(turn).instead(turn.answers.get(CODE, "")):
        return en_su_lugar
    return buscar if _lost(turn) else sin_datos


@cerrado.gate
def sin_datos(turn: Turn) -> Next:
    turn.say("texto")
    return rest(turn)


def _lost(turn: Turn) -> Appointment | None:
    return agenda(turn).appointment(turn.answers.get(CODE, ""))


def _both(turn: Turn) -> Mapping[str, object]:
    lost, kept = _lost(turn), agenda(turn).instead(turn.answers.get(CODE, ""))
    if lost is None or kept is None or kept.offered_until is None:
        raise Unanswered(buscar)
    until = told(turn, kept.offered_until, kept.centre, from_today=True)
    return {"antes": told(turn, lost.starts_at, lost.centre), **facts(turn, kept), "hasta": until}


@cerrado.step(Choice("si", "otra_fecha", "despues"), values=_both)
def en_su_lugar(turn: Turn, answer: str) -> Next:
    kept = agenda(turn).instead(turn.answers.get(CODE, ""))
    if kept is None:
        return buscar
    if answer == "otra_fecha":
        return Jump("cita", {"cambia": kept.code})
    if answer == "despues":
        turn.say("cuando_quiera")
        return rest(turn)
    try:
        made = agenda(turn).accept(kept.code)
    except Gone:
        return buscar
    return Jump("mi_cita", {CODE: made.code, "nueva": "cambio"})


def _before(turn: Turn) -> Mapping[str, object]:
    lost = _lost(turn)
    if lost is None:
        raise Unanswered(sin_datos)
    return facts(turn, lost)


@cerrado.step(Choice("otra_fecha", "despues"), values=_before)
def buscar(turn: Turn, answer: str) -> Next:
    lost = _lost(turn)
    if answer == "otra_fecha":
        return Jump("cita", {"oficio": lost.trade} if lost else {})
    turn.say("cuando_quiera")
    return rest(turn)


# --- who did not come ------------------------------------------------------------------------------------

falto = Flow("falto")

AGAIN: Final = "otra_fecha"
STORY: Final = 3  # words from which an answer tells something
WISHES: Final = ("human_handoff", "menu", "reschedule_assessment", "schedule_assessment", "psychosocial_support")
"""What may be wished in place of an answer."""


@falto.gate
def mirar(turn: Turn) -> Next:
    mine = _lost(turn)
    return ofrecer if mine and mine.state == MISSED else nada


@falto.gate
def nada(turn: Turn) -> Next:
    """It was a mistake of ours, or has been settled since."""
    mine = _lost(turn)
    if mine and mine.state in STANDING:
        return Jump("mi_cita", {CODE: mine.code})
    turn.say("texto")
    return rest(turn)


def _missed(turn: Turn) -> Mapping[str, object]:
    mine = _lost(turn)
    if mine is None:
        raise Unanswered(nada)
    return facts(turn, mine)


@falto.step(Choice(AGAIN, "no_por_ahora"), values=_missed)
def ofrecer(turn: Turn, answer: str) -> Next:
    return por_que


def _cause(turn: Turn, said: Said) -> str | None:
    """A cause by the words for it; a story that names none is «something else». What was told is not kept."""
    plain, words = f" {normalise(said.text)} ", turn.copy.heading("falto", "por_que")["palabras"]
    named = [str(cause) for cause, known in words.items() if any(f" {word}" in plain for word in known)]
    if named:
        return named[0]
    wish = said.understanding.intent if said.understanding else None
    wishes = wish is not None and wish.name in WISHES and wish.confidence > SURE
    return "other" if len(plain.split()) >= STORY and not wishes else None


@falto.step(Choice(*CAUSES, hears=_cause))
def por_que(turn: Turn, cause: str) -> Next:
    """Asked without blame; fear is met with somebody to talk with, before anything else."""
    try:
        agenda(turn).why_missed(turn.answers[CODE], cause)
    except Gone:
        return nada
    turn.say(cause)
    if cause == "fear":
        return con_alguien
    return otra_vez if turn.answers.get("ofrecer") == AGAIN else despedida


@falto.step(Choice("persona", AGAIN, "despues"))
def con_alguien(turn: Turn, answer: str) -> Next:
    if answer == "persona":
        return Jump("persona", {"topic": "cita"})
    return otra_vez if answer == AGAIN else despedida


@falto.gate
def otra_vez(turn: Turn) -> Next:
    mine = _lost(turn)
    return Jump("cita", {"oficio": mine.trade} if mine else {})


@falto.gate
def despedida(turn: Turn) -> Next:
    turn.say("texto")
    return rest(turn)
