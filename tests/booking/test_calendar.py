"""The weeks ahead have the times that the weekly hours say, in the centre's own calendar, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, update

from bot.booking import book, calendar, closing, places, times
from db.database import Database
from db.tables import accreditations, availabilities, centre_trades, centres, closures, holidays, slots
from tests.booking.conftest import NOW, OTHER, TRADE, Town, add, check

MONDAY = date(2026, 11, 23)  # of NOW, nine in the morning
ZONES = ("America/El_Salvador", "America/Guatemala", "America/Santiago", "America/New_York", "Europe/Zurich")


def hours(town: Town, centre: int, **columns: Any) -> int:
    row = {"trade": TRADE, "weekday": 0, "starts": "08:00", "minutes": 240, "capacity": 5, "from_day": MONDAY}
    return town.do(add, availabilities, centre_id=centre, **row | columns)


def open_days(town: Town) -> list[date]:
    """Days of the slots that are not closed, at a centre in El Salvador."""
    rows = town.rows(select(slots.c.starts_at).where(slots.c.closed_at.is_(None)).order_by(slots.c.starts_at))
    return [row.starts_at.astimezone(ZoneInfo("America/El_Salvador")).date() for row in rows]


def test_eight_weeks_are_made_once(town: Town) -> None:
    here = town.centre("a")
    hours(town, here)
    assert town.do(calendar.fill, NOW) == 8  # of today the hour is over
    assert town.do(calendar.fill, NOW) == 0
    assert open_days(town) == [MONDAY + timedelta(weeks=week) for week in range(1, 9)]
    (first, *_) = town.rows(select(slots).order_by(slots.c.starts_at))
    assert first.starts_at == datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
    assert (first.ends_at - first.starts_at, first.capacity) == (timedelta(hours=4), 5)


def test_not_on_holidays_and_closed_days(town: Town) -> None:
    here, other = town.centre("a"), town.centre("b", country="GT")
    hours(town, here)
    hours(town, other)
    row = {"name": "Fiesta", "source": "prueba"}
    town.do(add, holidays, country="SV", day=MONDAY + timedelta(weeks=1), **row)
    days = {"from_day": MONDAY + timedelta(weeks=2), "until_day": MONDAY + timedelta(weeks=3)}
    town.do(add, closures, centre_id=here, **days)
    town.do(calendar.fill, NOW)
    count = select(slots.c.centre_id)
    assert sorted(row.centre_id for row in town.rows(count)) == [here] * 5 + [other] * 8


def test_not_by_whom_nor_where_nobody_may(town: Town) -> None:
    here = town.centre("a", TRADE, OTHER)
    eva, gone, nobody = town.user(), town.user("g@example.org", active=False), town.user("n@example.org")
    for user in (eva, gone):
        town.do(add, accreditations, user_id=user, trade=TRADE, until=MONDAY + timedelta(weeks=2))
    for number, user in enumerate((eva, gone, nobody)):
        hours(town, here, evaluator_id=user, weekday=number)
    hours(town, town.centre("b", active=False))
    hours(town, town.centre("c", accredited_until=NOW + timedelta(weeks=1)))
    hours(town, town.centre("d"), trade=OTHER)
    town.do(calendar.fill, NOW)
    made = town.rows(select(slots.c.centre_id, slots.c.evaluator_id))
    assert [tuple(row) for row in made] == [(here, eva)] * 2 + [(made[-1].centre_id, None)]


def test_a_changed_hour_moves_only_what_is_empty(town: Town) -> None:
    here = town.centre("a")
    mine = hours(town, here)
    town.do(calendar.fill, NOW)
    first, second, *_ = town.rows(select(slots.c.id).order_by(slots.c.starts_at))
    ana, eva = town.person(), town.person()
    kept = town.do(book.book, ana, first.id, now=NOW)
    fallen = town.do(book.book, eva, second.id, now=NOW)
    town.do(book.cancel, fallen.id, "person", NOW)
    change = update(availabilities).where(availabilities.c.id == mine)
    town.do(lambda c: c.execute(change.values(capacity=9)))
    assert town.do(calendar.fill, NOW) == 7
    town.do(lambda c: c.execute(change.values(weekday=2)))
    assert town.do(calendar.fill, NOW) == 7 + 8
    assert town.do(calendar.fill, NOW) == 0
    assert open_days(town)[:3] == [MONDAY + timedelta(days=2), MONDAY + timedelta(weeks=1), MONDAY + timedelta(days=9)]
    closed = town.rows(select(slots.c.id).where(slots.c.closed_at.is_not(None)))
    assert [row.id for row in closed] == [second.id]  # somebody once had a place in it: the row stays
    assert town.state(kept.id) == "booked"
    town.do(check)
    town.do(calendar.withdraw, mine, NOW)
    assert open_days(town) == [MONDAY + timedelta(weeks=1)]


def test_two_evaluators_at_one_hour_have_the_places_of_both(town: Town) -> None:
    here = town.centre("a")
    for number in range(2):
        user = town.user(f"{number}@example.org")
        town.do(add, accreditations, user_id=user, trade=TRADE, until=MONDAY + timedelta(weeks=50))
        hours(town, here, evaluator_id=user, minutes=120 + number)
    town.do(calendar.fill, NOW)
    assert {(row.capacity, row.evaluator_id) for row in town.rows(select(slots))} == {(10, None)}
    assert town.do(calendar.fill, NOW) == 0


def test_who_loses_a_place_has_another_kept_nearby(town: Town) -> None:
    here = town.centre("a", latitude=13.70, longitude=-89.20)
    far = town.centre("far", latitude=14.10, longitude=-89.50)
    near = town.centre("near", latitude=13.71, longitude=-89.21)
    town.centre("abroad", country="GT", latitude=13.70, longitude=-89.20)
    week = NOW + timedelta(days=7)
    slot = town.slot(here, week, 3)
    town.slot(far, week, 5)
    one = town.slot(near, week, 1)
    ana, eva = town.person(), town.person()
    hers = [town.do(book.book, person, slot, now=NOW) for person in (ana, eva)]
    assert town.do(closing.close_days, here, week.date(), week.date(), NOW, reason="sin luz") == 2
    assert [town.state(each.id) for each in hers] == ["cancelled", "cancelled"]
    kept = [town.do(book.standing, person, NOW)[0] for person in (ana, eva)]
    assert [(each.slot_id == one, each.centre_id == far, each.state) for each in kept] == [
        (True, False, "offered"),
        (False, True, "offered"),
    ]
    assert town.said(hers[0].id) == {"three_days": "void", "one_day": "void", "two_hours": "void", "closed": "due"}
    town.do(check)
    moved = town.do(book.change, kept[0].id, town.slot(far, week + timedelta(days=1)), NOW)
    assert moved.state == "booked"
    town.do(check)


def test_a_closed_centre_is_found_no_more_and_opens_again(town: Town) -> None:
    here = town.centre("a")
    mine = hours(town, here)
    town.do(calendar.fill, NOW)
    (slot, *_) = town.rows(select(slots.c.id).order_by(slots.c.starts_at))
    town.do(book.book, town.person(), slot.id, now=NOW)
    assert town.do(closing.close_centre, here, NOW) == 1
    assert town.do(places.near, TRADE, "SV", None, NOW) == []
    assert open_days(town) == []
    town.do(lambda c: c.execute(update(centres).values(active=True)))
    assert town.do(calendar.fill, NOW) == 7
    town.do(closing.reopen_slot, slot.id, NOW)
    assert len(open_days(town)) == 8
    assert mine


def test_days_that_were_closed_open_again(town: Town) -> None:
    here = town.centre("a")
    hours(town, here)
    town.do(calendar.fill, NOW)
    (slot, *_) = town.rows(select(slots.c.id).order_by(slots.c.starts_at))
    by_hand = town.slot(here, NOW + timedelta(days=3))
    gone = town.slot(here, NOW + timedelta(days=2))
    town.do(book.book, town.person(), slot.id, now=NOW)
    town.do(closing.close_slot, gone, NOW)
    later = NOW + timedelta(minutes=1)
    assert town.do(closing.close_days, here, MONDAY, MONDAY + timedelta(weeks=2), later) == 1
    assert town.do(calendar.fill, later) == 0
    assert len(open_days(town)) == 6
    (closure,) = town.rows(select(closures.c.id))
    town.do(closing.reopen, closure.id, later)
    assert len(open_days(town)) == 9
    left = {row.id for row in town.rows(select(slots.c.id).where(slots.c.closed_at.is_not(None)))}
    assert (gone in left, by_hand in left) == (True, False)
    town.do(check)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    weekday=st.integers(0, 6),
    clock=st.times().map(lambda moment: moment.replace(second=0, microsecond=0)),
    begins=st.integers(0, 24 * 700).map(lambda hour: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)),
)
def test_hours_are_those_of_the_centres_clock(
    sqlite_town: Town, zone: str, weekday: int, clock: time, begins: datetime
) -> None:
    there = ZoneInfo(zone)

    def work(connection: Connection) -> None:
        for table in (slots, availabilities, centre_trades, centres):
            connection.execute(delete(table))
        centre = add(connection, centres, code="z", name="Centro", country="SV", timezone=zone)
        add(connection, centre_trades, centre_id=centre, trade=TRADE)
        row = {"minutes": 60, "capacity": 1, "from_day": date(2026, 1, 1), "weekday": weekday}
        add(connection, availabilities, centre_id=centre, trade=TRADE, starts=f"{clock:%H:%M}", **row)
        calendar.fill(connection, begins)
        place = places.by_id(connection, centre)
        found = [each.day for each in times.days(connection, place, TRADE, begins)]
        assert len(found) in (8, 9)
        for day in found:
            (free,) = times.times(connection, place, TRADE, day, begins)
            local, wanted = free.starts_at.astimezone(there), datetime.combine(day, clock, there)
            assert (local.date(), day.weekday()) == (day, weekday)
            assert local.time() == clock or wanted.astimezone(UTC).astimezone(there).time() != clock  # skipped that day
            assert [each.day for each in times.days(connection, place, TRADE, begins, after=day)] == [
                each for each in found if each > day
            ]

    sqlite_town.do(work)


@pytest.fixture
def sqlite_town(sqlite_url: str) -> Iterator[Town]:
    opened = Database(sqlite_url)
    yield Town(opened)
    opened.close()
