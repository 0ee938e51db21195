"""The rows that booking writes: places of a slot taken and given back, appointments made, people held for a moment.

PostgreSQL: who waits for several rows waits for them in one order, so nobody waits for each other: the person first,
then slots by id, then appointments, then the waiting list. What belongs to somebody else is taken only if it is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Table, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.booking.places import free
from bot.inbox.people import new_code
from db.tables import appointments, contacts, slots

CODE: Final = 7  # letters: neither a person's code (8) nor a case's (6)


def among(column: Column[str], *states: str) -> ColumnElement[bool]:
    """A condition written out, as partial indexes have theirs: with parameters in it SQLite would use none of them."""
    return column.in_([literal_column(f"'{state}'") for state in states])


def insert_new(connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> int:
    """Insert what does not stand there yet, by any unique index; how many rows came."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(table).values(rows).on_conflict_do_nothing()
    return len(connection.scalars(new.returning(table.c.id)).all())


def hold_person(connection: Connection, contact_id: int) -> None:
    """Nobody else books for this person until the transaction ends."""
    one = select(contacts.c.id).where(contacts.c.id == contact_id)
    connection.execute(one.with_for_update(key_share=True)).one()


def hold_slots(connection: Connection, slot_ids: Iterable[int], *, wait: bool = True) -> list[int]:
    """Nobody else changes these slots until the transaction ends; without `wait` only those nobody holds. By id."""
    wanted = sorted(set(slot_ids))
    if not wanted:
        return []
    which = select(slots.c.id).where(slots.c.id.in_(wanted)).order_by(slots.c.id)
    return list(connection.scalars(which.with_for_update(key_share=True, skip_locked=not wait)))


def take(connection: Connection, slot_id: int, now: datetime) -> bool:
    """Take a place, if there is one: never more than the slot has, whoever else takes one at this moment."""
    one = update(slots).where(slots.c.id == slot_id, free(now))
    return connection.execute(one.values(booked=slots.c.booked + 1)).rowcount == 1


def give_back(connection: Connection, slot_id: int) -> None:
    """The place of an appointment that holds it no longer."""
    connection.execute(update(slots).where(slots.c.id == slot_id).values(booked=slots.c.booked - 1))


def add_appointment(connection: Connection, **columns: Any) -> int | None:
    """The id of a new one; None where the person has one for this trade."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    same = (appointments.c[name] == columns[name] for name in ("contact_id", "trade"))
    standing = select(appointments.c.id).where(*same, appointments.c.state.in_(("offered", "booked", "confirmed")))
    while True:  # the same code twice: once in ten thousand million
        new = dialect.insert(appointments).values(code=new_code(CODE), **columns)
        made: int | None = connection.scalar(new.on_conflict_do_nothing().returning(appointments.c.id))
        if made is not None or connection.scalar(standing) is not None:
            return made


def close(connection: Connection, appointment_id: int, states: Sequence[str], now: datetime, **columns: Any) -> bool:
    """End an appointment that is in one of these states; whether it was."""
    one = update(appointments).where(appointments.c.id == appointment_id, appointments.c.state.in_(states))
    return connection.execute(one.values(offered_until=None, closed_at=now, **columns)).rowcount == 1
