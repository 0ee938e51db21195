"""What is not kept for ever: each rule as one plain function that says how many rows it took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Connection, delete, select, update

from db import erasure
from db.tables import conversations, events, media, messages, outbox


class Rule(Protocol):
    """Takes at most `BATCH` rows that are over at `now`, and says how many."""

    __name__: str

    def __call__(self, connection: Connection, now: datetime) -> int: ...


BATCH: Final = 500  # rows a rule takes at a time, so that no conversation waits for it
MESSAGES_KEPT: Final = timedelta(days=90)
EVENTS_KEPT: Final = timedelta(days=30)  # providers repeat within hours; a month is generous
LOOSE_KEPT: Final = timedelta(days=1)  # messages that belong to nobody any more


def forget_unkept(connection: Connection, now: datetime) -> int:
    """People who agreed to nothing go, with everything they wrote, when their last day is over."""
    over = connection.scalars(
        select(conversations.c.contact_id).where(conversations.c.expires_at <= now).limit(BATCH)
    ).all()
    for contact_id in set(over):
        erasure.forget(connection, contact_id, now)
    return len(set(over))


def blank_messages(connection: Connection, now: datetime) -> int:
    """The words of old messages go; that there was one stays, for counting."""
    old = (
        select(messages.c.id)
        .where(messages.c.created_at <= now - MESSAGES_KEPT, messages.c.body_enc.is_not(None))
        .limit(BATCH)
    )
    return connection.execute(
        update(messages).where(messages.c.id.in_(old.scalar_subquery())).values(body_enc=None)
    ).rowcount


def drop_loose_messages(connection: Connection, now: datetime) -> int:
    """What was said to somebody erased since, or to staff, once it was sent."""
    loose = (
        select(messages.c.id)
        .where(messages.c.conversation_id.is_(None), messages.c.created_at <= now - LOOSE_KEPT)
        .limit(BATCH)
    )
    return connection.execute(delete(messages).where(messages.c.id.in_(loose.scalar_subquery()))).rowcount


def drop_media(connection: Connection, now: datetime) -> int:
    """Files whose time is over."""
    old = select(media.c.id).where(media.c.expires_at <= now).limit(BATCH)
    return connection.execute(delete(media).where(media.c.id.in_(old.scalar_subquery()))).rowcount


def drop_deliveries(connection: Connection, now: datetime) -> int:
    """Outbox rows that are done with; the message itself has its own rule."""
    done = (
        select(outbox.c.id)
        .where(outbox.c.state.in_(("sent", "delivered", "read", "failed")))
        .where(outbox.c.created_at <= now - MESSAGES_KEPT)
        .limit(BATCH)
    )
    return connection.execute(delete(outbox).where(outbox.c.id.in_(done.scalar_subquery()))).rowcount


def drop_events(connection: Connection, now: datetime) -> int:
    """Events too old to be repeated by any provider."""
    old = (
        select(events.c.id)
        .where(events.c.processed_at.is_not(None), events.c.created_at <= now - EVENTS_KEPT)
        .limit(BATCH)
    )
    return connection.execute(delete(events).where(events.c.id.in_(old.scalar_subquery()))).rowcount


RULES: Final[Mapping[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        forget_unkept,
        blank_messages,
        drop_loose_messages,
        drop_media,
        drop_deliveries,
        drop_events,
    )
}
