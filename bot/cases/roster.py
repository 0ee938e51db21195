"""Who is on duty at a moment, and when work begins again: shifts, holidays and covers, read once, then plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from bot.cases.desk import Desk
from db.tables import covers, holidays, shifts, users

FACILITATOR, COORDINATOR, ADMIN = "facilitator", "coordinator", "admin"
AHEAD = 21  # days: no run of holidays is longer


@dataclass(frozen=True, slots=True)
class Worker:
    """A user of the panel who has not left."""

    id: int
    role: str
    country: str | None  # None: of all countries
    languages: tuple[str, ...]
    telegram_id: str | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One stretch of every week. `user_id` None: everybody of that role (and country)."""

    user_id: int | None
    country: str | None
    weekday: int
    starts: time
    ends: time  # not later than `starts`: on the next day
    zone: ZoneInfo
    role: str

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Its beginning and end, if it begins that day."""
        last = day + timedelta(days=1) if self.ends <= self.starts else day
        return datetime.combine(day, self.starts, self.zone), datetime.combine(last, self.ends, self.zone)


@dataclass(frozen=True, slots=True)
class Cover:
    user_id: int
    covered_by: int | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody, and when they work."""

    workers: tuple[Worker, ...]
    shifts: tuple[Shift, ...]
    holidays: frozenset[tuple[str, date]]
    covers: tuple[Cover, ...]

    @classmethod
    def load(cls, connection: Connection, desk: Desk, now: datetime) -> Roster:
        """As it is now. Without a single shift, the office hours of the settings are everybody's."""
        people = connection.execute(
            select(users.c.id, users.c.role, users.c.country, users.c.languages, users.c.telegram_id)
            .where(users.c.active)
            .order_by(users.c.id)
        )
        rows = connection.execute(select(shifts).order_by(shifts.c.id)).all()
        known = tuple(
            Shift(r.user_id, r.country, r.weekday, clock(r.starts), clock(r.ends), ZoneInfo(r.zone), r.role)
            for r in rows
        )
        free = connection.execute(
            select(holidays.c.country, holidays.c.day).where(
                holidays.c.day.between(now.date() - timedelta(days=2), now.date() + timedelta(days=AHEAD + 1))
            )
        )
        away = connection.execute(
            select(covers.c.user_id, covers.c.covered_by, covers.c.starts_at, covers.c.ends_at).where(
                covers.c.ends_at > now
            )
        )
        return cls(
            tuple(Worker(r.id, r.role, r.country, tuple(r.languages), r.telegram_id) for r in people),
            known or tuple(_office(desk)),
            frozenset((r.country, r.day) for r in free),
            tuple(Cover(*row) for row in away),
        )

    def on_duty(self, at: datetime, role: str) -> set[int]:
        """Users whose shift of this role is now, or who cover for them."""
        return {
            user
            for shift in self.shifts
            if shift.role == role
            for user in self._holders(shift, at)
            if self._is_on(shift, self._country(shift, user), at)
        }

    def somebody(self, at: datetime) -> bool:
        """Whether anybody is on duty."""
        return bool(self.on_duty(at, FACILITATOR) or self.on_duty(at, COORDINATOR))

    def next_start(self, at: datetime, country: str | None) -> datetime | None:
        """When the next shift for that country begins, after `at`; None if none is known."""
        starts = (begin for begin, _ in self._stretches(at, country) if begin > at)
        return min(starts, default=None)

    def working_from(self, at: datetime, country: str | None) -> datetime:
        """`at`, if somebody who serves that country works then, else the next beginning; `at` where nobody knows."""
        if any(begin <= at < end for begin, end in self._stretches(at, country)):
            return at
        return self.next_start(at, country) or at

    def _stretches(self, at: datetime, country: str | None) -> Iterator[tuple[datetime, datetime]]:
        mine = [shift for shift in self.shifts if self._country(shift, shift.user_id) in (None, country)]
        for shift in mine or self.shifts:
            where = self._country(shift, shift.user_id) or country
            for day in _days(at, shift.zone, AHEAD):
                if day.weekday() == shift.weekday and (where, day) not in self.holidays:
                    yield shift.on(day)

    def _is_on(self, shift: Shift, country: str | None, at: datetime) -> bool:
        days = [
            d for d in _days(at, shift.zone, 0) if d.weekday() == shift.weekday and (country, d) not in self.holidays
        ]
        return any(begin <= at < end for begin, end in map(shift.on, days))

    def _holders(self, shift: Shift, at: datetime) -> Iterator[int]:
        here = {worker.id for worker in self.workers}
        away = {cover.user_id: cover.covered_by for cover in self.covers if cover.starts_at <= at < cover.ends_at}
        for user in self._named(shift):
            holder = away.get(user, user)
            if holder is not None and holder in here:
                yield holder

    def _named(self, shift: Shift) -> Sequence[int]:
        if shift.user_id is not None:
            return [shift.user_id]
        return [
            worker.id
            for worker in self.workers
            if worker.role == shift.role and (shift.country is None or worker.country in (None, shift.country))
        ]

    def _country(self, shift: Shift, user: int | None) -> str | None:
        own = next((worker.country for worker in self.workers if worker.id == user), None)
        return shift.country or own


def clock(text: str) -> time:
    """HH:MM; 24:00 is midnight at the end of the day. Raises `ValueError`."""
    return time() if text == "24:00" else time.fromisoformat(text)


def _days(at: datetime, zone: ZoneInfo, ahead: int) -> list[date]:
    """The local days from yesterday (whose night may last until today) on."""
    today = at.astimezone(zone).date()
    return [today + timedelta(days=offset) for offset in range(-1, ahead + 1)]


def _office(desk: Desk) -> Iterator[Shift]:
    for span in desk.hours.spans if desk.hours else ():
        for role in (FACILITATOR, COORDINATOR):
            yield Shift(None, None, span.weekday, span.opens, span.closes, desk.zone, role)
