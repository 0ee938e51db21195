"""What of our content somebody of outside must find right, and whether they did: a change of the content asks anew."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from bot import lines
from db.content import content_version, load_trades
from db.tables import crisis_lines, diagnoses, reviews, users
from flows.core import siblings
from flows.core.check import REVIEWED
from flows.core.copy import Copy
from nlu.mayan import LEXICON
from nlu.words import DATA

CONSENT: Final = (
    ("bienvenida", "acepta"),
    ("bienvenida", "explicacion"),
    ("cita", "guardar"),
    ("espera", "guardar"),
    ("red", "que_es"),
    ("despues", "permiso"),
)
"""Headings whose words people agree to: a change of them is a new version of the consent."""
DANGER: Final = ("crisis", "contacto", "seguimiento")  # the conversations whose words a psychologist approves
RULES: Final = ("safety.toml", "safety")
KINDS: Final = ("trade", "crisis_words", "safety_rules", "consent", "translation", "mayan")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be reviewed. `version` changes with its content; `in_file`: who approved it, as the file says."""

    kind: str
    key: str
    title: str  # as people call it; "" for the only one of its kind
    version: str
    in_file: str = ""
    words: str = ""  # what people would read of it, where that is short


@dataclass(frozen=True, slots=True)
class Signed:
    """What counts at the moment: kinds and keys of content, countries and numbers of crisis lines."""

    items: frozenset[tuple[str, str]] = frozenset()
    lines: frozenset[tuple[str, str]] = frozenset()

    def keys(self, kind: str) -> frozenset[str]:
        """Which of one kind are reviewed."""
        return frozenset(key for of, key in self.items if of == kind)


def items(copy: Copy) -> list[Item]:
    """Everything there is to review, as it stands now."""
    return [*_trades(), *_danger(copy), *_consent(copy), *_translations(copy), *_mayan()]


def _trades() -> Iterator[Item]:
    for trade in load_trades().values():
        title = next(iter(trade.names.values()))[0]
        yield Item("trade", trade.slug, title, content_version(trade), trade.reviewed or "")


def _danger(copy: Copy) -> Iterator[Item]:
    words = {name: copy.texts[name] for name in DANGER if name in copy.texts}
    yield Item("crisis_words", "", "", digest(words), str(copy.texts["crisis"].get(REVIEWED) or ""))
    files = sorted([DATA / RULES[0], *(DATA / RULES[1]).glob("*.toml")])
    rules = {file.name: tomllib.loads(file.read_text("utf-8")) for file in files}
    yield Item("safety_rules", "", "", digest(rules), str(rules[RULES[0]].get(REVIEWED) or ""))


def _consent(copy: Copy) -> Iterator[Item]:
    for language, files in (("es", copy.texts), *copy.others.items()):
        yield Item("consent", language, "", digest(siblings.consent_words(files, CONSENT)))


def _translations(copy: Copy) -> Iterator[Item]:
    for language, files in copy.others.items():
        for name, headings in files.items():
            key = f"{language}/{name}"
            yield Item("translation", key, key, digest(headings), str(headings.get(REVIEWED) or ""))


def _mayan() -> Iterator[Item]:
    words = tomllib.loads((DATA / "mayan.toml").read_text("utf-8"))
    for language, reviewer in LEXICON.reviewed.items():
        greeting = str(words[language]["saludo"])
        yield Item("mayan", language, LEXICON.name(language), digest(words[language]), reviewer, greeting)


@cache
def mayan_versions() -> Mapping[str, str]:
    """The version of the words of each Mayan language, as this process has read them."""
    return {item.key: item.version for item in _mayan()}


def digest(content: object) -> str:
    """12 hexadecimal digits that change with the content, and not with the note of who approved it."""
    return hashlib.sha256(json.dumps(_bare(content), sort_keys=True, default=str).encode()).hexdigest()[:12]


def _bare(content: object) -> object:
    if isinstance(content, Mapping):
        return {str(name): _bare(value) for name, value in content.items() if name != REVIEWED}
    return [_bare(each) for each in content] if isinstance(content, list | tuple) else content


# --- what was written down -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Review:
    """Who of outside read something and found it right."""

    by_name: str
    profession: str
    institution: str
    reviewed_on: date


def add(connection: Connection, item: Item, review: Review, user_id: int | None, now: datetime) -> int:
    """Write a review of the content as it stands; returns its id."""
    row: dict[str, Any] = {
        "created_at": now,
        "kind": item.kind,
        "key": item.key,
        "version": item.version,
        "by_name": review.by_name,
        "profession": review.profession or None,
        "institution": review.institution,
        "reviewed_on": review.reviewed_on,
        "user_id": user_id,
    }
    review_id = int(connection.scalars(insert(reviews).values(row).returning(reviews.c.id)).one())
    _mark_diagnoses(connection, item.kind, item.key, item.version)
    return review_id


def withdraw(connection: Connection, review_id: int, now: datetime) -> RowMapping | None:
    """It was written down by mistake; returns it, None where there is none that counts."""
    mine = update(reviews).where(reviews.c.id == review_id, reviews.c.withdrawn_at.is_(None))
    row = connection.execute(mine.values(withdrawn_at=now).returning(reviews)).mappings().first()
    if row is not None:
        _mark_diagnoses(connection, row["kind"], row["key"], row["version"])
    return row


def is_signed(connection: Connection, kind: str, key: str, version: str) -> bool:
    """Whether somebody reviewed this version, and the review counts."""
    same = (reviews.c.kind == kind, reviews.c.key == key, reviews.c.version == version)
    query = select(reviews.c.id).where(*same, reviews.c.withdrawn_at.is_(None)).limit(1)
    return connection.scalar(query) is not None


def _mark_diagnoses(connection: Connection, kind: str, trade: str, version: str) -> None:
    """Self-diagnoses by this content are as reviewed as it is, also those of before."""
    if kind == "trade":
        good = is_signed(connection, kind, trade, version)
        same = update(diagnoses).where(diagnoses.c.trade == trade, diagnoses.c.content_version == version)
        connection.execute(same.where(diagnoses.c.reviewed != good).values(reviewed=good))


def history(connection: Connection) -> Mapping[tuple[str, str], Sequence[RowMapping]]:
    """All reviews by kind and key, the newest first."""
    query = select(reviews, users.c.name, users.c.email).join(users, users.c.id == reviews.c.user_id, isouter=True)
    found: dict[tuple[str, str], list[RowMapping]] = {}
    for row in connection.execute(query.order_by(reviews.c.id.desc())).mappings():
        found.setdefault((row["kind"], row["key"]), []).append(row)
    return found


def counts(item: Item, row: RowMapping | Any) -> bool:
    """Whether a review is of the content as it stands."""
    return row["version"] == item.version and row["withdrawn_at"] is None


def signed(connection: Connection, copy: Copy, now: datetime) -> Signed:
    """What somebody reviewed as it stands, and which crisis lines were called lately."""
    known = history(connection)
    good = {
        (item.kind, item.key)
        for item in items(copy)
        if any(counts(item, row) for row in known.get((item.kind, item.key), ()))
    }
    called = select(crisis_lines.c.country, crisis_lines.c.number).where(
        crisis_lines.c.signed_at > now - lines.SIGNED_FOR, crisis_lines.c.signed_at <= now
    )
    return Signed(frozenset(good), frozenset((row.country, row.number) for row in connection.execute(called)))
