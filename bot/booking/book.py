"""One place for one person: booked, changed, cancelled, confirmed, and how it went. Never two for one place.

The place is taken by one conditional update of its slot, in the transaction of the appointment: docs/adr/0012.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, update

from bot.booking import appointments as read
from bot.booking import places, reminders, rows, times, waitlist
from bot.booking.appointments import STANDING, Appointment
from bot.booking.errors import AlreadyBooked, Full, Gone, NotStanding, NotYet
from db.tables import appointments

PERSON, STAFF, CENTRE_CLOSED, DUPLICATE = "person", "staff", "centre_closed", "duplicate"
"""Why an appointment was cancelled; `db.erasure` has one more."""

CAUSES: Final = ("transport", "work", "fear", "forgot", "family", "other", "unsaid")
"""Why one was missed."""

EARLY: Final = timedelta(hours=3)  # before the hour somebody may be there
ASKED: Final = time(10)  # the day after, at the centre: why somebody was not there
_HELD: Final = ("booked", "confirmed", "attended", "missed")  # of which it may be said how it went

standing = read.standing


def book(
    connection: Connection,
    contact_id: int,
    slot_id: int,
    *,
    now: datetime,
    diagnosis_id: int | None = None,
    channel: str | None = None,
) -> Appointment:
    """A place of a slot for a person. `channel` None: made by staff. Raises `Full`, `Gone`, `AlreadyBooked`."""
    _, _, trade = _open_slot(connection, slot_id, now)
    rows.hold_person(connection, contact_id)
    _only_ahead(connection, contact_id, trade, now)
    _take(connection, slot_id, now)
    return _add(connection, contact_id, slot_id, trade, now, diagnosis_id=diagnosis_id, channel=channel)


def change(
    connection: Connection, appointment_id: int, slot_id: int, now: datetime, *, channel: str | None = None
) -> Appointment:
    """Another slot of the same trade in place of the one that stands, which is kept until the new one is certain.

    Raises `Full`, `Gone`, `NotStanding`. The slot that it has already: nothing changes.
    """
    old = read.by_id(connection, appointment_id)
    rows.hold_person(connection, old.contact_id)
    _, _, trade = _open_slot(connection, slot_id, now)
    if trade != old.trade:
        raise Gone
    if slot_id == old.slot_id and old.stands:
        return old
    rows.hold_slots(connection, (old.slot_id, slot_id))
    if not read.by_id(connection, appointment_id).stands:
        raise NotStanding
    _take(connection, slot_id, now)
    _drop(connection, old, PERSON, now)
    new = _add(
        connection,
        old.contact_id,
        slot_id,
        trade,
        now,
        diagnosis_id=old.diagnosis_id,
        channel=channel,
        moved_from_id=old.id,
    )
    waitlist.offer_next(connection, old.slot_id, now)
    return new


def cancel(connection: Connection, appointment_id: int, reason: str, now: datetime) -> None:
    """The place is free again, and offered to who waits for one. Raises `NotStanding`."""
    old = read.by_id(connection, appointment_id)
    rows.hold_slots(connection, [old.slot_id])
    _drop(connection, old, reason, now)
    waitlist.offer_next(connection, old.slot_id, now)


def confirm(connection: Connection, appointment_id: int, now: datetime) -> None:
    """«Sí voy». Twice is once. Raises `NotStanding`."""
    one = update(appointments).where(appointments.c.id == appointment_id)
    booked = one.where(appointments.c.state == "booked").values(state="confirmed", confirmed_at=now)
    if not connection.execute(booked).rowcount and read.by_id(connection, appointment_id).state != "confirmed":
        raise NotStanding


def attended(connection: Connection, appointment_id: int, now: datetime) -> None:
    """The person was there. Staff may correct it. Raises `NotStanding`, `NotYet`."""
    if read.by_id(connection, appointment_id).starts_at > now + EARLY:
        raise NotYet
    _went(connection, appointment_id, "attended", None, now)


def missed(connection: Connection, appointment_id: int, now: datetime, reason: str | None = None) -> None:
    """The person was not there, and is asked why. Staff may correct it. Raises `NotStanding`, `NotYet`."""
    old = read.by_id(connection, appointment_id)
    if old.starts_at > now:
        raise NotYet
    _went(connection, appointment_id, "missed", reason, now)
    zone = places.by_id(connection, old.centre_id).zone
    tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), ASKED, zone)
    reminders.say(connection, appointment_id, reminders.MISSED, tomorrow, now)


def why_missed(connection: Connection, appointment_id: int, reason: str) -> None:
    """What the person says of it; the newest word counts. Raises `NotStanding` if it was not missed."""
    one = update(appointments).where(appointments.c.id == appointment_id, appointments.c.state == "missed")
    if reason not in CAUSES:
        raise ValueError("no such cause: see CAUSES")
    if not connection.execute(one.values(reason=reason)).rowcount:
        raise NotStanding


def _went(connection: Connection, appointment_id: int, state: str, reason: str | None, now: datetime) -> None:
    why = {"reason": reason} if reason or state == "attended" else {}  # what the person said of it stays
    if not rows.close(connection, appointment_id, _HELD, now, state=state, **why):
        raise NotStanding
    reminders.void(connection, [appointment_id], now)


def _open_slot(connection: Connection, slot_id: int, now: datetime) -> tuple[times.Free, places.Place, str]:
    """A slot that may be booked, with room or not. Raises `Gone`."""
    found = times.of_slot(connection, slot_id, now)
    if found is None:
        raise Gone
    slot, centre_id, trade = found
    place = places.by_id(connection, centre_id)
    if not (place.assesses(now) and place.assesses(slot.starts_at)):
        raise Gone
    return slot, place, trade


def _only_ahead(connection: Connection, contact_id: int, trade: str, now: datetime) -> None:
    """One place for one person and trade. One whose hour is over, and of which nobody said how it went, was missed."""
    old = read.of_trade(connection, contact_id, trade)
    if old is None:
        return
    if old.ends_at > now:
        raise AlreadyBooked(old)
    if old.state == "offered":
        waitlist.let_go(connection, old, now)
    else:
        _went(connection, old.id, "missed", None, now)


def _take(connection: Connection, slot_id: int, now: datetime) -> None:
    """Raises `Full`, or `Gone` where it was closed a moment ago."""
    if rows.take(connection, slot_id, now):
        return
    slot, place, trade = _open_slot(connection, slot_id, now)
    raise Full(times.nearest(connection, place, trade, slot.starts_at, now))


def _drop(connection: Connection, old: Appointment, reason: str, now: datetime) -> None:
    """Raises `NotStanding`. Its slot is held by this transaction."""
    if not rows.close(connection, old.id, STANDING, now, state="cancelled", reason=reason):
        raise NotStanding
    rows.give_back(connection, old.slot_id)
    reminders.void(connection, [old.id], now)
    waitlist.waits_again(connection, old, now)


def _add(
    connection: Connection,
    contact_id: int,
    slot_id: int,
    trade: str,
    now: datetime,
    *,
    diagnosis_id: int | None,
    channel: str | None,
    moved_from_id: int | None = None,
) -> Appointment:
    new = rows.add_appointment(
        connection,
        created_at=now,
        contact_id=contact_id,
        slot_id=slot_id,
        diagnosis_id=diagnosis_id,
        moved_from_id=moved_from_id,
        trade=trade,
        state="booked",
        channel=channel,
    )
    if new is None:
        rows.give_back(connection, slot_id)
        held = read.of_trade(connection, contact_id, trade)
        raise AlreadyBooked(held) if held else NotStanding
    made = read.by_id(connection, new)
    reminders.plan(connection, made.id, made.starts_at, now)
    waitlist.served(connection, contact_id, trade, now)
    return made
