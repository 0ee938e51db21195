"""Finding a person by telephone, by code (theirs, or a case's) or by name: always by an index, never by reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, true

from bot.cases.alerts import COUNTRIES
from bot.people import names, telephones
from db.crypto import Cipher, Hasher
from db.tables import contacts, handoffs, identities, name_tokens

SHOWN: Final = 20  # who has more namesakes types one name more
OFTEN: Final = 1000  # people with a part of a name, from which it tells little
_CODE, _CASE = 8, 6  # letters

_HIT = contacts.alias("hit")  # the record that was found; the person's may be another, which it was joined to


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the result."""

    id: int
    code: str
    name: str
    country: str | None
    department: str | None
    last_seen_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """`by`: phone, code or name; `more`: there are others."""

    by: str
    people: Sequence[Found]
    more: bool = False


def visible(country: str | None) -> ColumnElement[bool]:
    """Those that somebody scoped to `country` sees: of it, and of whom nobody of ours would be responsible."""
    if country is None:
        return true()
    here = contacts.c.country
    return or_(here == country, here.is_(None), here.not_in(COUNTRIES))


def find(connection: Connection, cipher: Cipher, hasher: Hasher, text: str, scope: str | None) -> Result:
    """The people whom a text means, the newest first, within what `scope` sees; none who was erased."""
    if telephones.is_one(text):
        keys = telephones.hashes(hasher, telephones.numbers(text, scope))
        known = identities.c.channel.in_(("whatsapp", "sms")) & identities.c.address_hash.in_(keys)
        found = _people(connection, cipher, scope, _HIT.c.id.in_(select(identities.c.contact_id).where(known)))
        if found:
            return Result("phone", found)
    if found := _people(connection, cipher, scope, _has_code(text)):
        return Result("code", found)
    parts = _rarest_first(connection, names.hashes(hasher, text))
    rows = _people(connection, cipher, scope, named(parts)) if parts else []
    return Result("name", rows[:SHOWN], len(rows) > SHOWN)


def by_code(connection: Connection, cipher: Cipher, text: str, scope: str | None) -> Found | None:
    """The person with this code, or of the case with this code."""
    return next(iter(_people(connection, cipher, scope, _has_code(text))), None)


def _has_code(text: str) -> ColumnElement[bool]:
    plain = "".join(letter for letter in text.upper() if letter.isalnum())
    written = {text.strip(), plain} if len(plain) <= _CODE else {text.strip()}
    own = _HIT.c.code.in_(sorted(written))
    if len(plain) != _CASE:
        return own
    case = select(handoffs.c.contact_id).where(handoffs.c.code == f"{plain[:3]}-{plain[3:]}")
    return or_(own, _HIT.c.id.in_(case))


def _rarest_first(connection: Connection, parts: set[bytes]) -> list[bytes]:
    """The parts of a name, the one that fewest have first; none where nobody has one of them."""
    often = {part: _how_often(connection, part) for part in parts}
    return sorted(often, key=lambda part: (often[part], part)) if all(often.values()) else []


def named(parts: Sequence[bytes]) -> ColumnElement[bool]:
    """Who has all these parts of a name, the first one sought first."""
    first, *others = parts
    having = select(name_tokens.c.contact_id).where(name_tokens.c.token_hash == first)
    for part in others:
        other = name_tokens.alias()
        also = select(other.c.id).where(other.c.contact_id == name_tokens.c.contact_id, other.c.token_hash == part)
        having = having.where(also.exists())
    return _HIT.c.id.in_(having)


def _how_often(connection: Connection, part: bytes) -> int:
    some = select(name_tokens.c.id).where(name_tokens.c.token_hash == part).limit(OFTEN).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _people(connection: Connection, cipher: Cipher, scope: str | None, which: ColumnElement[bool]) -> list[Found]:
    rows = connection.execute(query(scope, which)).mappings()
    once = {row["id"]: row for row in rows}
    return [
        Found(**{name: value for name, value in row.items() if name != "name_enc"}, name=opened)
        for row in once.values()
        for opened in [names.opened(cipher, row["name_enc"])]
    ]


def query(scope: str | None, which: ColumnElement[bool]) -> Select[Any]:
    """One page of the people whose records `which` picks, as `scope` sees them."""
    person = contacts.c.id == func.coalesce(_HIT.c.merged_into, _HIT.c.id)
    return (
        select(
            contacts.c.id,
            contacts.c.code,
            contacts.c.name_enc,
            contacts.c.country,
            contacts.c.department,
            contacts.c.last_seen_at,
            contacts.c.created_at,
        )
        .select_from(_HIT.join(contacts, person))
        .where(which, contacts.c.erased_at.is_(None), visible(scope))
        .order_by(_HIT.c.id.desc())
        .limit(SHOWN + 1)
    )
