"""How late the sender is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from bot.sender.rates import PENDING
from db.tables import UtcDateTime, outbox

PRIORITIES = (1, 2, 3)

_OLDEST = (
    select(outbox.c.not_before, outbox.c.created_at)
    .where(outbox.c.channel == bindparam("of_channel"), outbox.c.state == PENDING)
    .where(outbox.c.priority == bindparam("of_priority"))
    .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("at", type_=UtcDateTime())))
    .order_by(outbox.c.id)
    .limit(1)
)


def lag(connection: Connection, channel: str, now: datetime) -> dict[int, float]:
    """Seconds that the oldest waiting message of each priority has been due; 0 if none waits."""
    return {priority: _of(connection, channel, priority, now) for priority in PRIORITIES}


def _of(connection: Connection, channel: str, priority: int, now: datetime) -> float:
    values = {"of_channel": channel, "of_priority": priority, "at": now}
    row = connection.execute(_OLDEST, values).first()
    if row is None:
        return 0.0
    since: datetime = row.not_before or row.created_at
    return max(0.0, (now - since).total_seconds())
