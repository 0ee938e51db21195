"""What follows from a result, in the transaction in which it is stored: a certificate, and the person is told."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from bot.booking import reminders
from bot.certificates import issue
from db.tables import evaluations

RESULT: Final = "result"  # kind of what is to be said; bot.booking.reminding knows the template


def follow(connection: Connection, evaluation_id: int, now: datetime) -> None:
    """For `on_finished`: who is competent has a certificate at once; everybody is told, in hours fit for it."""
    one = select(evaluations.c.appointment_id, evaluations.c.result).where(evaluations.c.id == evaluation_id)
    row = connection.execute(one).one()
    if row.result == "competent":
        issue.issue(connection, evaluation_id, now)
    reminders.say(connection, row.appointment_id, RESULT, now, now)
