"""Until when a case can sleep, as people say it: an hour, tomorrow at eight, the next working day, a date."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.cases.errors import CaseError
from bot.cases.roster import Roster

CHOICES: Final = ("hora", "manana", "laboral", "fecha")
MORNING: Final = time(8)
SATURDAY: Final = 5


class NoDate(CaseError):
    """The date is missing or cannot be read: choose a day and an hour."""


def until(
    choice: str, day: str, hour: str, roster: Roster, country: str | None, now: datetime, zone: ZoneInfo
) -> datetime:
    """The moment that was meant. `day` YYYY-MM-DD and `hour` HH:MM, local, for «fecha». Raises `NoDate`."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if choice == "hora":
        return now + timedelta(hours=1)
    if choice == "manana":
        return datetime.combine(tomorrow, MORNING, zone)
    if choice == "laboral":
        return _working_day(tomorrow, roster, country, zone)
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour or "08:00"), zone)
    except ValueError:
        raise NoDate from None


def _working_day(tomorrow: date, roster: Roster, country: str | None, zone: ZoneInfo) -> datetime:
    """The first shift from tomorrow on; where none is known, the next weekday at eight."""
    begins = roster.next_start(datetime.combine(tomorrow, time(), zone) - timedelta(seconds=1), country)
    if begins is not None:
        return begins
    ahead = 0
    while (tomorrow + timedelta(days=ahead)).weekday() >= SATURDAY:
        ahead += 1
    return datetime.combine(tomorrow + timedelta(days=ahead), MORNING, zone)
