"""When nobody is written to: at night, where the person is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking import quiet
from bot.booking.quiet import day_before, is_day, next_day, zones

HERE, MADRID, PACIFIC = ZoneInfo("America/El_Salvador"), ZoneInfo("Europe/Madrid"), ZoneInfo("America/Los_Angeles")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SOMEWHERE = st.lists(
    st.sampled_from(["America/El_Salvador", "America/Los_Angeles", "America/New_York", "Europe/Madrid"]),
    min_size=1,
    max_size=3,
    unique=True,
).map(lambda names: [ZoneInfo(name) for name in names])


@given(MOMENTS, SOMEWHERE)
def test_the_next_day_is_one_and_the_first_one(moment: datetime, where: list[ZoneInfo]) -> None:
    found = next_day(moment, where)
    assert is_day(found, where)
    assert moment <= found < moment + timedelta(days=1)
    assert (found == moment) is is_day(moment, where)
    if found > moment:
        assert not is_day(found - timedelta(minutes=1), where)
    assert next_day(found, where) == found


@given(MOMENTS, SOMEWHERE)
def test_the_day_before_is_one_with_time_to_arrive(moment: datetime, where: list[ZoneInfo]) -> None:
    found = day_before(moment, where)
    assert is_day(found, where)
    assert moment - timedelta(days=1) < found <= moment
    if found < moment:
        assert not is_day(found + quiet.LAST, where)
    assert day_before(found, where) == found


@pytest.mark.parametrize(("hour", "day"), [(6, False), (7, True), (19, True), (20, False)])
def test_from_seven_to_eight(hour: int, day: bool) -> None:
    assert is_day(datetime.combine(datetime(2026, 11, 24, tzinfo=HERE), time(hour), HERE), [HERE]) is day


@pytest.mark.parametrize(
    ("country", "phone", "expected"),
    [
        ("SV", "+12135550100", {HERE}),  # home, with the number from there
        ("GT", None, {ZoneInfo("America/Guatemala")}),
        ("HN", "+50499990000", {ZoneInfo("America/Tegucigalpa")}),
        ("other", "+12135550100", {PACIFIC, HERE}),
        ("other", "+34600000000", {MADRID, ZoneInfo("Atlantic/Canary"), HERE}),
        ("other", "+18005550100", {HERE}),  # anywhere from Guam to Newfoundland: it says nothing
        ("other", "+5215512345678", {HERE}),
        (None, "+50370001234", {HERE}),
        (None, None, {HERE}),
        ("", "not a number", {HERE}),
    ],
)
def test_where_a_person_is(country: str | None, phone: str | None, expected: set[ZoneInfo]) -> None:
    assert set(zones(country, phone, HERE)) == expected
