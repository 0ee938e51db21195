"""The questions that are asked one, three and six months later, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from db.content.files import FOLDER, ContentError, need, read

FILE: Final = "seguimiento.yml"
MONTHS: Final = (1, 3, 6)
MOST: Final = 8  # questions that one person is asked at one time
TITLE: Final = 24  # characters of a row in WhatsApp's lists


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a word of ours, its title, what it is in English, and how else people say it."""

    id: str
    title: str
    english: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaterQuestion:
    """One question. `after`: only where each of these questions was answered with one of these words."""

    id: str
    text: str
    english: str
    months: tuple[int, ...]
    after: Mapping[str, tuple[str, ...]]
    certified: bool  # only of who has a certificate
    answers: tuple[Answer, ...]

    def is_asked(self, months: int, certified: bool, given: Mapping[str, str]) -> bool:
        """Whether it is asked so many months later of somebody who answered `given`."""
        fits = all(given.get(question) in words for question, words in self.after.items())
        return fits and months in self.months and (certified or not self.certified)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All questions in their order."""

    version: str
    reviewed: str
    questions: tuple[LaterQuestion, ...]


def load_questionnaire(folder: Path = FOLDER) -> Questionnaire:
    """The questions of `seguimiento.yml`. Raises `ContentError` naming the question that lacks something."""
    data = read(FILE, folder)
    questions = tuple(_question(item) for item in need(data, "preguntas", FILE))
    known: dict[str, set[str]] = {}
    for question in questions:
        for before, words in question.after.items():
            if not set(words) <= known.get(before, set()):
                raise ContentError(f"{FILE}: {question.id}: «si» names no answer of an earlier question «{before}»")
        known[question.id] = {answer.id for answer in question.answers}
    return Questionnaire(str(need(data, "version", FILE)), str(data.get("revisado") or ""), questions)


def _question(item: Mapping[str, Any]) -> LaterQuestion:
    where = f"{FILE}: {need(item, 'id', FILE)}"
    return LaterQuestion(
        id=item["id"],
        text=need(item, "texto", where),
        english=need(item, "en", where),
        months=tuple(item.get("meses", MONTHS)),
        after={_word(name): tuple(map(_word, words)) for name, words in item.get("si", {}).items()},
        certified=bool(item.get("certificado", False)),
        answers=tuple(_answer(_word(name), body, where) for name, body in need(item, "opciones", where).items()),
    )


def _answer(name: str, body: Mapping[str, Any], where: str) -> Answer:
    title = need(body, "t", f"{where}.{name}")
    if len(title) > TITLE:
        raise ContentError(f"{where}.{name}: the title has {len(title)} characters; {TITLE} fit")
    return Answer(name, title, need(body, "en", f"{where}.{name}"), tuple(map(str, body.get("dicen", ()))))


def _word(value: object) -> str:
    """YAML reads a bare «no» as false."""
    return {True: "si", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
