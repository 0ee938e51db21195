"""In which language a conversation goes on: on clear evidence, or on little of it twice, never on one word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.inbox.deps import Deps
from bot.inbox.record import Record
from bot.inbox.wishes import language_told, wanted
from flows.catalogo import DOORS, Door
from flows.core.session import CHOSEN
from flows.core.turn import Turn
from flows.escucha import SPEAKS
from nlu.language import Heard
from nlu.text import normalise
from nlu.understanding import OUT_OF_SCOPE, Intent, Understanding

if TYPE_CHECKING:
    from bot.inbox.router import Event

SPANISH: Final = "es"
ENGLISH: Final = "en"
MAYAN: Final = "myn"
SOME: Final = 2  # words that are a little evidence; one is none
FLOW: Final = "idioma"
NOTHING_ELSE: Final = ("change_language", "human_handoff", "greet", OUT_OF_SCOPE)


def heed(turn: Turn, event: Event, record: Record, deps: Deps) -> Event:
    """Take note of the language of a message, and answer in it as far as we can. Returns the event as it is routed."""
    understanding = event.said.understanding
    if understanding is None or event.said.text.startswith("/"):  # Telegram's «/start» is nobody's language
        return event
    heard = understanding.heard
    if _of_others(heard):
        return _mayan(turn, event, heard, record)
    alarm = understanding.alarm is not None
    if _switches(turn, heard, record, alarm=alarm):
        turn.session.tongue = ""
        record.set_language(heard.language)
        turn.copy = deps.copy.beside(heard.language)
        if heard.language == ENGLISH and not alarm and not event.human:
            turn.say_common("hablo_ingles")
    elif heard.language == ENGLISH and (alarm or not record.person.asked):  # understood now, whatever comes later
        turn.copy = deps.copy.beside(ENGLISH)
    return event


def door(turn: Turn, event: Event) -> Door | None:
    """Where somebody is led who writes in a Mayan language or says so, and wishes nothing else."""
    understanding = event.said.understanding
    if understanding is None or not _of_others(understanding.heard) or _on_screen(turn) in (FLOW, *SPEAKS):
        return None
    if understanding.language == MAYAN:
        wished = understanding.heard.clear or turn.session.tongue != CHOSEN  # a greeting, after that, is a greeting
    else:
        wished = wanted(understanding).name in NOTHING_ELSE
    known = language_told(understanding)
    if turn.said.understanding and turn.said.understanding.alarm:
        known |= {"seguro": "si", "peligro": "si"}
        wished = True
    return replace(DOORS["change_language"], answers=known) if wished else None


def _guessed(understanding: Understanding, heard: Heard) -> bool:
    """A sign of danger in a Mayan language, of which the model knows a few words: no question in Spanish helps there,
    and a person is called with urgency.
    """
    alarm = understanding.alarm
    return heard.language == MAYAN and alarm is not None and not alarm.certain and alarm.why == "model"


def _of_others(heard: Heard) -> bool:
    """Whether the writer speaks a language that only a person of the team may speak."""
    return heard.language == MAYAN or heard.speaks not in ("", SPANISH, ENGLISH)


def _on_screen(turn: Turn) -> str:
    return turn.session.top.flow if turn.session.top else ""


def _mayan(turn: Turn, event: Event, heard: Heard, record: Record) -> Event:
    """Who should answer is kept where the person says it, and where danger is spoken of: no wish leads away there."""
    understanding = event.said.understanding
    danger = _on_screen(turn) in SPEAKS
    spoken = heard.speaks or heard.variant or MAYAN
    if (heard.speaks or danger or (understanding and understanding.alarm)) and record.language in (SPANISH, MAYAN):
        record.set_language(spoken)
    if understanding and not danger and _guessed(understanding, heard):
        return replace(event, said=replace(event.said, understanding=replace(understanding, alarm=None)))
    if understanding is None or not danger:
        return event
    unread = replace(understanding, intents=(Intent(OUT_OF_SCOPE, 0.0),))
    turn.said = replace(event.said, understanding=unread)
    return replace(event, said=turn.said)


def _switches(turn: Turn, heard: Heard, record: Record, *, alarm: bool) -> bool:
    """Whether the conversation goes on in another language from this message on."""
    session, now = turn.session, record.person.language
    known = now in (SPANISH, ENGLISH) and heard.language in (SPANISH, ENGLISH)
    if not known or session.tongue == CHOSEN:
        return False
    if heard.language == now:
        session.tongue = session.tongue if _short(turn) else ""
        return False
    if heard.language == ENGLISH and (heard.clear or (alarm and not _short(turn))):
        return True
    if _short(turn) or (heard.language == SPANISH and not heard.clear):
        return False
    again, session.tongue = session.tongue == heard.language, heard.language
    return again


def _short(turn: Turn) -> bool:
    return len(normalise(turn.said.text).split()) < SOME
