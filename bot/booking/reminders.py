"""What is to be said before and after an appointment, as rows: planned with it, void when it falls.

Who says it, when the moment has come: the rule of bot.booking.reminding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, update

from bot.booking.recall import recall
from bot.booking.rows import insert_new
from db.tables import reminders

BEFORE: Final[Mapping[str, timedelta]] = {
    "three_days": timedelta(days=3),
    "one_day": timedelta(days=1),
    "two_hours": timedelta(hours=2),
}
MISSED, OFFERED, CLOSED = "missed", "offered", "closed"
TOO_SOON: Final = timedelta(hours=1)  # after booking: the person knows


def plan(connection: Connection, appointment_id: int, starts_at: datetime, now: datetime) -> None:
    """Remind of an appointment that was just made."""
    due = {kind: starts_at - before for kind, before in BEFORE.items()}
    rows = [
        {"created_at": now, "appointment_id": appointment_id, "kind": kind, "due_at": at, "state": "due"}
        for kind, at in due.items()
        if at > now + TOO_SOON
    ]
    if rows:
        insert_new(connection, reminders, rows)


def say(connection: Connection, appointment_id: int, kind: str, at: datetime, now: datetime) -> None:
    """Say something from that moment on: MISSED, OFFERED or CLOSED; once, however often it is asked for."""
    mine = update(reminders).where(reminders.c.appointment_id == appointment_id, reminders.c.kind == kind)
    again = mine.where(reminders.c.state == "void").values(state="due", due_at=at, closed_at=None, cause=None)
    if not connection.execute(again).rowcount:
        row = {"created_at": now, "appointment_id": appointment_id, "kind": kind, "due_at": at, "state": "due"}
        insert_new(connection, reminders, row)


def void(connection: Connection, appointment_ids: Sequence[int], now: datetime) -> None:
    """What was still to be said of these appointments is not said, nor sent where it waits to be."""
    theirs = update(reminders).where(reminders.c.appointment_id.in_(appointment_ids))
    unsaid = theirs.where(reminders.c.state.in_(("due", "blocked")))
    connection.execute(unsaid.values(state="void", closed_at=now))
    recall(connection, appointment_ids)
