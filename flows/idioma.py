"""Which language somebody wants: Spanish, English below it, or a person of the team who speaks theirs, first.

The bot writes no Mayan language. Of one it has a greeting and recorded words at most, and only where somebody who
speaks it has reviewed them (`nlu/data/mayan.toml` or the panel; `flows/audios.toml`).
"""

from __future__ import annotations

from typing import Final

from flows.core.ask import Choice, Text
from flows.core.said import Said
from flows.core.session import CHOSEN
from flows.core.step import END, STOP, Flow, Next
from flows.core.turn import Turn
from flows.emergencias import numbers
from flows.store import person, store, world
from nlu.language import heard
from nlu.mayan import NAMES

flow = Flow("idioma")

SPANISH: Final = "es"
ENGLISH: Final = "en"
UNKNOWN: Final = "myn"
OTHER: Final = "otro"
MAYAN: Final = ("mam", "quc", "kek", "cak", "kjb")
PRIORITY: Final = 2  # nobody else can help who does not understand what is written
URGENT: Final = 1  # … and it may be about danger


@flow.gate
def segun(turn: Turn) -> Next:
    return tomar if turn.answers.get("idioma") else cual


def _named(turn: Turn, said: Said) -> str | None:
    """A language named or written in: one of the list, or another."""
    told = heard(said.text)
    code = told.speaks or told.variant
    return (code if code in (SPANISH, ENGLISH, *MAYAN) else OTHER) if code else None


@flow.step(Choice(SPANISH, ENGLISH, *MAYAN, OTHER, hears=_named))
def cual(turn: Turn, answer: str) -> Next:
    if answer == OTHER:
        return otro
    turn.answers["idioma"] = answer
    return tomar


@flow.step(Text(80))
def otro(turn: Turn, words: str) -> Next:
    code = NAMES.mentioned(words) or heard(words).variant or UNKNOWN
    turn.answers.update(otro=code, idioma=code)  # what else was written is not kept
    return tomar


@flow.gate
def tomar(turn: Turn) -> Next:
    """Go on in a language: ours at once, another's by a person."""
    code = turn.answers["idioma"]
    if code not in (SPANISH, ENGLISH):
        return avisar if turn.answers.get("seguro", "si") == "si" else ofrecer
    turn.session.tongue = CHOSEN
    turn.copy = turn.copy.beside(code)
    if person(turn).language != code:
        store(turn).set_language(code)
    if not any(reply.key == "comun.hablo_ingles" for reply in turn.replies):  # else it was just said
        turn.say_common("hablo_ingles" if code == ENGLISH else "hablo_espanol")
    return END


def _waits(turn: Turn, said: Said) -> str | None:
    """Another message in their language is an answer too."""
    told = heard(said.text)
    return "esperar" if told.language == UNKNOWN or told.speaks not in ("", SPANISH, ENGLISH) else None


def _name(turn: Turn) -> str:
    """How the language is called; its own word for «your language» where we do not know."""
    names = turn.copy.heading("idioma", "avisar")["nombres"]
    return str(names.get(turn.answers["idioma"], names[UNKNOWN]))


@flow.step(Choice("espanol", "esperar", hears=_waits), values=lambda turn: {"idioma": _name(turn)}, static=True)
def ofrecer(turn: Turn, answer: str) -> Next:
    if answer == "espanol":
        turn.session.tongue = CHOSEN
        return END
    return avisar


@flow.gate
def avisar(turn: Turn) -> Next:
    """A case is opened before anything is asked: who does not understand the question is answered all the same."""
    code = turn.answers["idioma"]
    if person(turn).language != code:
        store(turn).set_language(code)
    danger = turn.answers.get("peligro") == "si"
    case = store(turn).hand_off("person", priority=URGENT if danger else PRIORITY, language=code)
    if danger:
        turn.say("si_hay_peligro", **numbers(turn))
    if greeting := store(turn).greeting(code):
        turn.say("saludo", saludo=greeting)
    if recorded := world(turn).recorded(code, "idioma.avisar"):
        turn.give("grabado", recorded)
    hours = world(turn).staff_hours(turn.now)
    if hours is None:
        turn.say("sin_horario", idioma=_name(turn), codigo=case)
    else:
        key = "ahora" if hours.open_now else "luego"
        turn.say(key, idioma=_name(turn), codigo=case, horario=hours.words)
    return seguir


@flow.step(Choice("espanol", "esperar", hears=_waits))
def seguir(turn: Turn, answer: str) -> Next:
    turn.session.tongue = CHOSEN
    if answer == "espanol":
        return END
    turn.say("esperando" if person(turn).kept else "esperando_sin_guardar")
    return STOP
