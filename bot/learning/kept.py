"""The messages that were not understood, as staff look at them: in groups of like ones, to be labelled or dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from bot.inbox.misses import WORDS
from db.crypto import Cipher
from db.tables import misses
from nlu import likeness


@dataclass(frozen=True, slots=True)
class Miss:
    """One of them, without anything that tells whose it is."""

    id: int
    created_at: datetime
    kind: str  # unclear, undone
    words: str
    language: str
    country: str
    asked: str
    intent: str
    confidence: float
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Like messages, oldest first; the group goes by the id of its first."""

    misses: tuple[Miss, ...]

    @property
    def first(self) -> Miss:
        return self.misses[0]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(miss.id for miss in self.misses)


def read(connection: Connection, cipher: Cipher) -> list[Miss]:
    """All of them, oldest first. Raises `CannotOpen` where a key is missing."""
    rows = connection.execute(select(misses).order_by(misses.c.id))
    return [
        Miss(
            row.id,
            row.created_at,
            row.kind,
            cipher.open(row.words_enc, WORDS),
            row.language,
            row.country or "",
            row.asked,
            row.intent,
            row.confidence,
            row.label or "",
        )
        for row in rows
    ]


def grouped(found: Sequence[Miss]) -> list[Group]:
    """In groups, the largest first. Over all there are, or the groups' ids would change with what is looked for."""
    groups = [Group(tuple(found[at] for at in group)) for group in likeness.groups([miss.words for miss in found])]
    return sorted(groups, key=lambda group: -len(group.misses))


def label(connection: Connection, ids: Collection[int], intent: str) -> int:
    """Make them candidates for what somebody says they mean; says how many there were."""
    return connection.execute(update(misses).where(misses.c.id.in_(ids)).values(label=intent)).rowcount


def drop(connection: Connection, ids: Collection[int]) -> int:
    """Forget them; says how many there were."""
    return connection.execute(delete(misses).where(misses.c.id.in_(ids))).rowcount
