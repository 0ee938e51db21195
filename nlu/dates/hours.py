"""Which hours are meant: a bare one is the one of working hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from nlu.dates.words import EARLIEST, LATEST, PARTS, Hit, number_of

Times = list[tuple[time, time | None]]
"""Readings of an hour, or of a part of the day with its end."""


def times_of(hit: Hit) -> Times:
    groups = hit.match.groupdict()
    match hit.rule:
        case "noon":
            return [(time(12), None)]
        case "midnight":
            return [(time(0), None)]
        case "part" | "early":
            start, end = PARTS[groups["part"]]
            return [(time(start), time(end))]
        case _:
            minutes = _minutes(groups)
            hours = _hours(number_of(groups["h"]), groups.get("half") or "", exact=hit.rule == "hours")
            return [
                ((datetime(2000, 1, 1, hour) + timedelta(minutes=minutes)).time(), None)  # noqa: DTZ001 - no day yet
                for hour in hours
            ]


def _minutes(groups: dict[str, str | None]) -> int:
    named = {"media": 30, "cuarto": 15, "un cuarto": 15}
    if less := groups.get("less"):
        word = less.removesuffix(" minutos")
        return -(named.get(word) or number_of(word))
    if more := groups.get("more"):
        return named.get(more) or number_of(more)
    return int(groups.get("min") or 0)


def _hours(hour: int, half: str, *, exact: bool) -> list[int]:
    """The hours of the day that a said hour may be."""
    if hour > 24 or (half and hour > 12):
        return [hour] if 12 < hour < 24 else []
    if exact or hour > 12 or hour == 0:
        return [hour % 24]
    morning, evening = hour % 12, hour % 12 + 12
    if half in ("am", "a m") or "manan" in half or "madrugada" in half:
        return [morning]
    if half:
        return [0 if hour == 12 and "noche" in half else evening % 24 or 12]
    if hour == 12:
        return [12]
    if hour >= EARLIEST:
        return [morning]
    return [evening] if hour <= LATEST else [morning, evening]
