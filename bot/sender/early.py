"""Statuses that came before we had stored the id of their message: kept in `events` until we have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from bot.channels.base import Status
from db.tables import events

RANKS = {"pending": 0, "sending": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5}
"""A message only ever goes up; failed is final."""

_ID = "status "  # how the `provider_id` of such an event begins


def keep(connection: Connection, status: Status, now: datetime) -> None:
    """Keep the highest status of a message that is not known yet. The caller holds the channel's lock."""
    key = _ID + status.provider_id
    mine = (events.c.channel == status.channel) & (events.c.provider_id == key)
    kind = ".".join(filter(None, ("status", status.state, status.error)))
    known = connection.execute(select(events.c.kind).where(mine)).scalar_one_or_none()
    if known is None:
        row = {"created_at": now, "channel": status.channel, "provider_id": key, "kind": kind}
        connection.execute(insert(events).values(**row, processed_at=now))
    elif RANKS[known.split(".")[1]] < RANKS[status.state]:
        connection.execute(update(events).where(mine).values(kind=kind))


def take(connection: Connection, channel: str, provider_ids: Iterable[str]) -> list[Status]:
    """The statuses kept for these messages, which are known now. The caller holds the channel's lock."""
    keys = [_ID + provider_id for provider_id in provider_ids]
    query = select(events.c.id, events.c.provider_id, events.c.kind)
    kept = connection.execute(query.where(events.c.channel == channel, events.c.provider_id.in_(keys))).all()
    if kept:
        connection.execute(delete(events).where(events.c.id.in_([row.id for row in kept])))
    return [_status(channel, row.provider_id, row.kind) for row in kept]


def _status(channel: str, provider_id: str, kind: str) -> Status:
    _, state, *error = kind.split(".", 2)
    return Status(channel, provider_id.removeprefix(_ID), state, error[0] if error else None)
