"""Days and hours, around midnight, month and year ends: `dates.tsv` has the moment, what was said and what is meant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.dates import find_times

ZONE = ZoneInfo("America/El_Salvador")
ROWS = [tuple(line.split("\t")) for line in Path(__file__).with_name("dates.tsv").read_text("utf-8").splitlines()]


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(ROWS) >= 150
    assert len({now for now, _, _ in ROWS}) >= 5


@pytest.mark.parametrize(("now", "said", "meant"), ROWS)
def test_what_is_meant(now: str, said: str, meant: str) -> None:
    found = find_times(said, datetime.fromisoformat(now).replace(tzinfo=ZONE))
    assert (" ; ".join(" | ".join((when.value, *when.alternatives)) for when in found) or "-") == meant


@pytest.mark.parametrize(("zone", "offset"), [("America/El_Salvador", "-06:00"), ("America/New_York", "-05:00")])
def test_an_hour_is_local(zone: str, offset: str) -> None:
    (when,) = find_times("mañana a las 3", datetime(2026, 11, 23, 10, tzinfo=ZoneInfo(zone)))
    assert when.value == f"2026-11-24T15:00:00{offset}"


def test_where_it_stands_in_the_message() -> None:
    said = "Fíjese que puedo el JUEVES, a las 10:30, si Dios quiere"
    (when,) = find_times(said, datetime(2026, 11, 23, 10, tzinfo=ZONE))
    assert said[when.start : when.end] == "el JUEVES, a las 10:30"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        find_times("hoy", datetime(2026, 11, 23))  # noqa: DTZ001 - that is the mistake


@given(st.text(max_size=300), st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - made aware below
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_text_breaks_it_and_nothing_is_past(text: str, naive: datetime) -> None:
    now = naive.replace(tzinfo=ZONE)
    words = f"{text} el lunes a las 3 {text} el {text} de enero"
    for when in find_times(words, now):
        assert 0 <= when.start < when.end <= len(words)
        for value in (when.value, *when.alternatives):
            last = value.split("/")[-1]
            assert datetime.fromisoformat(last).date() >= now.date()
