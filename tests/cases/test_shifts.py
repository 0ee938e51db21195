"""Who is on duty: shifts by day and night, in their own zones; and the file that brings them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.cases.roster import COORDINATOR, FACILITATOR, Roster, Shift, Worker, clock
from bot.cases.shifts_file import BadShifts, replace_shifts
from db.tables import holidays, shifts
from tests.cases.team import Team
from tests.chat import START

ZONE = ZoneInfo("America/El_Salvador")
HEAD = "who,weekday,from,to,role,zone"


def roster(*spans: tuple[int, str, str], country: str | None = "SV") -> Roster:
    worker = Worker(1, FACILITATOR, country, ("es",), None)
    week = tuple(Shift(1, None, day, clock(a), clock(b), ZONE, FACILITATOR) for day, a, b in spans)
    return Roster((worker,), week, frozenset(), ())


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A day of a week that begins on Monday the 23rd."""
    return datetime(2026, 11, 23 + day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def test_a_shift_begins_at_its_hour_and_ends_before_its_end() -> None:
    week = roster((0, "08:00", "17:00"))
    on = [week.on_duty(at, FACILITATOR) for at in (local(0, 7, 59), local(0, 8), local(0, 16, 59), local(0, 17))]
    assert on == [set(), {1}, {1}, set()]
    assert week.on_duty(local(0, 9), COORDINATOR) == set()


def test_a_night_shift_lasts_until_the_next_morning() -> None:
    night = roster((4, "22:00", "06:00"))
    assert [bool(night.on_duty(at, FACILITATOR)) for at in (local(4, 23), local(5, 5, 59), local(5, 6))] == [1, 1, 0]
    assert roster((0, "18:00", "24:00")).on_duty(local(0, 23, 59), FACILITATOR) == {1}


def test_work_begins_again_at_the_next_shift() -> None:
    week = roster(*((day, "08:00", "17:00") for day in range(5)))
    assert week.working_from(local(0, 10), "SV") == local(0, 10)
    assert week.working_from(local(4, 18), "SV") == local(7, 8)
    assert week.next_start(local(0, 10), "SV") == local(1, 8)
    assert Roster((), (), frozenset(), ()).working_from(START, "SV") == START


def test_a_holiday_is_one_in_its_own_country_alone() -> None:
    for country, works in (("SV", False), ("GT", True)):
        week = roster((0, "08:00", "17:00"), country=country)
        free = Roster(week.workers, week.shifts, frozenset({("SV", local(0, 9).date())}), ())
        assert bool(free.on_duty(local(0, 9), FACILITATOR)) is works


@given(st.integers(0, 60 * 24 * 14))
def test_a_moment_is_working_time_or_the_next_one_begins_later(minutes: int) -> None:
    week = roster(*((day, "08:00", "17:00") for day in range(5)), (6, "20:00", "02:00"))
    at = local(0, 0) + timedelta(minutes=minutes)
    begins = week.working_from(at, "SV")
    assert begins >= at
    assert week.on_duty(begins, FACILITATOR)
    assert (begins == at) == bool(week.on_duty(at, FACILITATOR))


def test_a_shift_of_everybody_is_of_that_role_and_country(small: Team) -> None:
    ana, eva = small.user(country="SV"), small.user(country="GT")
    both, _, gone = small.user(), small.user("coordinator"), small.user(active=False)
    small.shift(None, country="SV")
    now = small.bot.app.database.read_now(lambda c: Roster.load(c, small.desk, small.now))
    assert now.on_duty(small.now, FACILITATOR) == {ana, both}
    assert {eva, gone}.isdisjoint(now.on_duty(small.now, FACILITATOR))


def test_without_shifts_the_office_hours_are_everybodys(tmp_path: Path) -> None:
    from tests.chat import bot

    with bot(tmp_path, None, telegram_token="1:x", staff_hours="mon-fri 08:00-17:00") as made:
        team = Team(made)
        ana = team.user()
        now = made.app.database.read_now(lambda c: Roster.load(c, team.desk, START))
    assert now.on_duty(START, FACILITATOR) == {ana}
    assert now.working_from(local(4, 18), None) == local(7, 8)


@pytest.fixture
def imports(small: Team) -> Callable[[str], int]:
    small.user()
    return lambda text: int(small.write(replace_shifts, text.splitlines(), ZONE, small.now))


def test_a_file_takes_the_place_of_all_shifts(small: Team, imports: Callable[[str], int]) -> None:
    imports(f"{HEAD}\nu1@example.org,mon,08:00,17:00,facilitator,\n")
    count = imports(f"{HEAD}\nGT,Sat,22:00,06:00,coordinator,America/Guatemala\nall,sun,00:00,24:00,facilitator,\n")
    assert count == 2
    rows = small.bot.rows(select(shifts).order_by(shifts.c.id))
    assert [(r.user_id, r.country, r.weekday, r.starts, r.ends, r.zone, r.role) for r in rows] == [
        (None, "GT", 5, "22:00", "06:00", "America/Guatemala", "coordinator"),
        (None, None, 6, "00:00", "24:00", "America/El_Salvador", "facilitator"),
    ]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("nadie@example.org,mon,08:00,17:00,facilitator,", "line 3: who"),
        ("SV,lunes,08:00,17:00,facilitator,", "weekday «lunes»"),
        ("SV,mon,8,17:00,facilitator,", "time «8»"),
        ("SV,mon,08:00,17:00,boss,", "role «boss»"),
        ("SV,mon,08:00,17:00,facilitator,Marte/Base", "zone «Marte/Base»"),
    ],
)
def test_a_wrong_row_is_named_and_the_old_shifts_stay(
    small: Team, imports: Callable[[str], int], row: str, wrong: str
) -> None:
    good = "u1@example.org,mon,08:00,17:00,facilitator,"
    imports(f"{HEAD}\n{good}\n")
    with pytest.raises(BadShifts, match=wrong):
        imports(f"{HEAD}\n{good}\n{row}\n")
    assert len(small.bot.rows(select(shifts.c.id))) == 1


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", f"{HEAD}\n"])
def test_a_file_without_shifts_changes_nothing(small: Team, imports: Callable[[str], int], text: str) -> None:
    with pytest.raises(BadShifts):
        imports(text)


def test_the_calendar_is_filled_in_once_and_is_the_staffs_then(small: Team) -> None:
    from db.seeding import seed

    gone = holidays.delete().where(
        holidays.c.country == "SV", holidays.c.day == datetime(2026, 12, 25, tzinfo=UTC).date()
    )
    small.write(lambda c: c.execute(gone).rowcount)
    before = len(small.bot.rows(select(holidays.c.id)))
    assert before > 60
    small.write(seed, small.now)
    assert len(small.bot.rows(select(holidays.c.id))) == before
