"""Takes the next messages of a channel from the outbox, under a lease: here it is decided who goes next.

All claims of a channel hold the lock of its `sender_rates` row, so they happen one after another; a row is
therefore never skipped because somebody else is looking at it, which would let a later one overtake it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from bot.sender import rates
from bot.sender.pace import BROADCAST_SHARE, ChannelPace, ChatPace
from bot.sender.rates import PENDING, SENDING
from db.tables import UtcDateTime, identities, messages, outbox

URGENT = 1  # the priority of a reply and of a crisis
BROADCAST = 3  # the priority of a message to many
IN_FLIGHT = 1000  # at most so many messages of a channel are claimed and unfinished, over all senders
MAX_ATTEMPTS = 16  # with the back-off of `bot.sender.results`, two hours
PROBE_EVERY = timedelta(minutes=5)  # how often a halted channel tries one message

_ROUNDS, _MANY = 10, 500  # of looking past messages that are not to be sent any more; how many a round


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this sender alone may send until `lease_until`. Address and body are still sealed."""

    id: int
    identity_id: int | None  # None: to staff
    channel: str
    priority: int
    attempts: int  # this one included
    address_enc: bytes
    body_enc: bytes
    expires_at: datetime | None
    window_open: bool
    lease_until: datetime
    worker: str
    probe: bool  # the channel is halted, and this message finds out whether it still has to be


@dataclass(frozen=True, slots=True)
class Room:
    """How many messages may be claimed, and how many of these may be broadcasts."""

    rows: int
    broadcasts: int

    def within(self, rows: float, broadcasts: float) -> Room:
        """The tighter of two."""
        return Room(max(0, min(self.rows, int(rows))), max(0, min(self.broadcasts, int(broadcasts))))


def claim(
    connection: Connection,
    channel: str,
    now: datetime,
    limit: int,
    worker: str,
    rate: float | None,
    lease: timedelta,
    *,
    due: datetime | None = None,
    reserve: int = 0,
    in_flight: int = IN_FLIGHT,
    chat_pace: ChatPace | None = None,
    channel_pace: ChannelPace | None = None,
) -> list[Claimed]:
    """Claim at most `limit` messages, most urgent and oldest first; the last `reserve` are no broadcasts.

    `rate` is in messages a second; None: no limit, the caller keeps the pace. `due`: what is due, expired or
    in its window is judged at that moment instead of at `now`, the clock of leases and rates. Messages to one
    identity must be sent in the order given, one after another, and the rest not at all once one is to be
    tried again.
    """
    state = rates.lock(connection, channel)
    if state.closed(now):
        return []
    room = _room_in_flight(connection, channel, now, in_flight).within(limit, limit - reserve)
    probe = state.halted_reason is not None
    if probe:
        room = room.within(1, 1)
    bucket = state.bucket
    if rate is not None:
        bucket = bucket.refilled(rate, now)
        room = room.within(bucket.tokens, bucket.broadcast_tokens)
    rows = _next_rows(connection, channel, due or now, room, chat_pace) if room.rows else []
    if rows and channel_pace is not None:
        rows = _paced(rows, channel_pace, _lately(connection, channel, now, channel_pace.seconds))
    if not rows:
        return []
    _mark(connection, rows, worker, now + lease)
    if probe:
        rates.pause(connection, channel, now + PROBE_EVERY)
    if rate is not None:
        broadcasts = sum(row.priority == BROADCAST for row in rows)
        rates.save(connection, channel, bucket.without(len(rows), broadcasts))
    return [_claimed(row, channel, due or now, worker, now + lease, probe) for row in rows]


def _claimed(row: Row[Any], channel: str, due: datetime, worker: str, lease_until: datetime, probe: bool) -> Claimed:
    window_open = row.window_until is None or due < row.window_until
    return Claimed(
        row.id,
        row.identity_id,
        channel,
        row.priority,
        row.attempts + 1,
        row.address_enc,
        row.body_enc,
        row.expires_at,
        window_open,
        lease_until,
        worker,
        probe,
    )


_SENDING = select(func.count(), func.min(outbox.c.lease_until)).where(
    outbox.c.channel == bindparam("of_channel"), outbox.c.state == SENDING
)
_LAPSED = (
    update(outbox)
    .where(outbox.c.channel == bindparam("of_channel"), outbox.c.state == SENDING)
    .where(outbox.c.lease_until <= bindparam("at", type_=UtcDateTime()))
    .values(
        state=case((outbox.c.attempts >= MAX_ATTEMPTS, "failed"), else_="pending"),
        error_code="lapsed",
        claimed_by=None,
        lease_until=None,
    )
)


def _room_in_flight(connection: Connection, channel: str, now: datetime, most: int) -> Room:
    """What is free, after taking back what a sender claimed and did not finish in time."""
    count, oldest = connection.execute(_SENDING, {"of_channel": channel}).one()
    if oldest is not None and oldest <= now:
        lapsed = connection.execute(_LAPSED, {"of_channel": channel, "at": now})
        count -= lapsed.rowcount
    return Room(most - count, int(most * BROADCAST_SHARE) - count)


