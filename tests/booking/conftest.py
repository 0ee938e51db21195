"""A small town for bookings: two centres, a few people, slots where a test puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import Connection, Row, Select, Table, func, insert, select

from bot.booking.appointments import KEPT
from db.database import Database
from db.tables import appointments, centre_trades, centres, contacts, reminders, slots, users, waitlist
from tests.chat import Bot, Chat, bot

if TYPE_CHECKING:
    from tests.booking.street import Street

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, nine in the morning in El Salvador
TRADE, OTHER = "carpenter", "drywall_installer"
T = TypeVar("T")


def add(connection: Connection, table: Table, **columns: Any) -> int:
    """One row; its id."""
    made = insert(table).values(**{"created_at": NOW, **columns}).returning(table.c.id)
    return int(connection.scalars(made).one())


@dataclass
class Town:
    """Writes what a test needs, and reads what came of it."""

    database: Database
    now: datetime = NOW
    people: list[int] = field(default_factory=list)

    def do(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """One transaction."""
        return self.database.write_now(lambda connection: work(connection, *arguments, **named))

    def rows(self, query: Select[Any]) -> list[Row[Any]]:
        return list(self.database.read_now(lambda connection: connection.execute(query).all()))

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def person(self, **columns: Any) -> int:
        row = {"code": f"P{len(self.people):07}", "channel_first": "whatsapp", "consent_kept": True, **columns}
        self.people.append(self.do(add, contacts, **row))
        return self.people[-1]

    def centre(self, code: str, *trades: str, **columns: Any) -> int:
        def work(connection: Connection) -> int:
            row = {"code": code, "name": f"Centro {code}", "country": "SV", **columns}
            made = add(connection, centres, **row)
            for trade in trades or (TRADE,):
                add(connection, centre_trades, centre_id=made, trade=trade)
            return made

        return self.do(work)

    def slot(self, centre_id: int, starts_at: datetime, capacity: int = 1, **columns: Any) -> int:
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
        return self.do(add, slots, **{"centre_id": centre_id, "trade": TRADE, "capacity": capacity, **times, **columns})

    def user(self, email: str = "eva@example.org", **columns: Any) -> int:
        return self.do(add, users, **{"email": email, "role": "evaluator", **columns})

    def state(self, appointment_id: int) -> str:
        return str(self.rows(select(appointments.c.state).where(appointments.c.id == appointment_id))[0][0])

    def said(self, appointment_id: int) -> dict[str, str]:
        """State by kind of what is to be said of an appointment."""
        mine = select(reminders.c.kind, reminders.c.state).where(reminders.c.appointment_id == appointment_id)
        return {row.kind: row.state for row in self.rows(mine)}

    def line(self) -> list[tuple[int, str, int]]:
        """The waiting list: person, state, offers let go by."""
        columns = select(waitlist.c.contact_id, waitlist.c.state, waitlist.c.passed).order_by(waitlist.c.id)
        return [tuple(row) for row in self.rows(columns)]


def check(connection: Connection) -> None:
    """What always holds, whatever happened."""
    held = (
        select(appointments.c.slot_id, func.count().label("kept"))
        .where(appointments.c.state.in_(KEPT))
        .group_by(appointments.c.slot_id)
        .subquery()
    )
    counts = select(slots.c.id, slots.c.capacity, slots.c.booked, func.coalesce(held.c.kept, 0).label("kept"))
    for row in connection.execute(counts.outerjoin(held, held.c.slot_id == slots.c.id)):
        assert row.booked == row.kept <= row.capacity, f"slot {row.id}"
    fallen = (
        select(reminders.c.id)
        .join(appointments, appointments.c.id == reminders.c.appointment_id)
        .where(reminders.c.state == "due", reminders.c.kind.in_(("three_days", "one_day", "two_hours")))
        .where(appointments.c.state.not_in(("booked", "confirmed")))
    )
    assert connection.execute(fallen).all() == []
    twice = (
        select(appointments.c.contact_id)
        .where(appointments.c.state.in_(("offered", "booked", "confirmed")))
        .group_by(appointments.c.contact_id, appointments.c.trade)
        .having(func.count() > 1)
    )
    assert connection.execute(twice).all() == []


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    """The whole bot, once on each database."""
    with bot(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def street(running: Bot) -> Street:
    """One centre, and WhatsApp has approved every template."""
    from tests.booking.street import Street  # it needs the town above

    made = Street(running)
    made.approve()
    return made


@pytest.fixture
def ana(street: Street) -> Chat:
    """Somebody who was welcomed."""
    return street.person()
