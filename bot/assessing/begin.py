"""The evaluation of an appointment: found or begun, for an evaluator of its centre."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, Select, insert, select

from bot.assessing.errors import NotYours
from bot.booking import book
from bot.booking.errors import NotYet
from db.content.trades import Trade
from db.tables import accreditations, appointments, centre_staff, centres, evaluations, slots

HERE = ("attended", "booked", "confirmed")  # states in which somebody can be assessed


@dataclass(frozen=True, slots=True)
class Assessed:
    """An appointment and its evaluation. `day`: at the centre."""

    appointment_id: int
    evaluation_id: int
    contact_id: int
    trade: str
    state: str
    day: date


def begin(
    connection: Connection, appointment_id: int, user_id: int, trades: Mapping[str, Trade], now: datetime
) -> Assessed:
    """The evaluation of that appointment, begun if it was not; whose first mark comes was there.

    An appointment that was cancelled meanwhile keeps its evaluation all the same: staff see it, and decide.
    Raises `NotYours`.
    """
    row = connection.execute(_one(appointment_id, user_id)).mappings().first()
    if row is None:
        raise NotYours
    state = row["state"]
    if state in ("booked", "confirmed", "missed"):
        with suppress(NotYet):  # so early that nobody may say so yet: the end of the evaluation does
            book.attended(connection, appointment_id, now)
            state = "attended"
    evaluation = select(evaluations.c.id).where(evaluations.c.appointment_id == appointment_id)
    evaluation_id = connection.scalar(evaluation) or _add(connection, row, trades, now)
    day = row["starts_at"].astimezone(ZoneInfo(row["timezone"])).date()
    return Assessed(appointment_id, evaluation_id, row["contact_id"], row["trade"], state, day)


def _one(appointment_id: int, user_id: int) -> Select[Any]:
    columns = (appointments.c.id, appointments.c.contact_id, appointments.c.trade, appointments.c.state)
    return (
        select(*columns, slots.c.starts_at, centres.c.timezone)
        .join(slots, slots.c.id == appointments.c.slot_id)
        .join(centres, centres.c.id == slots.c.centre_id)
        .join(centre_staff, centre_staff.c.centre_id == centres.c.id)
        .where(appointments.c.id == appointment_id, centre_staff.c.user_id == user_id)
        .with_for_update(of=appointments)
    )


def _add(connection: Connection, appointment: RowMapping, trades: Mapping[str, Trade], now: datetime) -> int:
    trade = trades.get(appointment["trade"])
    row = {"created_at": now, "appointment_id": appointment["id"], "trade": appointment["trade"], "started_at": now}
    row["content_version"] = trade.version if trade else None
    return int(connection.scalars(insert(evaluations).values(row).returning(evaluations.c.id)).one())


def accredited(connection: Connection, user_id: int) -> Mapping[str, date]:
    """The trades that somebody may assess, each with the last day of it."""
    query = select(accreditations.c.trade, accreditations.c.until).where(accreditations.c.user_id == user_id)
    return {row.trade: row.until for row in connection.execute(query)}
