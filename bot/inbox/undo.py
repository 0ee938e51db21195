"""A wish that was guessed wrong is undone with one tap: back to where the person was, with what else it may have been.

The first screen that follows from a guess ends with «No, quise decir…». The session holds where the person was before
until another screen is shown, so the button lives as long as the question that it stands below.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from bot.inbox.deps import Deps
from bot.inbox.record import Record
from bot.inbox.wishes import told, wanted
from flows.catalogo import DOORS, HOME, WELCOME, Door
from flows.core import screen
from flows.core.ask import chosen
from flows.core.session import Guess, Session
from flows.core.step import Unclear
from flows.core.turn import Turn
from flows.quise_decir import GO_ON, flow
from nlu.understanding import Understanding

NEAR: Final = 0.9  # of an intent, from which it is no guess …
NEARER: Final = 0.98  # … and where it interrupts, so that what was said may have been an answer
OTHERS: Final = 3  # readings that are offered in place of the wrong one …
LIKELY: Final = 0.02  # … each at least so likely
READ: Final = 500  # characters of the words that are kept until then
FINAL: Final = frozenset({"crisis", "contacto", "seguimiento", "baja", "borrar", "alta", "sin_avisos", "otra_persona"})
"""Flows that nobody is led away from: danger, and what is done at once and said so."""
POLITE: Final = frozenset({"thanks"})


def guess(turn: Turn, understanding: Understanding, door: Door, record: Record, deps: Deps) -> None:
    """Remember where the person is, before a door is opened that their words may not have meant."""
    deps.engine.withdraw(turn, flow.name)
    session = turn.session
    session.guess = None
    here = {door.flow, *(frame.flow for frame in session.stack)}
    if not FINAL.isdisjoint(here) or door.flow == HOME or not _may_be_wrong(session, understanding, door):
        return  # the menu offers everything as it is
    session.guess = Guess(turn.said.text[:READ])
    if record.person.asked or not door.needs_welcome:  # else it is begun when the welcome is over, from nothing
        session.guess.stack, session.guess.paused = deepcopy(session.stack), deepcopy(session.paused)
        session.guess.goal = session.goal


def _may_be_wrong(session: Session, understanding: Understanding, door: Door) -> bool:
    wish = wanted(understanding)
    interrupts = door.on_top and session.top is not None and session.top.flow not in (HOME, WELCOME)
    return wish.name not in POLITE and wish.confidence < (NEARER if interrupts else NEAR)


def settle(session: Session) -> None:
    """At the end of an event: a guess stands as long as the question that offers to take it back."""
    guess, question = session.guess, session.question
    if guess is None:
        return
    if session.guesses and question and any(option.id == screen.UNDO for option in question.options):
        guess.question = question.id
    stands = question is not None and question.id == guess.question
    waits = not guess.question and session.goal is not None
    if not (stands or waits):
        session.guess = None


def take_back(turn: Turn, record: Record, deps: Deps) -> None:
    """Everything as it was before the guess, and on top of it what else the words may have meant."""
    session = turn.session
    wrong, session.guess = session.guess, None
    if wrong is None:
        return
    session.stack, session.paused, session.goal = wrong.stack, wrong.paused, wrong.goal
    turn.missed = understanding = _understood(turn, wrong.words, record, deps)
    known = {"entre": "|".join(_others(understanding)), "palabras": wrong.words}
    if session.top is not None and session.top.flow != HOME:
        known["sigue"] = GO_ON
    deps.engine.interrupt(turn, flow.name, known)


def _others(understanding: Understanding) -> list[str]:
    """The next best readings, one for each place that they lead to."""
    seen = [DOORS.get(wanted(understanding).name)]
    found = []
    for name in _likely(understanding):
        if DOORS[name] not in seen:
            seen.append(DOORS[name])
            found.append(name)
    return found[:OTHERS]


def _likely(understanding: Understanding) -> Iterator[str]:
    for intent in understanding.intents:
        if intent.name in DOORS.keys() - POLITE - {"menu", "human_handoff"} and intent.confidence >= LIKELY:
            yield intent.name


def picked(turn: Turn, record: Record, deps: Deps) -> Door | None:
    """The door of what was chosen in its place; None where nothing is being chosen."""
    step = deps.engine.asking(turn)
    if step is None or step.flow is not flow:
        return None
    try:
        name = chosen(turn.said, screen.shown(turn, step))
    except Unclear:
        return None
    if name not in DOORS:
        return None
    words = turn.answers.get("palabras", "")
    deps.engine.withdraw(turn, flow.name)
    return told(DOORS[name], _understood(turn, words, record, deps))


def _understood(turn: Turn, words: str, record: Record, deps: Deps) -> Understanding:
    country = record.person.country or record.person.phone_country or None
    return deps.nlu.parse(words, country=country, now=turn.now.astimezone(deps.world.zone))
