"""What became of the messages that were claimed, in batches, and what providers say of them later."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.channels.base import (
    BadAddress,
    ContactStopped,
    NoTemplate,
    OperatorNeeded,
    Rejected,
    SendError,
    Status,
    Throttled,
    WindowClosed,
)
from bot.sender import early, rates
from bot.sender.claims import MAX_ATTEMPTS, PROBE_EVERY, Claimed
from bot.sender.rates import PENDING, SENDING
from db.tables import UtcDateTime, conversations, identities, outbox

FIRST_WAIT, LONGEST_WAIT = 2.0, 900.0  # seconds before the second attempt; at most before any other
PAUSE, SHORTEST_PAUSE = 5.0, 1.0  # seconds of a throttled channel: if its provider named no number; at least

Judge = Callable[[Status], SendError | None]
"""What the error code of a failed status means, as the channel's own table has it; None: it does not know."""

_CAUSES: dict[type[SendError], str] = {
    ContactStopped: "stopped",
    WindowClosed: "window",
    NoTemplate: "template",
    BadAddress: "address",
    Rejected: "rejected",
}


def _word(error: SendError | None) -> str | None:
    """Our word for an error after which this message is never sent; None if it may still be."""
    return next((word for kind, word in _CAUSES.items() if isinstance(error, kind)), None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one claim: the provider's id, or its error, or neither if it was not sent after all."""

    row: Claimed
    provider_id: str | None = None
    error: SendError | None = None

    @property
    def final(self) -> bool:
        """Whether this message will not be sent again, so that the person's next one may go."""
        return self.provider_id is not None or _word(self.error) is not None

    @property
    def closes_channel(self) -> bool:
        """Whether nothing more may go through this channel now."""
        if isinstance(self.error, Throttled):
            return self.row.identity_id is not None
        return isinstance(self.error, OperatorNeeded)


def complete(
    connection: Connection,
    channel: str,
    outcomes: Sequence[Outcome],
    now: datetime,
    random: Random,
    judge: Judge,
    *,
    due: datetime | None = None,
) -> Counter[str]:
    """Store the outcomes of one channel's messages. Returns how many were `sent`, to `retry`, `released`, or
    failed, by cause. `due` is the moment at which the claims were judged, where it is not `now`.

    Of a message that another sender has taken over meanwhile, only «sent» still counts.
    """
    rates.lock(connection, channel)
    at = due or now
    sent = [outcome for outcome in outcomes if outcome.provider_id is not None]
    if sent:
        _store_sent(connection, channel, sent, at, judge)
    changes = [_change(outcome, at, random) for outcome in outcomes if outcome.provider_id is None]
    if changes:
        connection.execute(_FINISH, changes)
    _close_channel(connection, channel, outcomes, now)
    for outcome in outcomes:
        if isinstance(outcome.error, ContactStopped) and outcome.row.identity_id is not None:
            stop_contact(connection, outcome.row.identity_id, at)
        if isinstance(outcome.error, WindowClosed):
            close_window(connection, outcome.row.id, at)
    return Counter({"sent": len(sent)}) + Counter(_kind(change) for change in changes)


def _sent(pairs: TableValuedAlias) -> Update:
    return (
        update(outbox)
        .where(outbox.c.id == cast(pairs.c.key, BigInteger))
        .where(or_(outbox.c.state == PENDING, outbox.c.state == SENDING))
        .values(
            state="sent",
            provider_id=pairs.c.value,
            sent_at=bindparam("at", type_=UtcDateTime()),
            error_code=None,
            lease_until=None,
        )
    )


_SENT = {
    "sqlite": _sent(func.json_each(bindparam("ids", type_=Text())).table_valued("key", "value")),
    "postgresql": _sent(func.jsonb_each_text(cast(bindparam("ids", type_=Text()), JSONB)).table_valued("key", "value")),
}
"""One statement for all, with one parameter: a third of the time of one statement each."""

_FINISH = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == SENDING)
    .where(outbox.c.claimed_by == bindparam("worker"), outbox.c.attempts == bindparam("claimed_attempts"))
    .values(
        state=bindparam("new_state"),
        error_code=bindparam("cause"),
        not_before=bindparam("next_try", type_=UtcDateTime()),
        attempts=bindparam("new_attempts"),
        claimed_by=None,
        lease_until=None,
    )
)


def _store_sent(connection: Connection, channel: str, sent: Sequence[Outcome], at: datetime, judge: Judge) -> None:
    ids = json.dumps({done.row.id: done.provider_id for done in sent})
    connection.execute(_SENT[connection.dialect.name], {"ids": ids, "at": at})
    for status in early.take(connection, channel, [str(done.provider_id) for done in sent]):
        _advance(connection, status, at, judge)
    if any(done.row.probe for done in sent):
        rates.resume(connection, channel)


