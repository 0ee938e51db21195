"""Somebody is at the centre whom the agenda does not expect: without an appointment, or after it was cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, case, select, update

from bot.booking import appointments as read
from bot.booking import book, places, reminders, rows, waitlist
from bot.booking.appointments import Appointment
from bot.booking.errors import NoSuchCentre, NotStanding
from db.tables import diagnoses, slots

LASTS: Final = timedelta(hours=2)


def walk_in(
    connection: Connection, contact_id: int, centre_id: int, trade: str, evaluator_id: int | None, now: datetime
) -> int:
    """Somebody came without an appointment: the id of the one that stands for it, attended.

    Who has one for this trade at this centre today has come for that one. Another one, later or elsewhere, falls.
    A slot of its own is made: who comes so takes no place from anybody. Raises `NoSuchCentre`.
    """
    place = places.by_id(connection, centre_id)
    if not place.assesses(now) or trade not in places.trades(connection, centre_id):
        raise NoSuchCentre
    rows.hold_person(connection, contact_id)
    old = read.of_trade(connection, contact_id, trade)
    if old is not None and _is_today(old, place, now):
        return _come(connection, old, now)
    if old is not None:
        _fall(connection, old, now)
    columns: dict[str, Any] = {
        "contact_id": contact_id,
        "slot_id": _slot(connection, centre_id, trade, evaluator_id, now),
    }
    columns |= {"trade": trade, "diagnosis_id": newest_diagnosis(connection, contact_id, trade)}
    made = rows.add_appointment(connection, created_at=now, state="attended", closed_at=now, channel=None, **columns)
    if made is None:
        raise NotStanding
    waitlist.served(connection, contact_id, trade, now)
    return made


def newest_diagnosis(connection: Connection, contact_id: int, trade: str) -> int | None:
    """The last self-diagnosis of a trade that somebody finished."""
    theirs = (diagnoses.c.contact_id == contact_id) & (diagnoses.c.trade == trade) & diagnoses.c.finished
    return connection.scalar(select(diagnoses.c.id).where(theirs).order_by(diagnoses.c.id.desc()).limit(1))


def _is_today(old: Appointment, place: places.Place, now: datetime) -> bool:
    same_day = old.starts_at.astimezone(place.zone).date() == now.astimezone(place.zone).date()
    return old.centre_id == place.id and same_day and old.state != "offered"


def _come(connection: Connection, old: Appointment, now: datetime) -> int:
    if not rows.close(connection, old.id, ("booked", "confirmed"), now, state="attended"):
        raise NotStanding
    reminders.void(connection, [old.id], now)
    return old.id


def _fall(connection: Connection, old: Appointment, now: datetime) -> None:
    if old.ends_at > now or old.state == "offered":
        book.cancel(connection, old.id, book.DUPLICATE, now)
    else:
        rows.close(connection, old.id, ("booked", "confirmed"), now, state="missed")


def _slot(connection: Connection, centre_id: int, trade: str, evaluator_id: int | None, now: datetime) -> int:
    starts_at = now.replace(microsecond=0)
    while True:
        row = {"created_at": now, "centre_id": centre_id, "trade": trade, "evaluator_id": evaluator_id}
        row |= {"starts_at": starts_at, "ends_at": starts_at + LASTS, "capacity": 1, "booked": 1}
        if rows.insert_new(connection, slots, row):
            same = (slots.c.centre_id == centre_id) & (slots.c.trade == trade) & (slots.c.starts_at == starts_at)
            return int(connection.scalars(select(slots.c.id).where(same)).one())
        starts_at -= timedelta(seconds=1)


def retake(connection: Connection, appointment_id: int, now: datetime) -> None:
    """A cancelled appointment whose person came after all: attended. Raises `NotStanding` where it is none.

    The person is there, so there is a place: where the slot was full, it has one more.
    """
    old = read.by_id(connection, appointment_id)
    rows.hold_slots(connection, [old.slot_id])
    if not rows.close(connection, appointment_id, ("cancelled", "lapsed"), now, state="attended", reason=None):
        raise NotStanding
    reminders.void(connection, [appointment_id], now)
    more = case((slots.c.capacity > slots.c.booked, slots.c.capacity), else_=slots.c.booked + 1)
    connection.execute(update(slots).where(slots.c.id == old.slot_id).values(booked=slots.c.booked + 1, capacity=more))
