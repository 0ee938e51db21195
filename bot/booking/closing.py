"""A time, days or a whole centre at which nobody is assessed after all: who was expected is told, and has another.

That place, at the nearest centre with room, is kept for a while as an offer: to have it is one tap.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from bot.booking import appointments as read
from bot.booking import calendar, places, reminders, rows, times, waitlist, waking
from bot.booking.appointments import STANDING, Appointment
from bot.booking.book import CENTRE_CLOSED
from bot.booking.places import Place
from db.tables import centres, closures, slots
from db.tables import reminders as reminder_rows

_TRIED = 5  # times at one centre, of which somebody else may take one just now


def close_slot(connection: Connection, slot_id: int, now: datetime) -> int:
    """One time; says how many people lost their place."""
    return _close(connection, [slot_id], now)


def close_days(
    connection: Connection,
    centre_id: int,
    from_day: date,
    until_day: date,
    now: datetime,
    *,
    user_id: int | None = None,
    reason: str = "",
) -> int:
    """From one day of the centre's calendar to another, both included; `reason` is for staff."""
    zone = places.by_id(connection, centre_id).zone
    row = {"centre_id": centre_id, "from_day": from_day, "until_day": until_day, "reason": reason, "user_id": user_id}
    connection.execute(insert(closures).values(created_at=now, **row))
    begin, end = times.midnight(from_day, zone), times.midnight(until_day + timedelta(days=1), zone)
    return _close_where(connection, centre_id, now, slots.c.starts_at >= begin, slots.c.starts_at < end)


def close_centre(connection: Connection, centre_id: int, now: datetime) -> int:
    """All that is still to come; it is found no more until it is active again."""
    connection.execute(update(centres).where(centres.c.id == centre_id).values(active=False))
    return _close_where(connection, centre_id, now)


def reopen(connection: Connection, closure_id: int, now: datetime) -> None:
    """It is assessed on these days again. Who lost their place has it no more; the times are there for anybody."""
    closure = connection.execute(select(closures).where(closures.c.id == closure_id)).mappings().first()
    if closure is None:
        return
    connection.execute(delete(closures).where(closures.c.id == closure_id))
    by_it = (slots.c.centre_id == closure["centre_id"]) & (slots.c.closed_at == closure["created_at"])
    connection.execute(update(slots).where(by_it, slots.c.starts_at > now).values(closed_at=None))
    calendar.fill(connection, now)


def reopen_slot(connection: Connection, slot_id: int, now: datetime) -> None:
    """A time that was closed may be booked again."""
    connection.execute(update(slots).where(slots.c.id == slot_id, slots.c.starts_at > now).values(closed_at=None))


def _close_where(connection: Connection, centre_id: int, now: datetime, *which: ColumnElement[bool]) -> int:
    ahead = (slots.c.centre_id == centre_id) & slots.c.closed_at.is_(None) & (slots.c.ends_at > now)
    return _close(connection, connection.scalars(select(slots.c.id).where(ahead, *which)).all(), now)


def _close(connection: Connection, slot_ids: Sequence[int], now: datetime) -> int:
    held = rows.hold_slots(connection, slot_ids)
    connection.execute(update(slots).where(slots.c.id.in_(held), slots.c.closed_at.is_(None)).values(closed_at=now))
    lost = read.of_slots(connection, held)
    for each in lost:
        _lose(connection, each, now)
    calendar.remove_unused(connection, held)
    for each in lost:
        _keep_another(connection, each, now)
    return len(lost)


def _lose(connection: Connection, old: Appointment, now: datetime) -> None:
    """An offer that was not told yet falls in silence."""
    untold = exists().where(
        reminder_rows.c.appointment_id == old.id,
        reminder_rows.c.kind == reminders.OFFERED,
        reminder_rows.c.state != "sent",
    )
    tell = old.state != "offered" or not connection.scalar(select(untold))
    rows.close(connection, old.id, STANDING, now, state="cancelled", reason=CENTRE_CLOSED)
    rows.give_back(connection, old.slot_id)
    reminders.void(connection, [old.id], now)
    waitlist.waits_again(connection, old, now)
    if tell:
        reminders.say(connection, old.id, reminders.CLOSED, now, now)


def _keep_another(connection: Connection, old: Appointment, now: datetime) -> int | None:
    """Who had a place has another, at the nearest centre of the country with room; who waited for one waits on."""
    if old.state == "offered":
        return None
    lost = places.by_id(connection, old.centre_id)
    found = places.near(connection, old.trade, lost.country, lost.point, now)
    for each in sorted(found, key=lambda one: one.place.id != lost.id):
        if each.next_at and (made := _keep_at(connection, old, each.place, now)):
            return made
    return None


def _keep_at(connection: Connection, old: Appointment, place: Place, now: datetime) -> int | None:
    for slot in times.soonest(connection, place, old.trade, now, _TRIED):
        until = waking.kept_until(now, slot.starts_at, place.zone)
        if until is None or not rows.hold_slots(connection, [slot.slot_id], wait=False):
            continue
        made = waitlist.keep_for(
            connection,
            old.contact_id,
            slot.slot_id,
            old.trade,
            until,
            now,
            diagnosis_id=old.diagnosis_id,
            moved_from_id=old.id,
        )
        if made is not None:
            return made
    return None
