"""The row of `sender_rates`, one a channel: the lock under which senders agree, the pauses and the halt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, insert, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.sender.pace import Bucket
from db.tables import UtcDateTime, outbox, sender_rates

OPERATOR = "operator"  # how the `error_code` of a row begins that waits for an operator

PENDING: ColumnElement[str] = literal_column("'pending'")
SENDING: ColumnElement[str] = literal_column("'sending'")
"""States as literals, not parameters: only so do both databases see that a partial index serves the query."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LOCK = select(sender_rates).where(sender_rates.c.channel == bindparam("of_channel")).with_for_update()
_UNTIL = bindparam("until", type_=UtcDateTime())


@dataclass(frozen=True, slots=True)
class Rates:
    """What one channel may do now. A halted channel whose pause is over may send one message, to see."""

    channel: str
    bucket: Bucket
    paused_until: datetime | None
    halted_reason: str | None

    def closed(self, now: datetime) -> bool:
        """Whether nothing may leave now."""
        return self.paused_until is not None and now < self.paused_until


def lock(connection: Connection, channel: str) -> Rates:
    """Read the row of a channel and hold it until the transaction ends; it is made if it is missing.

    Whoever needs this row and rows of the outbox takes this one first, so that nobody waits in a circle.
    """
    row = connection.execute(_LOCK, {"of_channel": channel}).one_or_none()
    if row is None:
        _create(connection, channel)
        row = connection.execute(_LOCK, {"of_channel": channel}).one()
    bucket = Bucket(row.tokens, row.broadcast_tokens, row.refilled_at)
    return Rates(channel, bucket, row.paused_until, row.halted_reason)


def _create(connection: Connection, channel: str) -> None:
    try:
        with connection.begin_nested():
            connection.execute(
                insert(sender_rates).values(channel=channel, tokens=0.0, broadcast_tokens=0.0, refilled_at=_LONG_AGO)
            )
    except IntegrityError:
        return  # another sender made it a moment ago


def save(connection: Connection, channel: str, bucket: Bucket) -> None:
    """Store what is left in the bucket."""
    connection.execute(
        update(sender_rates)
        .where(sender_rates.c.channel == channel)
        .values(tokens=bucket.tokens, broadcast_tokens=bucket.broadcast_tokens, refilled_at=bucket.refilled_at)
    )


def pause(connection: Connection, channel: str, until: datetime) -> None:
    """Nothing leaves through this channel until then; a longer pause stands."""
    connection.execute(
        update(sender_rates)
        .where(sender_rates.c.channel == channel)
        .where(or_(sender_rates.c.paused_until.is_(None), sender_rates.c.paused_until < _UNTIL))
        .values(paused_until=_UNTIL),
        {"until": until},
    )


def halt(connection: Connection, channel: str, reason: str, probe_at: datetime) -> None:
    """Nothing leaves until an operator acts (`resume`), but for one message at `probe_at`, to see.

    `reason` is a code, never personal data.
    """
    connection.execute(
        update(sender_rates)
        .where(sender_rates.c.channel == channel)
        .values(halted_reason=reason, paused_until=probe_at)
    )


def resume(connection: Connection, channel: str) -> bool:
    """Open a channel again and let what waited for it go at once. False: there is no such channel."""
    opened = connection.execute(
        update(sender_rates).where(sender_rates.c.channel == channel).values(halted_reason=None, paused_until=None)
    )
    connection.execute(
        update(outbox)
        .where(outbox.c.channel == channel, outbox.c.state == PENDING)
        .where(outbox.c.error_code.startswith(OPERATOR))
        .values(not_before=None)
    )
    return opened.rowcount == 1


def halted(connection: Connection) -> dict[str, str]:
    """The channels that wait for an operator, and why: the provider's code."""
    query = select(sender_rates.c.channel, sender_rates.c.halted_reason)
    rows = connection.execute(query.where(sender_rates.c.halted_reason.is_not(None)))
    return {row.channel: row.halted_reason for row in rows}
