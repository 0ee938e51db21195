"""What is not kept for ever: each rule as one plain function that says how many rows it took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Table, delete, exists, select, update

from db import erasure
from db.tables import contacts, conversations, events, media, merges, messages, misses, outbox


class Rule(Protocol):
    """Takes some of the rows that are over at `now`, and says how many; 0 once none is left.

    What another machine holds at the moment is skipped: it is over there, or the next run takes it.
    """

    __name__: str

    def __call__(self, connection: Connection, now: datetime) -> int: ...


BATCH: Final = 500  # rows a rule takes at a time, so that no conversation waits for it
PEOPLE: Final = 50  # each with rows in a dozen tables
FILES: Final = 20  # of up to 5 MB each

UNKEPT: Final = timedelta(hours=24)  # what somebody wrote who agreed to nothing
MESSAGES_KEPT: Final = timedelta(days=90)
EVENTS_KEPT: Final = timedelta(days=30)  # providers repeat within hours; a month is generous
MISSES_KEPT: Final = timedelta(days=90)
LOOSE_KEPT: Final = timedelta(days=1)  # messages that belong to nobody any more
UNDOABLE: Final = timedelta(days=30)  # so long may two records that were joined be parted again

_WORDED = messages.c.body_enc.is_not(None)
_UNKEPT = (contacts.c.id == conversations.c.contact_id) & contacts.c.consent_kept.is_(False)
_WAITING = outbox.c.state.in_(("pending", "sending"))
_TO_STAFF = messages.c.event_id.is_(None)  # what nobody's event caused: a farewell to an erased person has its own


def forget_unkept(connection: Connection, now: datetime) -> int:
    """People who agreed to nothing go, with everything they wrote, when their last day is over."""
    over = select(conversations.c.contact_id).where(_UNKEPT, conversations.c.expires_at <= now)
    locked = over.limit(PEOPLE).with_for_update(of=conversations, skip_locked=True)  # who writes now is not over
    people = set(connection.scalars(locked))
    if people:
        erasure.forget(connection, sorted(people), now)
    return len(people)


def blank_unkept_messages(connection: Connection, now: datetime) -> int:
    """Who agreed to nothing and goes on writing: the words of yesterday go, the conversation stays."""
    theirs = (
        select(messages.c.id)
        .where(messages.c.conversation_id == conversations.c.id, _UNKEPT, conversations.c.expires_at.is_not(None))
        .where(_WORDED, messages.c.created_at <= now - UNKEPT)
    )
    return _blank(connection, theirs)


def blank_messages(connection: Connection, now: datetime) -> int:
    """The words of old messages go, with the name of what was said; that there was one stays, for counting."""
    return _blank(connection, select(messages.c.id).where(_WORDED, messages.c.created_at <= now - MESSAGES_KEPT))


def _blank(connection: Connection, which: Select[Any]) -> int:
    blank = update(messages).where(messages.c.id.in_(_some(messages, which, BATCH))).values(body_enc=None, key=None)
    return connection.execute(blank).rowcount


def drop_farewells(connection: Connection, now: datetime) -> int:
    """The address of somebody erased since, once the farewell is sent, and after a day in any case."""
    over = (
        select(outbox.c.id)
        .join(messages, outbox.c.message_id == messages.c.id)
        .where(messages.c.conversation_id.is_(None), outbox.c.identity_id.is_(None), ~_TO_STAFF)
        .where(~_WAITING | (outbox.c.created_at <= now - LOOSE_KEPT))
    )
    return _drop(connection, outbox, over)


def drop_loose_messages(connection: Connection, now: datetime) -> int:
    """What was said to somebody erased since, or to staff; never an alert that still waits to be sent."""
    waits = exists().where(outbox.c.message_id == messages.c.id, _WAITING)
    old = select(messages.c.id).where(messages.c.conversation_id.is_(None), messages.c.created_at <= now - LOOSE_KEPT)
    return _drop(connection, messages, old.where(~waits))


def drop_unkept_media(connection: Connection, now: datetime) -> int:
    """Files of those who agreed to nothing and go on writing, after a day as their words."""
    old = (
        select(media.c.id)
        .where(media.c.contact_id == conversations.c.contact_id, _UNKEPT, conversations.c.expires_at.is_not(None))
        .where(media.c.created_at <= now - UNKEPT)
    )
    return _drop(connection, media, old, FILES)


def drop_media(connection: Connection, now: datetime) -> int:
    """Files whose time is over."""
    return _drop(connection, media, select(media.c.id).where(media.c.expires_at <= now), FILES)


def drop_deliveries(connection: Connection, now: datetime) -> int:
    """Outbox rows as old as words may get, sent or not: what they would send is blank by now."""
    return _drop_oldest(connection, outbox, now - MESSAGES_KEPT)


def drop_events(connection: Connection, now: datetime) -> int:
    """Events too old to be repeated by any provider."""
    return _drop_oldest(connection, events, now - EVENTS_KEPT, events.c.processed_at.is_not(None))


def drop_misses(connection: Connection, now: datetime) -> int:
    """What was not understood: when nobody has looked at it for so long, or its person takes the consent back."""
    unkept = exists().where(contacts.c.id == misses.c.contact_id, contacts.c.consent_kept.is_(False))
    return _drop(connection, misses, select(misses.c.id).where((misses.c.created_at <= now - MISSES_KEPT) | unkept))


def settle_merges(connection: Connection, now: datetime) -> int:
    """Two records that were joined long ago stay one: the name and place of the one that was left go."""
    old = select(merges.c.dropped_id).where(merges.c.before.is_not(None), merges.c.created_at <= now - UNDOABLE)
    left = connection.scalars(old.limit(PEOPLE).with_for_update(skip_locked=True)).all()
    if left:
        erasure.settle(connection, left, now)
    return len(left)


def _drop(connection: Connection, table: Table, which: Select[Any], limit: int = BATCH) -> int:
    return connection.execute(delete(table).where(table.c.id.in_(_some(table, which, limit)))).rowcount


def _some(table: Table, which: Select[Any], limit: int) -> ScalarSelect[Any]:
    """A batch of ids that nobody holds; found for itself, not once for each row of the statement around it."""
    return which.limit(limit).with_for_update(of=table, skip_locked=True).correlate(None).scalar_subquery()


def _drop_oldest(connection: Connection, table: Table, before: datetime, *which: ColumnElement[bool]) -> int:
    """Of the rows with the lowest ids, those that are old: so that no index of ages is needed where much is written."""
    first = select(table.c.id, table.c.created_at).where(*which).order_by(table.c.id).limit(BATCH).subquery()
    old = select(first.c.id).where(first.c.created_at <= before).scalar_subquery()
    return connection.execute(delete(table).where(table.c.id.in_(old))).rowcount


RULES: Final[Mapping[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        forget_unkept,
        blank_unkept_messages,
        blank_messages,
        drop_farewells,
        drop_loose_messages,
        drop_unkept_media,
        drop_media,
        drop_misses,
        settle_merges,
        drop_deliveries,
        drop_events,
    )
}
