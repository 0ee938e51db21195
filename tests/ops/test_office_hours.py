"""When staff are there: the edges of a span count as they do on a door."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot import office_hours


@pytest.mark.parametrize(
    ("local", "there"),
    [
        ("2026-11-23T07:59", False),  # a Monday
        ("2026-11-23T08:00", True),
        ("2026-11-27T16:59", True),
        ("2026-11-27T17:00", False),
        ("2026-11-28T09:00", True),
        ("2026-11-28T12:00", False),
        ("2026-11-29T09:00", False),
    ],
)
def test_open_from_the_first_minute_to_before_the_last(local: str, there: bool) -> None:
    assert office_hours.parse(office_hours.EXAMPLE).open_at(datetime.fromisoformat(local)) is there