def _change(outcome: Outcome, at: datetime, random: Random) -> dict[str, Any]:
    """What `_FINISH` writes for a message that did not leave."""
    row, error = outcome.row, outcome.error
    change: dict[str, Any] = {
        "row": row.id,
        "worker": row.worker,
        "claimed_attempts": row.attempts,
        "new_attempts": row.attempts,
        "new_state": "pending",
        "next_try": None,
        "cause": None,
    }
    if error is None:
        return change | {"new_attempts": row.attempts - 1}
    if _word(error) is not None:
        return change | {"new_state": "failed", "cause": cause_of(error)}
    if isinstance(error, OperatorNeeded):
        wait = PROBE_EVERY * (1 + 2 * random.random())  # later than the next probe: that tries another one
        again = {"cause": f"{rates.OPERATOR}:{error.code}", "next_try": at + wait}
        return change | again | {"new_attempts": row.attempts - 1}
    if outcome.closes_channel:
        return change | {"cause": f"throttled:{error.code}", "new_attempts": row.attempts - 1}
    return change | _retry(row, error, at, random)


def _retry(row: Claimed, error: SendError, at: datetime, random: Random) -> dict[str, Any]:
    again = at + timedelta(seconds=wait_before_next(row.attempts, error.after, random))
    if row.attempts >= MAX_ATTEMPTS:
        return {"new_state": "failed", "cause": f"gave_up:{error.code}"}
    if row.expires_at is not None and again >= row.expires_at:
        return {"new_state": "failed", "cause": "expired"}
    return {"cause": f"retry:{error.code}", "next_try": again}


def wait_before_next(attempts: int, after: float | None, random: Random) -> float:
    """Seconds until the next attempt after so many: doubling, spread by half, never less than `after`."""
    doubled: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempts - 1))
    return max(doubled * (0.5 + random.random() / 2), after or 0.0)


def cause_of(error: SendError) -> str:
    """The `error_code` that staff see beside a failed message: our word, and the code if it says more."""
    cause = _word(error) or "undelivered"
    return cause if cause in ("stopped", "window", "template") or not error.code else f"{cause}:{error.code}"


def _kind(change: dict[str, Any]) -> str:
    if change["new_state"] == "failed":
        return str(change["cause"]).partition(":")[0]
    return "retry" if change["cause"] else "released"


def _close_channel(connection: Connection, channel: str, outcomes: Iterable[Outcome], now: datetime) -> None:
    for outcome in outcomes:
        if not outcome.closes_channel or outcome.error is None:
            continue
        if isinstance(outcome.error, OperatorNeeded):
            rates.halt(connection, channel, outcome.error.code or "unknown", now + PROBE_EVERY)
        else:
            seconds = PAUSE if outcome.error.after is None else max(SHORTEST_PAUSE, outcome.error.after)
            rates.pause(connection, channel, now + timedelta(seconds=seconds))


def stop_contact(connection: Connection, identity_id: int, now: datetime) -> None:
    """Send nothing more to this address: it is marked, and what waits for it fails as «stopped»."""
    connection.execute(
        update(identities)
        .where(identities.c.id == identity_id, identities.c.stopped_at.is_(None))
        .values(stopped_at=now)
    )
    connection.execute(
        update(outbox)
        .where(outbox.c.identity_id == identity_id, outbox.c.state == PENDING)
        .values(state="failed", error_code="stopped")
    )


def close_window(connection: Connection, outbox_id: int, now: datetime) -> None:
    """The provider says that free text is over for who this message was for, unless they wrote after it was written:
    what is answered next would be refused too.
    """
    message = select(outbox.c.identity_id, outbox.c.created_at).where(outbox.c.id == outbox_id).subquery()
    wrote = (
        select(conversations.c.id)
        .where(conversations.c.identity_id == message.c.identity_id)
        .where(conversations.c.last_inbound_at > message.c.created_at)
    )
    connection.execute(
        update(identities)
        .where(identities.c.id == select(message.c.identity_id).where(~wrote.exists()).scalar_subquery())
        .where(or_(identities.c.window_until.is_(None), identities.c.window_until > now))
        .values(window_until=now)
    )


def apply_status(connection: Connection, status: Status, now: datetime, judge: Judge) -> None:
    """Note what a provider says of a message: in any order, repeated, also before we know its id."""
    if status.state not in early.RANKS:
        raise ValueError(f"a status is sent, delivered, read or failed, not {status.state!r}")
    if _advance(connection, status, now, judge):
        return
    rates.lock(connection, status.channel)  # from here on, no completion can pass us by
    if not _advance(connection, status, now, judge):
        early.keep(connection, status, now)


def _advance(connection: Connection, status: Status, now: datetime, judge: Judge) -> bool:
    """Move the message up to this status, never down. False: no message has this provider's id."""
    mine = (outbox.c.channel == status.channel) & (outbox.c.provider_id == status.provider_id)
    rank = early.RANKS[status.state]
    lower = [state for state, other in early.RANKS.items() if other < rank]
    error = judge(status) if status.state == "failed" else None
    cause = None if status.state != "failed" else _late_cause(status, error)
    moved = connection.execute(
        update(outbox).where(mine, outbox.c.state.in_(lower)).values(state=status.state, error_code=cause)
    )
    row = connection.execute(select(outbox.c.id, outbox.c.identity_id).where(mine)).first()
    stops = isinstance(error, ContactStopped) and moved.rowcount > 0
    if row is not None and stops and row.identity_id is not None:
        stop_contact(connection, row.identity_id, now)
    if row is not None and isinstance(error, WindowClosed) and moved.rowcount > 0:
        close_window(connection, row.id, now)
    return row is not None


def _late_cause(status: Status, error: SendError | None) -> str:
    return cause_of(error) if error is not None else f"undelivered:{status.error or ''}".rstrip(":")
