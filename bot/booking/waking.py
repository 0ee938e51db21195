"""Until when a place is kept for somebody who was not asked: the hours of the night do not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.booking.quiet import BEGINS, ENDS

KEPT: Final = timedelta(hours=12)  # of waking hours: about a whole day
LEAST: Final = timedelta(hours=1)  # of them; with less, nobody is offered anything
BEFORE: Final = timedelta(hours=2)  # the appointment: who was not chosen by then cannot come any more


def kept_until(now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when a place of a slot is kept for somebody who is told now; None: it is too late to tell anybody.

    Always within waking hours, at least `LEAST` of them from now.
    """
    end = min(after(now, KEPT, zone), _not_at_night(starts_at - BEFORE, zone))
    return end if end >= after(now, LEAST, zone) else None


def after(moment: datetime, hours: timedelta, zone: ZoneInfo) -> datetime:
    """The moment at which so many waking hours have gone by."""
    while True:
        begins, ends = _day(moment, zone)
        at = max(moment, begins)
        if at < ends and at + hours <= ends:
            return at + hours
        hours -= max(ends - at, timedelta())
        moment = _day(ends + timedelta(hours=12), zone)[0]


def _not_at_night(moment: datetime, zone: ZoneInfo) -> datetime:
    """The last waking moment that is not later."""
    begins, ends = _day(moment, zone)
    if moment < begins:
        return _day(begins - timedelta(hours=24), zone)[1]
    return min(moment, ends)


def _day(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end of the waking hours of the local day of a moment, in UTC."""
    day = moment.astimezone(zone).date()
    begins, ends = datetime.combine(day, BEGINS, zone), datetime.combine(day, ENDS, zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)
