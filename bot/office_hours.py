"""When staff answer: a weekly timetable read from one line such as `mon-fri 08:00-17:00, sat 08:00-12:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLE = "mon-fri 08:00-17:00, sat 08:00-12:00"
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? ([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of a day. `weekday` counts from Monday = 0; the closing time itself is outside."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """A week of spans, in local time."""

    spans: tuple[Span, ...]

    def open_at(self, local: datetime) -> bool:
        """Whether somebody is there at this local time."""
        at = local.time()
        return any(s.weekday == local.weekday() and s.opens <= at < s.closes for s in self.spans)


def parse(line: str) -> OfficeHours:
    """Read a timetable. Raises `ValueError`, which says what is wrong."""
    parts = " ".join(line.lower().split()).split(",")
    return OfficeHours(tuple(sorted((s for part in parts for s in _spans(part.strip())), key=_order)))


def _order(span: Span) -> tuple[int, time]:
    return span.weekday, span.opens


def _spans(part: str) -> list[Span]:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise ValueError(f"“{part}” is not a day or days and two times")
    first, last, opens, closes = match.groups()
    start, end = time.fromisoformat(opens), time.fromisoformat(closes)
    if start >= end:
        raise ValueError(f"“{part}” closes before it opens; give each day its own hours")
    return [Span(day, start, end) for day in _weekdays(first, last or first)]


def _weekdays(first: str, last: str) -> list[int]:
    for name in (first, last):
        if name not in DAYS:
            raise ValueError(f"“{name}” is no day: {', '.join(DAYS)}")
    begin, count = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 + 1
    return [(begin + step) % 7 for step in range(count)]
