"""The question on screen: its options in pages, and the buttons that the engine itself adds."""

from __future__ import annotations

from typing import Any, Final

from flows.core.ask import Pick, chosen
from flows.core.reply import Option, Reply
from flows.core.said import Shown
from flows.core.session import Question
from flows.core.step import Step, Unclear
from flows.core.turn import Turn
from nlu.text import normalise

ROWS: Final = 10  # the most options a list has on WhatsApp
MORE: Final = "!mas"
PERSON: Final = "!persona"
UNDO: Final = "!deshacer"
LAST: Final = (PERSON, UNDO)  # on every page, below the question's own options


def put(turn: Turn, step: Step[Any], page: int, *, person: bool) -> None:
    """Ask what a step asks, at a page of its options, with the offer of a person if so wished."""
    if step.ask is None:
        raise TypeError(f"{step.name} is a gate: it has nothing to show")
    options = list(step.ask.offers(turn, turn.copy.labels(step.flow.name, step.copy)))
    labels, session = turn.copy.common_labels, turn.session
    if person and labels["persona"] not in (option.title for option in options):
        options.append(Option(PERSON, labels["persona"]))
    if session.guesses:
        options.append(Option(UNDO, labels["deshacer"]))
    session.serial += 1
    session.question = question = Question(_base36(session.serial), options, page)
    values = step.values(turn)
    key = step.variant(turn) if step.variant else "texto"
    turn.replies.append(
        Reply(
            f"{step.flow.name}.{step.name}.{key}",
            turn.copy.text(step.flow.name, step.copy, key, values),
            tuple(Option(f"{question.id}.{o.id}", o.title, o.description) for o in _page(turn, question)),
            step.ask.wants,
            static=step.static or not values,
        )
    )


def _page(turn: Turn, question: Question) -> list[Option]:
    """The options on screen: all of them, or as many as leave room for a way to the next ones and to a person."""
    if len(question.options) <= ROWS:
        question.page = 0
        return question.options
    own = [option for option in question.options if option.id not in LAST]
    last = question.options[len(own) :]
    size = ROWS - 1 - len(last)
    question.page %= -(-len(own) // size)
    first = question.page * size
    return [*own[first : first + size], Option(MORE, turn.copy.common_labels["mas"]), *last]


def shown(turn: Turn, step: Step[Any]) -> Shown:
    """The question as the person saw it, with the engine's own buttons."""
    question = turn.session.question or Question("")
    page = _page(turn, question)
    options = tuple(dict.fromkeys([*question.options, *page]))
    synonyms = turn.copy.synonyms(step.flow.name, step.copy)
    if isinstance(step.ask, Pick):
        synonyms |= step.ask.said
    if any(option.id == UNDO for option in options):
        synonyms |= {UNDO: turn.copy.common_synonyms["deshacer"]}
    return Shown(options, tuple(page), synonyms)


def control(turn: Turn, step: Step[Any]) -> str | None:
    """The engine's own button that was tapped, numbered or named: `MORE`, `PERSON`, `UNDO`, or None."""
    question = turn.session.question
    if question is None:
        return None
    on_screen = shown(turn, step)
    if turn.said.option is None and all(option.id in LAST for option in question.options):
        plain = normalise(turn.said.text)  # words and numbers are the answer, unless they say just that
        return UNDO if plain in map(normalise, on_screen.synonyms.get(UNDO, ())) else None
    if all(option.id not in (MORE, *LAST) for option in on_screen.options):
        return None
    try:
        meant = chosen(turn.said, on_screen)
    except Unclear:
        return None
    return meant if meant in (MORE, *LAST) else None


def _base36(value: int) -> str:
    digits = ""
    while True:
        value, rest = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if not value:
            return digits