_DUE = bindparam("due", type_=UtcDateTime())
_EARLIER = outbox.alias("earlier")
_RECENT = outbox.alias("recent")
_STATE = _EARLIER.c.state.concat(literal_column("''"))
_WAITS_FOR = (
    select(_EARLIER.c.id)
    .where(_EARLIER.c.identity_id == outbox.c.identity_id)
    .where(_EARLIER.c.id + literal_column("0") < outbox.c.id)
    .where(_EARLIER.c.priority <= outbox.c.priority)
    .where(or_(_STATE == SENDING, and_(_STATE == PENDING, _EARLIER.c.not_before > _DUE)))
    .limit(literal_column("1"))
    .scalar_subquery()
)
"""An earlier message of the person that is no obstacle is due itself: it comes before this one in the batch.

The limit, `+ 0` and `|| ''` bind the planner to the index of the person's few messages: the statistics of a
queue are always out of date, and misled by them it walks through all that is pending, for every row.
"""

_SENT_LATELY = (
    select(func.count())
    .select_from(_RECENT)
    .where(_RECENT.c.identity_id == outbox.c.identity_id)
    .where(_RECENT.c.sent_at > bindparam("since", type_=UtcDateTime()))
    .scalar_subquery()
)


def _candidates(lately: Any) -> Select[Any]:
    columns = (outbox.c.id, outbox.c.identity_id, outbox.c.priority, outbox.c.attempts, outbox.c.address_enc)
    return (
        select(*columns, outbox.c.expires_at, messages.c.body_enc, lately.label("lately"))
        .add_columns(identities.c.window_until, identities.c.stopped_at)
        .join(messages, messages.c.id == outbox.c.message_id)
        .outerjoin(identities, identities.c.id == outbox.c.identity_id)
        .where(outbox.c.channel == bindparam("of_channel"), outbox.c.state == PENDING)
        .where(outbox.c.priority <= bindparam("least_urgent", type_=Integer()))
        .where(or_(outbox.c.not_before.is_(None), outbox.c.not_before <= _DUE))
        .where(_WAITS_FOR.is_(None))
        .order_by(outbox.c.priority, outbox.c.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(of=outbox)
    )


_ANY_CHAT = _candidates(literal(0))
_RESTED_CHATS = _candidates(_SENT_LATELY).where(bindparam("chat_most", type_=Integer()) > _SENT_LATELY)


def _next_rows(
    connection: Connection, channel: str, due: datetime, room: Room, pace: ChatPace | None
) -> list[Row[Any]]:
    least_urgent = BROADCAST if room.broadcasts else BROADCAST - 1
    values = {"of_channel": channel, "due": due, "least_urgent": least_urgent, "most": room.rows}
    if pace is not None:
        values |= {"since": due - timedelta(seconds=pace.seconds), "chat_most": pace.messages}
    alive: list[Row[Any]] = []
    for _ in range(_ROUNDS):
        rows = connection.execute(_RESTED_CHATS if pace else _ANY_CHAT, values).all()
        dead = {row.id: cause for row in rows if (cause := _why_not(row, due))}
        alive = [row for row in rows if row.id not in dead]
        if not dead:
            break
        _bury(connection, dead)
        values["most"] = max(room.rows, _MANY)
    return _fitting(alive, room, pace)


def _why_not(row: Row[Any], due: datetime) -> str | None:
    """Why this message is not to be sent any more: the cause that is kept with it."""
    if row.stopped_at is not None:
        return "stopped"
    if row.body_enc is None or (row.expires_at is not None and row.expires_at <= due):
        return "expired"
    return None


def _bury(connection: Connection, dead: dict[int, str]) -> None:
    for cause in ("stopped", "expired"):
        ids = [row_id for row_id, why in dead.items() if why == cause]
        if ids:
            connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(state="failed", error_code=cause))


def _fitting(rows: Sequence[Row[Any]], room: Room, pace: ChatPace | None) -> list[Row[Any]]:
    """As many as there is room for; broadcasts come last, so the first that does not fit ends it."""
    taken: list[Row[Any]] = []
    chats: dict[int, int] = {}
    broadcasts = 0
    for row in rows:
        broadcasts += row.priority == BROADCAST
        if len(taken) == room.rows or broadcasts > room.broadcasts:
            break
        if pace is not None and row.identity_id is not None:
            count = chats.get(row.identity_id, row.lately)
            if count >= pace.messages:
                broadcasts -= row.priority == BROADCAST
                continue
            chats[row.identity_id] = count + 1
        taken.append(row)
    return taken


def _lately(connection: Connection, channel: str, now: datetime, seconds: float) -> int:
    """How many messages of a channel were sent within the last `seconds`, or are being sent."""
    span = timedelta(seconds=seconds)
    sent = select(func.count()).where(outbox.c.channel == channel, outbox.c.provider_id.is_not(None))
    lately = sent.where(outbox.c.sent_at > now - span, outbox.c.sent_at <= now + span)
    under_way, _ = connection.execute(_SENDING, {"of_channel": channel}).one()
    return int(connection.scalar(lately) or 0) + int(under_way)


def _paced(rows: Sequence[Row[Any]], pace: ChannelPace, lately: int) -> list[Row[Any]]:
    """Those that may still go; the urgent ones come first."""
    ordinary = pace.messages - pace.kept
    return [
        row
        for number, row in enumerate(rows, lately)
        if number < (pace.messages if row.priority == URGENT else ordinary)
    ]


def _mark(connection: Connection, rows: Sequence[Row[Any]], worker: str, lease_until: datetime) -> None:
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_([row.id for row in rows]))
        .values(state="sending", claimed_by=worker, lease_until=lease_until, attempts=outbox.c.attempts + 1)
    )
