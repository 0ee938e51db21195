"""Whatever people, staff and the clock do, in any order: capacity holds, no time is lost, no reminder is false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, delete, func, insert, select, update

from bot.booking import appointments as read
from bot.booking import book, calendar, closing, waitlist
from bot.booking.errors import BookingError, Full
from db import erasure
from db.database import Database
from db.tables import (
    appointments,
    availabilities,
    centre_trades,
    centres,
    closures,
    contacts,
    reminders,
    slots,
)
from db.tables import waitlist as lines
from tests.booking.conftest import NOW, TRADE, add, check

PEOPLE, PLACES = 5, 3
people, spots = st.integers(0, PEOPLE - 1), st.integers(0, 11)
STANDING = ("offered", "booked", "confirmed")


class Bookings(RuleBasedStateMachine):
    """Few people, few places, much happening."""

    database: Database

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.do(self._fresh)

    def _fresh(self, connection: Connection) -> None:
        for table in (
            reminders,
            lines,
            appointments,
            slots,
            availabilities,
            closures,
            centre_trades,
            centres,
            contacts,
        ):
            connection.execute(delete(table))
        self.people = [
            add(connection, contacts, code=f"P{number}", channel_first="sms", consent_kept=True)
            for number in range(PEOPLE)
        ]
        self.centres = [add(connection, centres, code=f"c{n}", name=f"Centro {n}", country="SV") for n in range(2)]
        for centre in self.centres:
            connection.execute(insert(centre_trades).values(created_at=NOW, centre_id=centre, trade=TRADE))
        row = {"trade": TRADE, "starts": "08:00", "minutes": 120, "capacity": 1, "from_day": date(2026, 11, 1)}
        self.hours = [
            add(connection, availabilities, centre_id=centre, weekday=weekday, **row)
            for centre, weekday in ((self.centres[0], 1), (self.centres[0], 3), (self.centres[1], 2))
        ]
        calendar.fill(connection, NOW, weeks=2)

    def do(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return self.database.write_now(lambda connection: work(connection, *arguments, **named))

    def _slots(self) -> list[int]:
        return list(self.do(lambda c: c.scalars(select(slots.c.id).order_by(slots.c.starts_at, slots.c.id)).all()))

    def _slot(self, at: int) -> int:
        there = self._slots()
        return there[at % len(there)] if there else 0

    def _appointments(self, person: int, *states: str) -> list[int]:
        mine = select(appointments.c.id).where(appointments.c.contact_id == self.people[person])
        return list(self.do(lambda c: c.scalars(mine.where(appointments.c.state.in_(states))).all()))

    # --- people -----------------------------------------------------------------------------------

    @rule(person=people, at=spots)
    def books(self, person: int, at: int) -> None:
        told: set[int] = set()
        try:
            self.do(book.book, self.people[person], self._slot(at), now=self.now)
        except Full as full:
            told = {free.slot_id for free in full.nearest}
        except BookingError:
            pass
        room = select(slots.c.id).where(slots.c.booked < slots.c.capacity, slots.c.closed_at.is_(None))
        assert told <= set(self.do(lambda c: c.scalars(room).all()))

    @rule(person=people, at=spots)
    def changes(self, person: int, at: int) -> None:
        for mine in self._appointments(person, *STANDING):
            before = self.do(read.by_id, mine)
            try:
                self.do(book.change, mine, self._slot(at), self.now)
            except BookingError:
                assert self.do(read.by_id, mine) == before  # the old place is still there

    @rule(person=people)
    def cancels(self, person: int) -> None:
        for mine in self._appointments(person, *STANDING):
            self.do(book.cancel, mine, book.PERSON, self.now)

    @rule(person=people)
    def confirms(self, person: int) -> None:
        for mine in self._appointments(person, "booked"):
            self.do(book.confirm, mine, self.now)

    @rule(person=people, centre=st.integers(0, 1))
    def waits(self, person: int, centre: int) -> None:
        with suppress(BookingError):
            self.do(waitlist.join, self.people[person], self.centres[centre], TRADE, self.now, diagnosis_id=None)

    @rule(person=people, centre=st.integers(0, 1))
    def waits_no_more(self, person: int, centre: int) -> None:
        self.do(waitlist.leave, self.people[person], self.centres[centre], TRADE, self.now)

    @rule(person=people, keep=st.booleans(), take=st.booleans())
    def answers_an_offer(self, person: int, keep: bool, take: bool) -> None:
        for mine in self._appointments(person, "offered"):
            with suppress(BookingError):
                if take:
                    self.do(waitlist.accept, mine, self.now)
                else:
                    self.do(waitlist.decline, mine, self.now, keep_waiting=keep)

    @rule(person=people)
    def is_erased(self, person: int) -> None:
        self.do(erasure.erase, self.people[person], self.now)
        assert self._appointments(person, "offered") == []
        row = {"code": f"P{self.people[person]}+", "channel_first": "sms", "consent_kept": True}
        self.people[person] = self.do(add, contacts, **row)

    # --- staff ------------------------------------------------------------------------------------

    @rule(person=people, came=st.booleans())
    def was_there_or_not(self, person: int, came: bool) -> None:
        for mine in self._appointments(person, "booked", "confirmed"):
            with suppress(BookingError):
                self.do(book.attended if came else book.missed, mine, self.now)

    @rule(at=spots)
    def closes_a_time(self, at: int) -> None:
        self.do(closing.close_slot, self._slot(at), self.now)

    @rule(centre=st.integers(0, 1), day=st.integers(0, 14))
    def closes_a_day(self, centre: int, day: int) -> None:
        on = (NOW + timedelta(days=day)).date()
        self.do(closing.close_days, self.centres[centre], on, on, self.now)

    @rule()
    def opens_all_days(self) -> None:
        for closure in self.do(lambda c: c.scalars(select(closures.c.id)).all()):
            self.do(closing.reopen, closure, self.now)

    @rule(centre=st.integers(0, 1), opens=st.booleans())
    def closes_a_centre(self, centre: int, opens: bool) -> None:
        self.do(closing.close_centre, self.centres[centre], self.now)
        if opens:
            one = update(centres).where(centres.c.id == self.centres[centre])
            self.do(lambda c: c.execute(one.values(active=True)))

    @rule(which=st.integers(0, 2), weekday=st.integers(0, 6), capacity=st.integers(1, 3))
    def changes_weekly_hours(self, which: int, weekday: int, capacity: int) -> None:
        one = update(availabilities).where(availabilities.c.id == self.hours[which])
        self.do(lambda c: c.execute(one.values(weekday=weekday, capacity=capacity)))

    # --- the clock --------------------------------------------------------------------------------

    @rule(hours=st.integers(1, 40))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def the_clock_looks(self) -> None:
        with_people = select(slots.c.id, slots.c.starts_at).where(slots.c.booked > 0)
        before = {tuple(row) for row in self.do(lambda c: c.execute(with_people).all())}
        for work in (waitlist.lapse, calendar.fill, waitlist.offer):
            while self.do(work, self.now):
                pass
        there = select(slots.c.id, slots.c.starts_at)
        assert before <= {tuple(row) for row in self.do(lambda c: c.execute(there).all())}
        late = select(func.count()).where(appointments.c.state == "offered", appointments.c.offered_until <= self.now)
        assert self.do(lambda c: c.scalar(late)) == 0

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "now"):
            self.do(self._check)

    def _check(self, connection: Connection) -> None:
        check(connection)
        expected = {
            (row.contact_id, row.trade)
            for row in connection.execute(select(appointments).where(appointments.c.state.in_(("booked", "confirmed"))))
        }
        waiting = {
            (row.contact_id, row.trade)
            for row in connection.execute(select(lines).where(lines.c.state.in_(("waiting", "offered"))))
        }
        assert expected.isdisjoint(waiting)  # nobody waits who has a place
        closed = (
            select(appointments.c.id)
            .join(slots)
            .where(appointments.c.state.in_(STANDING), slots.c.closed_at.is_not(None))
        )
        assert connection.execute(closed).all() == []


@pytest.fixture
def opened(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_any_order(opened: Database) -> None:
    class OnThis(Bookings):
        database = opened

    checks = list(HealthCheck)
    run_state_machine_as_test(
        OnThis,
        settings=settings(max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=checks),
    )
