"""Appointments as they are read: of a person, by code, in a slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, select

from bot.booking.errors import NotStanding
from db.tables import appointments, slots

STANDING: Final = ("offered", "booked", "confirmed")
KEPT: Final = (*STANDING, "attended", "missed")
"""States of appointments that hold a place of their slot: `slots.booked` counts them."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One place of one person."""

    id: int
    code: str
    contact_id: int
    slot_id: int
    centre_id: int
    trade: str
    starts_at: datetime  # aware, UTC
    ends_at: datetime
    state: str
    offered_until: datetime | None
    moved_from_id: int | None
    diagnosis_id: int | None
    reason: str | None
    channel: str | None

    @property
    def stands(self) -> bool:
        """Whether somebody is expected: booked, confirmed, or a place is kept until they say."""
        return self.state in STANDING


def query() -> Select[Any]:
    """Appointments as `Appointment` has them."""
    return select(
        appointments.c.id,
        appointments.c.code,
        appointments.c.contact_id,
        appointments.c.slot_id,
        slots.c.centre_id,
        appointments.c.trade,
        slots.c.starts_at,
        slots.c.ends_at,
        appointments.c.state,
        appointments.c.offered_until,
        appointments.c.moved_from_id,
        appointments.c.diagnosis_id,
        appointments.c.reason,
        appointments.c.channel,
    ).join(slots, slots.c.id == appointments.c.slot_id)


def _all(connection: Connection, *which: ColumnElement[bool]) -> list[Appointment]:
    rows = connection.execute(query().where(*which).order_by(slots.c.starts_at, appointments.c.id))
    return [Appointment(*row) for row in rows]


def by_id(connection: Connection, appointment_id: int) -> Appointment:
    """One appointment. Raises `NotStanding` if there is none."""
    found = _all(connection, appointments.c.id == appointment_id)
    if not found:
        raise NotStanding
    return found[0]


def by_code(connection: Connection, code: str, contact_id: int | None = None) -> Appointment | None:
    """One by its code; with a person, only theirs."""
    which = [appointments.c.code == code]
    if contact_id is not None:
        which.append(appointments.c.contact_id == contact_id)
    return next(iter(_all(connection, *which)), None)


def standing(connection: Connection, contact_id: int, now: datetime) -> list[Appointment]:
    """What a person has ahead, soonest first."""
    theirs = appointments.c.contact_id == contact_id
    return _all(connection, theirs, appointments.c.state.in_(STANDING), slots.c.ends_at > now)


def of_trade(connection: Connection, contact_id: int, trade: str) -> Appointment | None:
    """The one that stands for a trade, also where its hour is over and nobody has said how it went."""
    theirs = (appointments.c.contact_id == contact_id) & (appointments.c.trade == trade)
    return next(iter(_all(connection, theirs, appointments.c.state.in_(STANDING))), None)


def of_slots(connection: Connection, slot_ids: Sequence[int]) -> list[Appointment]:
    """Those that stand in some slots."""
    return _all(connection, appointments.c.slot_id.in_(slot_ids), appointments.c.state.in_(STANDING))


def kept_instead(connection: Connection, code: str, contact_id: int) -> Appointment | None:
    """The place that is kept for who lost the one with this code because the centre could not."""
    lost = select(appointments.c.id).where(appointments.c.code == code, appointments.c.contact_id == contact_id)
    moved = appointments.c.moved_from_id.in_(lost.scalar_subquery())
    return next(iter(_all(connection, moved, appointments.c.state == "offered")), None)


def origin(connection: Connection, appointment: Appointment) -> tuple[str, int]:
    """The code of the first appointment that this one took the place of, after how many changes."""
    code, before, changes = appointment.code, appointment.moved_from_id, 0
    while before is not None:
        one = select(appointments.c.code, appointments.c.moved_from_id).where(appointments.c.id == before)
        code, before = connection.execute(one).one()
        changes += 1
    return code, changes
