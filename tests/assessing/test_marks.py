"""When a mark was made, told by a telephone whose clock may say anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.assessing.marks import in_order

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(st.lists(MOMENTS, max_size=8), st.none() | MOMENTS)
def test_none_is_later_than_now_and_the_order_of_the_taps_stays(
    times: list[datetime], sent_at: datetime | None
) -> None:
    told = in_order(times, sent_at, NOW)
    assert len(told) == len(times)
    assert all(at <= NOW for at in told)
    assert told == sorted(told)


@given(st.timedeltas(timedelta(days=-4000), timedelta(days=4000)), st.lists(st.integers(0, 5000), max_size=8))
def test_a_clock_that_is_off_by_any_length_is_put_right(off: timedelta, minutes: list[int]) -> None:
    before = sorted(minutes, reverse=True)
    true_times = [NOW - timedelta(minutes=each) for each in before]
    told = in_order([at + off for at in true_times], NOW + off, NOW)
    assert all(abs(at - true) <= timedelta(minutes=1) for at, true in zip(told, true_times, strict=True))
