"""Taking back what was written about an appointment and has not left yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select, update

from db.tables import outbox, reminders

CANCELLED: Final = "cancelled"
"""The `error_code` of a message that was taken back: no failure of anybody's."""


def recall(connection: Connection, appointment_ids: Sequence[int]) -> int:
    """Messages of these appointments that still wait are not sent; how many. What is being sent just now goes."""
    theirs = select(reminders.c.outbox_id).where(
        reminders.c.appointment_id.in_(appointment_ids), reminders.c.outbox_id.is_not(None)
    )
    waiting = update(outbox).where(outbox.c.id.in_(theirs), outbox.c.state == "pending")
    return connection.execute(waiting.values(state="failed", error_code=CANCELLED)).rowcount
