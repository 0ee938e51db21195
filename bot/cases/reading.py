"""What staff see of cases: the queue, one case, what was said, notes, ready answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, or_, select

from bot.cases.alerts import COUNTRIES
from bot.cases.desk import Desk
from bot.cases.errors import NoSuchCase
from bot.inbox.outgoing import MESSAGE
from db.crypto import CannotOpen
from db.tables import (
    canned_answers,
    case_notes,
    contacts,
    conversations,
    handoffs,
    identities,
    messages,
    outbox,
    users,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands. `waiting_since` None: the person is answered. `next_at`: when it wakes by itself."""

    id: int
    code: str
    reason: str
    topic: str | None
    priority: int
    state: str
    country: str | None
    department: str | None
    language: str | None
    source: str | None
    wants: str
    call_hours: str | None
    call_language: str | None
    level: int
    claimed_by: int | None
    assigned_to: int | None
    unseen: int
    waiting_since: datetime | None
    created_at: datetime
    due_at: datetime
    next_at: datetime | None
    lease_until: datetime | None
    snoozed_until: datetime | None
    alerted_at: datetime | None
    acknowledged_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    safe_channel: bool | None
    safe_hours: str | None
    checkin_at: datetime | None
    contact_id: int | None
    conversation_id: int | None
    holder: str | None  # the name of who has it
    contact_code: str | None
    channel: str | None  # None: no address is left


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation. `text` None: its time is over; of a tap, the button's title.

    `delivery`: the outbox's state, if it left.
    """

    id: int
    at: datetime
    author: str  # person, bot, staff
    key: str | None
    text: str | None
    options: tuple[str, ...]
    media: tuple[str, ...]  # kinds of files that the person sent
    delivery: str | None


@dataclass(frozen=True, slots=True)
class Note:
    at: datetime
    user_id: int | None
    text: str


_JOINED: Final = ("holder", "contact_code", "channel")


def _cases() -> Select[Any]:
    own = [handoffs.c[field.name] for field in fields(Case) if field.name not in _JOINED]
    return (
        select(*own)
        .add_columns(users.c.name.label("holder"), contacts.c.code.label("contact_code"))
        .add_columns(identities.c.channel.label("channel"))
        .outerjoin(users, users.c.id == handoffs.c.claimed_by)
        .outerjoin(contacts, contacts.c.id == handoffs.c.contact_id)
        .outerjoin(conversations, conversations.c.id == handoffs.c.conversation_id)
        .outerjoin(identities, identities.c.id == conversations.c.identity_id)
    )


def queue(
    connection: Connection,
    now: datetime,
    country: str | None = None,
    limit: int = 500,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[Case]:
    """What is not closed: the most urgent first, who sleeps last, then by when an answer was due.

    `country`: only that country's cases, and those of whom nobody knows where they are. `where`: further conditions.
    """
    asleep = case((handoffs.c.snoozed_until > now, 1), else_=0)
    query = _cases().where(handoffs.c.state != "closed", *within(country), *where)
    query = query.order_by(handoffs.c.priority, asleep, handoffs.c.due_at, handoffs.c.id).limit(limit)
    return [Case(**row) for row in connection.execute(query).mappings()]


def within(country: str | None) -> list[ColumnElement[bool]]:
    """Which cases who works for `country` sees (None: all): its own, and those of nowhere or of elsewhere."""
    if country is None:
        return []
    return [or_(handoffs.c.country.is_(None), handoffs.c.country.not_in(sorted(COUNTRIES - {country})))]


def in_scope(country: str | None, scope: str | None) -> bool:
    """The same of one case: whether who works for `scope` sees it."""
    return scope is None or country == scope or country not in COUNTRIES


def closed(connection: Connection, country: str | None, limit: int) -> list[Case]:
    """Of the cases that are over, those that were opened last."""
    query = _cases().where(handoffs.c.state == "closed", *within(country)).order_by(handoffs.c.id.desc()).limit(limit)
    return [Case(**row) for row in connection.execute(query).mappings()]


def find(connection: Connection, which: str | int) -> Case:
    """One case, by code or id. Raises `NoSuchCase`."""
    column = handoffs.c.id if isinstance(which, int) else handoffs.c.code
    row = connection.execute(_cases().where(column == which)).mappings().first()
    if row is None:
        raise NoSuchCase
    return Case(**row)


def thread(connection: Connection, desk: Desk, case_id: int, before: int | None = None, limit: int = 100) -> list[Said]:
    """The newest messages of the case's conversation (before a message's id), oldest first."""
    query = (
        select(messages.c.id, messages.c.created_at, messages.c.author, messages.c.key, messages.c.body_enc)
        .add_columns(outbox.c.state)
        .join(handoffs, handoffs.c.conversation_id == messages.c.conversation_id)
        .outerjoin(outbox, outbox.c.message_id == messages.c.id)
        .where(handoffs.c.id == case_id)
        .order_by(messages.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(messages.c.id < before)
    rows = connection.execute(query).all()
    titles: dict[str, str] = {}  # of the buttons so far: a tap is told by its title
    return [_said(row, desk, titles) for row in reversed(rows)]


def _said(row: Any, desk: Desk, titles: dict[str, str]) -> Said:
    body: dict[str, Any] = {}
    if row.body_enc is not None:
        try:
            body = json.loads(desk.cipher.open(row.body_enc, MESSAGE))
        except CannotOpen:
            body = {}
    titles.update((option[0], option[1]) for option in body.get("options", ()))
    options = tuple(option[1] for option in body.get("options", ()))
    text = body.get("text") or titles.get(body.get("option", ""), body.get("text"))
    media = tuple(body.get("media", ())) if row.author == "person" else ()
    return Said(row.id, row.created_at, row.author, row.key, text, options, media, row.state)


def notes(connection: Connection, desk: Desk, case_id: int) -> list[Note]:
    """What staff noted among themselves, oldest first."""
    query = select(case_notes.c.created_at, case_notes.c.user_id, case_notes.c.body_enc)
    rows = connection.execute(query.where(case_notes.c.handoff_id == case_id).order_by(case_notes.c.id))
    return [Note(row.created_at, row.user_id, desk.cipher.open(row.body_enc, "case note")) for row in rows]


def canned(connection: Connection, language: str) -> list[RowMapping]:
    """Ready answers in a language that somebody has reviewed: id, title, body."""
    query = select(canned_answers.c.id, canned_answers.c.title, canned_answers.c.body)
    mine = query.where(canned_answers.c.language == language, canned_answers.c.reviewed_at.is_not(None))
    return list(connection.execute(mine.order_by(canned_answers.c.title)).mappings())
