"""Centres to try the program with: only where nobody but who sits at the machine can write to it, and gone after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select

from bot.booking import calendar, closing
from bot.importing.centres import ZONES
from bot.settings import Settings
from db.content.centres import TrialCentre, load_centres
from db.tables import availabilities, centre_trades, centres

CAPACITY: Final = 3
HOURS: Final = (("08:00", 0), ("13:00", 2))  # two days a week for each trade, of Monday to Friday
MINUTES: Final = 240


def is_trial(settings: Settings) -> bool:
    """The embedded database, and no address or channel through which anybody outside would come."""
    outside = (settings.public_url, settings.twilio_account_sid, settings.telegram_token.get_secret_value())
    return settings.database_url is None and not any(outside)


def settle(connection: Connection, trades: Sequence[str], now: datetime, *, trial: bool) -> None:
    """Make the centres of a trial where there is no centre at all, or close them where it is a trial no longer."""
    ours = {each.code for each in load_centres()}
    if not trial:
        open_ = select(centres.c.id).where(centres.c.code.in_(ours), centres.c.active)
        for centre_id in connection.scalars(open_).all():
            closing.close_centre(connection, centre_id, now)
    elif not connection.scalar(select(func.count()).select_from(centres)):
        for number, each in enumerate(load_centres()):
            _make(connection, each, trades, number, now)
        calendar.fill(connection, now)


def _make(connection: Connection, each: TrialCentre, trades: Sequence[str], number: int, now: datetime) -> None:
    row: dict[str, object] = {
        "code": each.code,
        "country": each.country,
        "name": each.name,
        "directions": each.directions,
    }
    row |= {"latitude": each.latitude, "longitude": each.longitude, "timezone": ZONES[each.country]}
    centre = connection.scalars(insert(centres).values(created_at=now, **row).returning(centres.c.id)).one()
    mine = {"created_at": now, "centre_id": centre}
    connection.execute(insert(centre_trades), [{**mine, "trade": trade} for trade in trades])
    week = {"minutes": MINUTES, "capacity": CAPACITY, "from_day": now.date()}
    hours = [
        {**mine, **week, "trade": trade, "weekday": (number + at + later) % 5, "starts": starts}
        for at, trade in enumerate(trades)
        for starts, later in HOURS
    ]
    connection.execute(insert(availabilities), hours)
