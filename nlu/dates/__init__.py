"""Days and hours as people say them («el martes a las 3», «de hoy en ocho»): never a past day, never a guess.

A bare hour is the one of working hours: «a las 3» is 15:00. Where two readings stay open both are given, the likelier
first, and the caller asks. Values are ISO 8601: a day `2026-11-24`, a moment with its offset, or an interval
`start/end` (a week, an afternoon).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from nlu.dates.days import Days, days_of
from nlu.dates.hours import Times, times_of
from nlu.dates.words import (
    BEFORE_NUMBERS,
    DAY_RULES,
    HINTS,
    LONGEST,
    NUMBERS,
    STREETS,
    TIME_RULES,
    TOKEN,
    Hit,
)
from nlu.text import normalise

__all__ = ["When", "find_times", "names_day"]


@dataclass(frozen=True, slots=True)
class When:
    """A time found. `value` and `alternatives` are ISO 8601; `start:end` are characters of the message."""

    value: str
    alternatives: tuple[str, ...]
    start: int
    end: int


def find_times(text: str, now: datetime) -> list[When]:
    """The days and hours that a message names, in its order. `now`: an aware moment, in the person's own zone."""
    if now.tzinfo is None:
        raise ValueError("now needs its time zone: «mañana» depends on it")
    if not _hinted(_words(text[:LONGEST])):
        return []
    plain, places = _readable(text[:LONGEST])
    days, hours = _hits(plain, DAY_RULES), _hits(plain, TIME_RULES)
    days, hours = _apart(days, hours)
    found = []
    for day, hour in _paired(days, hours, plain):
        readings = _readings(day, hour, now)
        if readings:
            spans = [hit.span for hit in (day, hour) if hit]
            start, end = min(span[0] for span in spans), max(span[1] for span in spans)
            found.append(When(readings[0], tuple(readings[1:]), *_typed(start, end, places)))
    return sorted(found, key=lambda when: when.start)


def names_day(text: str) -> bool:
    """Whether a message names a day, and not only an hour or a part of any day («en la tarde»)."""
    plain, _ = _readable(text[:LONGEST])
    return bool(_apart(_hits(plain, DAY_RULES), _hits(plain, TIME_RULES))[0])


def _readable(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """Comparable words, and for each: where it begins there, and where it stands in the message."""
    parts, places, at = [], [], 0
    for token in TOKEN.finditer(text):
        written = token[0]
        plain = written if written[0].isdigit() else normalise(written)
        if plain:
            places.append((at, token.start(), token.end()))
            parts.append(plain)
            at += len(plain) + 1
    return " ".join(parts), places


def _words(text: str) -> list[str]:
    """The words of `_readable`, in one go where no figure has to stay as it is written."""
    written = TOKEN.findall(text)
    if any(token[0].isdigit() for token in written):
        return _readable(text)[0].split()
    return normalise(" ".join(written)).split()


def _hinted(words: Sequence[str]) -> bool:
    """Whether a message may speak of a time at all: most do not, and are spared the search."""
    if any(word in HINTS or (word[0].isdigit() and not word.isdigit()) for word in words):
        return True
    return any(before in BEFORE_NUMBERS and (word.isdigit() or word in NUMBERS) for before, word in pairwise(words))


def _typed(start: int, end: int, places: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    inside = [place for place in places if start <= place[0] < end]
    return inside[0][1], inside[-1][2]


def _hits(plain: str, rules: dict[str, re.Pattern[str]]) -> list[Hit]:
    """The first rules win; what they took, no later rule takes."""
    found: list[Hit] = []
    for rule, pattern in rules.items():
        for match in pattern.finditer(plain):
            if _is_name(plain[: match.start()]):
                continue
            if match[0] and not any(_overlap(match.span(), hit.span) for hit in found):
                found.append(Hit(rule, match))
    return sorted(found, key=lambda hit: hit.span)


def _is_name(before: str) -> bool:
    """Whether what follows is a street's name: «colonia 5 de noviembre»."""
    return bool(before) and before.split()[-1] in STREETS


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _apart(days: list[Hit], hours: list[Hit]) -> tuple[list[Hit], list[Hit]]:
    """One word is not a day and an hour: «la mañana» is a part of the day, «mañana» a day, «el 5 a las 3» both."""
    parts = [hit for hit in hours if hit.rule == "part"]
    firm = [hit for hit in hours if hit.rule != "part"]
    days = [day for day in days if not any(_overlap(day.span, hour.span) for hour in firm)]
    with_article = [hit for hit in parts if hit.match[0] != hit.match["part"] or hit.match["part"] != "manana"]
    days = [day for day in days if not any(_overlap(day.span, part.span) for part in with_article if _whole(part, day))]
    kept = [hit for hit in with_article if not any(_overlap(hit.span, day.span) for day in days)]
    return days, sorted(firm + kept, key=lambda hit: hit.span)


def _whole(part: Hit, day: Hit) -> bool:
    return part.span[0] <= day.span[0] and day.span[1] <= part.span[1]


def _paired(days: list[Hit], hours: list[Hit], plain: str) -> Iterator[tuple[Hit | None, Hit | None]]:
    """Each hour with the day named nearest to it; days joined by «y» or «o» share it («lunes y miércoles a las 2»)."""
    of_day: dict[Hit, Hit] = {}
    for hour in hours:
        near = min(days, key=lambda day: _gap(day, hour), default=None)
        if near and near not in of_day:
            of_day[near] = hour
        elif near is None or hour.rule not in ("part", "early"):
            yield None, hour
    for day, following in zip(reversed(days), [None, *reversed(days)], strict=False):
        if following and following in of_day and plain[day.span[1] : following.span[0]].strip() in ("y", "o"):
            of_day.setdefault(day, of_day[following])
    for day in days:
        yield day, of_day.get(day)


def _gap(one: Hit, other: Hit) -> int:
    return max(one.span[0], other.span[0]) - min(one.span[1], other.span[1])


def _readings(day: Hit | None, hour: Hit | None, now: datetime) -> list[str]:
    """All readings as ISO 8601, the likelier first, none of them past."""
    times = times_of(hour) if hour else []
    if hour and not times and day is None:
        return []
    if day is None:
        today, tomorrow = now.date(), now.date() + timedelta(1)
        return _moments([(today, today)], times, now) or _moments([(tomorrow, tomorrow)], times, now)
    days = [span for span in days_of(day, now.date()) if span[1] >= now.date()]
    if not times:
        return [_iso_span(span) for span in days]
    found = _moments(days, times, now)
    return found or _moments(days, _later(times), now) or [_iso_span(span) for span in days[1:]]


def _later(times: Times) -> Times:
    """«Hoy a las 8», said at ten in the morning, is eight in the evening."""
    return [(start.replace(hour=start.hour + 12), end) for start, end in times if start.hour < 12 and end is None]


def _moments(days: Days, times: Times, now: datetime) -> list[str]:
    found = []
    for first, last in days:
        for start, end in times:
            at = datetime.combine(first, start, now.tzinfo)
            until = datetime.combine(first, end, now.tzinfo) if end else at
            if first != last:
                found.append(_iso_span((first, last)))
            elif until > now:
                found.append(at.isoformat() if end is None else f"{max(at, now).isoformat()}/{until.isoformat()}")
    return list(dict.fromkeys(found))


def _iso_span(span: tuple[date, date]) -> str:
    first, last = span
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"
