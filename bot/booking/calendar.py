"""Times that may be booked, made some weeks ahead from the weekly hours of each centre; and taken away with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, exists, select, update

from bot.booking import rows
from bot.booking.places import zone_of
from db.tables import (
    accreditations,
    appointments,
    availabilities,
    centre_trades,
    centres,
    closures,
    holidays,
    slots,
    users,
)

WEEKS: Final = 8
MOST: Final = 500  # places of one time
BATCH: Final = 500
COMPARED: Final = ("ends_at", "capacity", "evaluator_id", "availability_id")

Key = tuple[int, str, datetime]  # centre, trade, beginning


@dataclass(frozen=True, slots=True)
class _Slot:
    """A time as the weekly hours have it."""

    ends_at: datetime
    capacity: int
    evaluator_id: int | None
    availability_id: int

    def beside(self, other: _Slot) -> _Slot:
        """Two evaluators at one hour: one time with the places of both."""
        evaluator = self.evaluator_id if self.evaluator_id == other.evaluator_id else None
        places = min(self.capacity + other.capacity, MOST)
        return replace(self, ends_at=max(self.ends_at, other.ends_at), capacity=places, evaluator_id=evaluator)


def fill(connection: Connection, now: datetime, weeks: int = WEEKS) -> int:
    """A rule: make the times of the weeks ahead, and change or take away those that the weekly hours have no longer.

    Not on national holidays and closed days, nor where the centre, its accreditation or the evaluator's have ended.
    What somebody has a place in stays as it is. Returns how many were made, changed and taken away.
    """
    end = now + timedelta(weeks=weeks)
    wanted, there = _wanted(connection, now, end), _there(connection, now)
    new = [_row(key, slot, now) for key, slot in wanted.items() if key not in there]
    done = sum(rows.insert_new(connection, slots, new[first : first + BATCH]) for first in range(0, len(new), BATCH))
    done += sum(_change(connection, there[key], slot) for key, slot in wanted.items() if key in there)
    over = [row.id for key, row in there.items() if _is_ours(row) and row.starts_at <= end and key not in wanted]
    return done + _take_away(connection, over, now)


def withdraw(connection: Connection, availability_id: int, now: datetime) -> None:
    """A weekly hour ends at once: its times go, but for those that somebody has a place in."""
    theirs = (slots.c.availability_id == availability_id) & (slots.c.starts_at > now)
    open_ = theirs & slots.c.closed_at.is_(None) & (slots.c.booked == 0)
    ids = connection.scalars(select(slots.c.id).where(open_)).all()
    _take_away(connection, ids, now)
    connection.execute(delete(availabilities).where(availabilities.c.id == availability_id))


def remove_unused(connection: Connection, slot_ids: Sequence[int]) -> list[int]:
    """Delete the times made from weekly hours in which nobody ever had a place: they are made again when they may be.

    The caller holds them. Returns which went.
    """
    used = exists().where(appointments.c.slot_id == slots.c.id)
    ours = slots.c.id.in_(slot_ids) & slots.c.availability_id.is_not(None)
    gone = delete(slots).where(ours, slots.c.booked == 0, ~used).returning(slots.c.id)
    return list(connection.scalars(gone))


# --- what there should be --------------------------------------------------------------------------------------


def _wanted(connection: Connection, now: datetime, end: datetime) -> dict[Key, _Slot]:
    free = _holidays(connection, now, end)
    closed = _closures(connection, now)
    made: dict[Key, _Slot] = {}
    for row in connection.execute(_HOURS).mappings():
        zone = zone_of(row["timezone"])
        for day in _days(row, now.astimezone(zone).date(), end.astimezone(zone).date()):
            if (row["country"], day) in free or any(
                one <= day <= last for one, last in closed.get(row["centre_id"], ())
            ):
                continue
            starts_at = at(day, row["starts"], zone)
            if starts_at <= now or (row["accredited_until"] and starts_at > row["accredited_until"]):
                continue
            ends_at = starts_at + timedelta(minutes=row["minutes"])
            slot = _Slot(ends_at, row["capacity"], row["evaluator_id"], row["id"])
            key = (row["centre_id"], row["trade"], starts_at)
            made[key] = made[key].beside(slot) if key in made else slot
    return made


def at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """An hour «HH:MM» of a day somewhere, in UTC. One that the clocks skip that day comes an hour later; one that they
    repeat is the first of the two.
    """
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def _days(row: Mapping[Any, Any], first: date, last: date) -> Iterator[date]:
    """The days of one weekly hour."""
    first = max(first, row["from_day"])
    ends = (last, row["until_day"], row["until"])
    last = min(day for day in ends if day is not None)
    day = first + timedelta(days=(row["weekday"] - first.weekday()) % 7)
    while day <= last:
        yield day
        day += timedelta(days=7)


_ACCREDITED: Final = and_(
    accreditations.c.user_id == availabilities.c.evaluator_id, accreditations.c.trade == availabilities.c.trade
)
_MAY: Final = availabilities.c.evaluator_id.is_(None) | (users.c.active & accreditations.c.until.is_not(None))
_HOURS: Final = (  # weekly hours that still hold, with what limits them
    select(availabilities, centres.c.country, centres.c.timezone, centres.c.accredited_until, accreditations.c.until)
    .join(centres, centres.c.id == availabilities.c.centre_id)
    .join(
        centre_trades,
        and_(centre_trades.c.centre_id == centres.c.id, centre_trades.c.trade == availabilities.c.trade),
    )
    .outerjoin(users, users.c.id == availabilities.c.evaluator_id)
    .outerjoin(accreditations, _ACCREDITED)
    .where(centres.c.active, _MAY)
    .order_by(availabilities.c.id)
)


def _holidays(connection: Connection, now: datetime, end: datetime) -> set[tuple[str, date]]:
    days = (now.date() - timedelta(days=1), end.date() + timedelta(days=1))
    found = connection.execute(select(holidays.c.country, holidays.c.day).where(holidays.c.day.between(*days)))
    return {(row.country, row.day) for row in found}


def _closures(connection: Connection, now: datetime) -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for row in connection.execute(select(closures).where(closures.c.until_day >= now.date() - timedelta(days=1))):
        found.setdefault(row.centre_id, []).append((row.from_day, row.until_day))
    return found


# --- what there is ---------------------------------------------------------------------------------------------


def _there(connection: Connection, now: datetime) -> dict[Key, Any]:
    columns = ("id", "centre_id", "trade", "starts_at", "booked", "closed_at", *COMPARED)
    ahead = select(*(slots.c[name] for name in columns)).where(slots.c.starts_at > now)
    return {(row.centre_id, row.trade, row.starts_at): row for row in connection.execute(ahead)}


def _is_ours(row: Any) -> bool:
    """Made from weekly hours, not closed by staff, and nobody has a place in it."""
    return row.availability_id is not None and row.closed_at is None and row.booked == 0


def _row(key: Key, slot: _Slot, now: datetime) -> dict[str, Any]:
    centre_id, trade, starts_at = key
    row = {"created_at": now, "centre_id": centre_id, "trade": trade, "starts_at": starts_at}
    return row | _values(slot)


def _values(slot: _Slot) -> dict[str, Any]:
    return {name: getattr(slot, name) for name in COMPARED}


def _change(connection: Connection, row: Any, slot: _Slot) -> int:
    values = _values(slot)
    if not _is_ours(row) or all(getattr(row, name) == value for name, value in values.items()):
        return 0
    if not rows.hold_slots(connection, [row.id], wait=False):
        return 0
    empty = update(slots).where(slots.c.id == row.id, slots.c.booked == 0)
    return connection.execute(empty.values(values)).rowcount


def _take_away(connection: Connection, slot_ids: Iterable[int], now: datetime) -> int:
    """Delete empty times, or close those that somebody once had a place in. What somebody holds waits its turn."""
    held = rows.hold_slots(connection, slot_ids, wait=False)
    gone = remove_unused(connection, held)
    once = update(slots).where(slots.c.id.in_(held), slots.c.booked == 0, slots.c.closed_at.is_(None))
    return len(gone) + connection.execute(once.values(closed_at=now)).rowcount
