"""What staff do with a case: claim, renew, acknowledge, release, transfer, snooze, close, reopen, note.

Each is one transaction of the caller's, with the clock handed in; each raises a `CaseError` that says what to do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, insert, or_, select, update

from bot.cases import conversing, history
from bot.cases.desk import Desk
from bot.cases.errors import (
    BadText,
    CheckinAgreed,
    Closed,
    NoSuchCase,
    NoSuchUser,
    NotClosed,
    NotThatLong,
    NotYours,
    Taken,
)
from bot.cases.policy import COORDINATORS, LEASE, NOTE_LENGTH, ON_SHIFT, URGENCIES
from bot.cases.roster import COORDINATOR
from db.tables import case_notes, contacts, handoffs, users

_WROTE_MEANWHILE = and_(
    handoffs.c.waiting_since.is_not(None),
    handoffs.c.claimed_at.is_not(None),
    handoffs.c.wished_at > handoffs.c.claimed_at,
    handoffs.c.apologised_at.is_(None),
)
BACK: dict[str, Any] = {
    "state": "open",
    "claimed_by": None,
    "claimed_at": None,
    "lease_until": None,
    "snoozed_until": None,
    "assigned_to": None,
    "acknowledged_at": None,
    "owes_word": or_(handoffs.c.owes_word, _WROTE_MEANWHILE),
}
"""A case that nobody has any more. Who wrote to somebody and was left without an answer is owed a word."""


def locked(connection: Connection, case_id: int) -> RowMapping:
    """The case, held until the transaction ends. Raises `NoSuchCase`."""
    row = connection.execute(select(handoffs).where(handoffs.c.id == case_id).with_for_update()).mappings().first()
    if row is None:
        raise NoSuchCase
    return row


def change(connection: Connection, case_id: int, **values: Any) -> None:
    """Set columns of one case."""
    connection.execute(update(handoffs).where(handoffs.c.id == case_id).values(**values))


def held(connection: Connection, case_id: int, user_id: int) -> RowMapping:
    """The case, in this user's hands. Raises `Closed`, `Taken`, `NotYours`."""
    row = _mine_or_free(connection, case_id, user_id)
    if row["state"] == "open":
        raise NotYours
    return row


def _mine_or_free(connection: Connection, case_id: int, user_id: int, *, over: bool = False) -> RowMapping:
    row = locked(connection, case_id)
    if row["state"] == "closed":
        raise Closed
    if row["state"] == "claimed" and row["claimed_by"] != user_id and not over:
        raise Taken(row["claimed_by"])
    return row


def claim(connection: Connection, case_id: int, user_id: int, now: datetime) -> None:
    """Take a case for `LEASE`. Of two at once exactly one wins; the other gets `Taken`. Raises also `Closed`."""
    free = or_(
        handoffs.c.state == "open",
        and_(handoffs.c.state == "claimed", or_(handoffs.c.claimed_by == user_id, handoffs.c.lease_until <= now)),
    )
    until = now + LEASE
    won = connection.execute(
        update(handoffs)
        .where(handoffs.c.id == case_id, free)
        .values(
            state="claimed",
            claimed_by=user_id,
            claimed_at=now,
            lease_until=until,
            next_at=until,
            snoozed_until=None,
            assigned_to=None,
            acknowledged_at=now,
            owes_word=False,
        )
        .returning(handoffs.c.conversation_id, handoffs.c.wants)
    ).first()
    if won is None:
        _mine_or_free(connection, case_id, user_id)
        raise Taken(None)
    if won.wants == "chat":
        conversing.take(connection, won.conversation_id, user_id, now)
    history.record(connection, case_id, "claimed", now, user_id=user_id)


def renew(connection: Connection, case_id: int, user_id: int, now: datetime, *, seen: bool = False) -> datetime:
    """Somebody is at work on their case: the lease begins anew; returns its end. `seen`: all messages are read.

    Raises `Closed`, `Taken`, `NotYours` (its time was over, and the case is in the queue again).
    """
    row = held(connection, case_id, user_id)
    until = now + LEASE
    change(connection, case_id, lease_until=until, unseen=0 if seen else row["unseen"])
    reschedule(connection, case_id)
    return until


def reschedule(connection: Connection, case_id: int) -> datetime:
    """When a case in somebody's hands is looked at again: unanswered, at its lease's end; else when it is quiet."""
    row = locked(connection, case_id)
    next_at: datetime = row["lease_until"]
    if row["waiting_since"] is None and row["answered_at"] is not None:
        next_at = max(next_at, row["answered_at"] + URGENCIES[row["priority"]].quiet)
    if row["checkin_at"] is not None:
        next_at = min(next_at, row["checkin_at"])
    change(connection, case_id, next_at=next_at)
    return next_at


def acknowledge(connection: Connection, case_id: int, user_id: int, now: datetime) -> None:
    """«Seen, on my way»: nobody else is alerted for a while. Of a case that is claimed already, only noted."""
    row = locked(connection, case_id)
    if row["state"] == "closed":
        raise Closed
    history.record(connection, case_id, "acknowledged", now, user_id=user_id)
    if row["state"] == "open":
        until = max(row["snoozed_until"] or now, now + URGENCIES[row["priority"]].grace)
        change(connection, case_id, acknowledged_at=now, next_at=until)


