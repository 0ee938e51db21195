"""When there is room at a centre: days and times, in the centre's own calendar."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, select, true

from bot.booking.places import Place, free
from db.tables import slots

DAYS: Final = 30  # as many as anybody looks through
NEAREST: Final = 3  # times that are named to somebody who came too late
_MANY: Final = 1000  # slots of one trade at one centre that are looked at: half a year of them


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the centre's calendar, and how many places are free then."""

    day: date
    free: int


@dataclass(frozen=True, slots=True)
class Free:
    """A time that may be booked. `left` places are free."""

    slot_id: int
    starts_at: datetime  # aware, UTC
    ends_at: datetime
    left: int


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins somewhere, also where the clocks change at midnight."""
    return datetime.combine(day, time(), zone)


def days(
    connection: Connection, place: Place, trade: str, now: datetime, *, after: date | None = None, most: int = DAYS
) -> list[Day]:
    """Days with room, soonest first; only those later than `after`."""
    begin = now if after is None else max(now, midnight(after + timedelta(days=1), place.zone))
    found = _free(connection, place, trade, now, slots.c.starts_at >= begin, limit=_MANY)
    counted: Counter[date] = Counter()
    for each in found:
        counted[each.starts_at.astimezone(place.zone).date()] += each.left
    return [Day(day, places) for day, places in sorted(counted.items())[:most]]


def times(connection: Connection, place: Place, trade: str, day: date, now: datetime) -> list[Free]:
    """Times with room on a day of the centre's calendar, soonest first."""
    begin, end = midnight(day, place.zone), midnight(day + timedelta(days=1), place.zone)
    return _free(connection, place, trade, now, (slots.c.starts_at >= begin) & (slots.c.starts_at < end), limit=_MANY)


def nearest(
    connection: Connection, place: Place, trade: str, to: datetime, now: datetime, most: int = NEAREST
) -> list[Free]:
    """The times with room that lie nearest to one that was wanted, the nearest first."""
    after = _free(connection, place, trade, now, slots.c.starts_at >= to, limit=most)
    before = _free(connection, place, trade, now, slots.c.starts_at < to, limit=most, backwards=True)
    return sorted([*after, *before], key=lambda each: abs(each.starts_at - to))[:most]


def soonest(connection: Connection, place: Place, trade: str, now: datetime, most: int = NEAREST) -> list[Free]:
    """The first times with room."""
    return _free(connection, place, trade, now, true(), limit=most)


def _free(
    connection: Connection,
    place: Place,
    trade: str,
    now: datetime,
    when: ColumnElement[bool],
    *,
    limit: int,
    backwards: bool = False,
) -> list[Free]:
    if not place.assesses(now):
        return []
    order = slots.c.starts_at.desc() if backwards else slots.c.starts_at
    found = query().where(slots.c.centre_id == place.id, slots.c.trade == trade, free(now), when)
    if place.accredited_until is not None:
        found = found.where(slots.c.starts_at <= place.accredited_until)
    return [Free(*row) for row in connection.execute(found.order_by(order).limit(limit))]


def query() -> Select[Any]:
    """Slots as `Free` has them."""
    left = (slots.c.capacity - slots.c.booked).label("left")
    return select(slots.c.id, slots.c.starts_at, slots.c.ends_at, left)


def of_slot(connection: Connection, slot_id: int, now: datetime) -> tuple[Free, int, str] | None:
    """One slot that may be booked (also where no place is left), its centre and trade; None: closed, past, unknown."""
    open_ = slots.c.closed_at.is_(None) & (slots.c.starts_at > now)
    one = query().add_columns(slots.c.centre_id, slots.c.trade).where(slots.c.id == slot_id, open_)
    row = connection.execute(one).first()
    return None if row is None else (Free(*row[:4]), row.centre_id, row.trade)
