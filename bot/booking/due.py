"""What the clock does for bookings: offers go on, free places are offered, the weeks ahead have their times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.booking import calendar, rows, waitlist
from db.tables import events
from scheduler.due import Rule

CALENDAR = "calendario"  # in place of a channel: nobody outside sends these events


def rules() -> Mapping[str, Rule]:
    """For `scheduler.due.run_due`, before what tells people of it."""
    return {"lapse_offers": waitlist.lapse, "fill_calendar": fill_hourly, "offer_places": waitlist.offer}


def fill_hourly(connection: Connection, now: datetime) -> int:
    """Once an hour, whichever machine comes first: it reads all times to come. Who changes hours has them at once."""
    this = {"channel": CALENDAR, "provider_id": f"{now:%Y-%m-%dT%H}", "kind": "timer", "processed_at": now}
    return calendar.fill(connection, now) if rows.insert_new(connection, events, {"created_at": now, **this}) else 0