def release(connection: Connection, case_id: int, user_id: int, now: datetime) -> None:
    """Give a case back: it is in the queue again and alerted anew. Raises `Closed`, `Taken`, `NotYours`."""
    row = held(connection, case_id, user_id)
    change(connection, case_id, **BACK, level=ON_SHIFT, alerted_at=None, next_at=now)
    conversing.free(connection, row["conversation_id"], now)
    history.record(connection, case_id, "released", now, user_id=user_id)


def transfer(
    connection: Connection,
    case_id: int,
    user_id: int,
    now: datetime,
    *,
    to: int | None = None,
    language: str | None = None,
    role: str | None = None,
    over: bool = False,
) -> None:
    """Hand a case to a user, or to the next who is on duty, by language or role («coordinator»).

    Whoever it goes to is alerted within a minute; nobody claims it: the next ones. `over`: although somebody else
    has it, which the caller lets coordinators do. Raises `Closed`, `Taken`, `NoSuchUser`.
    """
    row = _mine_or_free(connection, case_id, user_id, over=over)
    if to is not None and connection.scalar(select(users.c.id).where(users.c.id == to, users.c.active)) is None:
        raise NoSuchUser
    values = {**BACK, "assigned_to": to, "alerted_at": None, "next_at": now}
    values["level"] = COORDINATORS if role == COORDINATOR else ON_SHIFT
    if language:
        values["language"] = language
    change(connection, case_id, **values)
    conversing.free(connection, row["conversation_id"], now)
    history.record(connection, case_id, "transferred", now, user_id=user_id, to_user_id=to)


def snooze(connection: Connection, case_id: int, user_id: int, until: datetime, now: datetime) -> None:
    """Let a case sleep; who snoozed it is alerted first when it wakes, which a new wish of the person does at once.

    Raises `Closed`, `Taken`, `NotThatLong`.
    """
    row = _mine_or_free(connection, case_id, user_id)
    latest = now + URGENCIES[row["priority"]].sleep
    if not now < until <= latest:
        raise NotThatLong(latest)
    change(connection, case_id, **BACK | {"snoozed_until": until, "assigned_to": user_id}, next_at=until)
    conversing.free(connection, row["conversation_id"], now)
    history.record(connection, case_id, "snoozed", now, user_id=user_id)


def close(
    connection: Connection,
    case_id: int,
    user_id: int,
    outcome: str,
    now: datetime,
    *,
    cancel_checkin: bool = False,
    clear_promotions: bool = False,
) -> None:
    """End a case. `outcome`: attended, referred, unreachable, no_longer_wanted, duplicate, false_alarm.

    `clear_promotions`: this user decides that the person may get promotions again. Raises `Closed`, `Taken`,
    `CheckinAgreed`, unless `cancel_checkin`.
    """
    row = _mine_or_free(connection, case_id, user_id)
    if row["checkin_at"] is not None and row["checkin_at"] > now and not cancel_checkin:
        raise CheckinAgreed(row["checkin_at"])
    ended = {"state": "closed", "outcome": outcome, "closed_at": now, "claimed_by": user_id, "next_at": None}
    values = {**BACK, **ended, "waiting_since": None, "unseen": 0, "owes_word": False, "checkin_at": None}
    change(connection, case_id, **values)
    conversing.free(connection, row["conversation_id"], now)
    if clear_promotions:
        mine = update(contacts).where(contacts.c.id == row["contact_id"])
        connection.execute(mine.values(hold_promotions_since=None))
    history.record(connection, case_id, "closed", now, user_id=user_id)


def reopen(connection: Connection, case_id: int, user_id: int, now: datetime) -> None:
    """Put a closed case into the queue again; it is alerted anew. Raises `NotClosed`."""
    row = locked(connection, case_id)
    if row["state"] != "closed":
        raise NotClosed
    again = {"outcome": None, "closed_at": None, "level": ON_SHIFT, "alerted_at": None, "next_at": now}
    due = now + URGENCIES[row["priority"]].due
    change(connection, case_id, **BACK | again | {"owes_word": False, "due_at": due, "waiting_since": now})
    history.record(connection, case_id, "reopened", now, user_id=user_id)


def add_note(connection: Connection, desk: Desk, case_id: int, user_id: int, text: str, now: datetime) -> None:
    """Keep a note among staff; it renews the lease of who has the case. Raises `BadText`, `NoSuchCase`."""
    if not text.strip() or len(text) > NOTE_LENGTH:
        raise BadText
    row = locked(connection, case_id)
    body = desk.cipher.seal(text.strip(), "case note")
    connection.execute(insert(case_notes).values(created_at=now, handoff_id=case_id, user_id=user_id, body_enc=body))
    history.record(connection, case_id, "noted", now, user_id=user_id)
    if row["state"] == "claimed" and row["claimed_by"] == user_id:
        renew(connection, case_id, user_id, now)


def hand_over(connection: Connection, user_id: int, now: datetime) -> int:
    """Somebody leaves: what they have and what was kept for them is in the queue at once, a level higher, and is
    alerted within a minute. Returns how many cases they had.
    """
    theirs = select(handoffs).where(handoffs.c.state != "closed").with_for_update()
    rows = list(
        connection.execute(
            theirs.where(or_(handoffs.c.claimed_by == user_id, handoffs.c.assigned_to == user_id))
        ).mappings()
    )
    for row in rows:
        change(connection, row["id"], **BACK, level=row["level"] + 1, alerted_at=None, next_at=now)
        history.record(connection, row["id"], "handed_over", now, user_id=user_id)
    for row in rows:
        conversing.free(connection, row["conversation_id"], now)
    return len(rows)
