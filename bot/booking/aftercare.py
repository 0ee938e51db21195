"""What is asked one, three and six months after a certificate, as rows: made when it is issued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, exists, select

from bot.booking.rows import insert_new
from db.tables import followups

AFTER: Final[Mapping[str, timedelta]] = {
    "one_month": timedelta(days=30),
    "three_months": timedelta(days=91),
    "six_months": timedelta(days=182),
}


def plan(
    connection: Connection, contact_id: int, certificate_id: int, appointment_id: int | None, now: datetime
) -> int:
    """Ask later how it goes; how many rows came. Twice for one certificate is once.

    Whether the person agreed is looked at when the moment comes, not now: they may say so later.
    """
    mine = exists().where(followups.c.certificate_id == certificate_id)
    if connection.scalar(select(mine)):
        return 0
    rows = [
        {
            "created_at": now,
            "contact_id": contact_id,
            "certificate_id": certificate_id,
            "appointment_id": appointment_id,
            "kind": kind,
            "due_at": now + after,
            "state": "due",
        }
        for kind, after in AFTER.items()
    ]
    return insert_new(connection, followups, rows)
