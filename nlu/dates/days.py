"""Which days are meant: every reading as a first and a last day, the likelier first."""

from __future__ import annotations

import re
from datetime import date, timedelta

from nlu.dates.words import DAYS, MONTHS, Hit, number_of

Days = list[tuple[date, date]]
"""Readings of a day or a span of days, the likelier first."""


def _on(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one(day: date | None) -> Days:
    return [(day, day)] if day else []


def _next_on(today: date, month: int, day: int) -> date | None:
    """That day of the year, this year or the next ones (29 February may be years away)."""
    years = (today.year + ahead for ahead in range(9))
    return next((found for year in years if (found := _on(year, month, day)) and found >= today), None)


def days_of(hit: Hit, today: date) -> Days:
    match = hit.match
    match hit.rule:
        case "iso":
            return _one(_on(*map(int, match["iso"].split("-"))))
        case "numeric":
            return _numeric(match, today)
        case "of_month" | "english_month":
            day, month = number_of(match["d"]), MONTHS[match["month"]]
            year = match.groupdict().get("y")
            return _one(_on(int(year), month, day) if year else _next_on(today, month, day))
        case "from_in":
            return _from_in(match, today)
        case "within":
            return _within(match, today)
        case "weekday":
            return _weekday(match, today)
        case "day_of_month":
            return _one(_day_of_month(number_of(match["d"]), today))
        case "in_month":
            first = _next_first(today, MONTHS[match["month"]])
            return [(max(first, today), _month_end(first))]
        case _:
            return _span(hit.rule, today)


def _span(rule: str, today: date) -> Days:
    monday = today - timedelta(today.weekday())
    saturday = monday + timedelta(5)
    spans = {
        "today": (today, today),
        "tomorrow": (today + timedelta(1), today + timedelta(1)),
        "after_tomorrow": (today + timedelta(2), today + timedelta(2)),
        "this_week": (today, monday + timedelta(6)),
        "next_week": (monday + timedelta(7), monday + timedelta(13)),
        "weekend": (max(saturday, today), monday + timedelta(6)),
    }
    if rule == "next_month":
        first = _month_end(today) + timedelta(1)
        return [(first, _month_end(first))]
    return [spans[rule]]


def _numeric(match: re.Match[str], today: date) -> Days:
    """Day before month, as it is written here; the other way only where this is no date."""
    first, second, year = int(match["d"]), int(match["m"]), match["y"]
    for day, month in ((first, second), (second, first)):
        if year:
            found = _on(int(year) + (2000 if len(year) == 2 else 0), month, day)
        else:
            found = _next_on(today, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None
        if found:
            return _one(found)
    return []


def _from_in(match: re.Match[str], today: date) -> Days:
    """«De hoy en ocho» counts today: a week later; «en quince» is two weeks."""
    weeks = 1 if match["n"] in ("ocho", "8") else 2
    name = match["from"].removeprefix("el ")
    begin = {"hoy": today, "manana": today + timedelta(1)}.get(name) or _coming(today, DAYS[name])
    return _one(begin + timedelta(7 * weeks))


def _within(match: re.Match[str], today: date) -> Days:
    count, unit = number_of(match["n"]), match["unit"][:3]
    if unit in ("mes", "mon"):
        return _one(_months_later(today, count))
    if unit == "sem" or unit.startswith("we"):
        return _one(today + timedelta(7 * count))
    literal = today + timedelta(count)
    idiom = {8: 7, 15: 14}.get(count)  # «en ocho días» is a week for most, eight days for some: both are given
    return [(today + timedelta(idiom),) * 2, (literal, literal)] if idiom else _one(literal)


def _months_later(today: date, count: int) -> date:
    month = today.month - 1 + count
    first = date(today.year + month // 12, month % 12 + 1, 1)
    return min(first + timedelta(today.day - 1), _month_end(first))


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)


def _next_first(today: date, month: int) -> date:
    return date(today.year + (month < today.month), month, 1)


def _coming(today: date, weekday: int) -> date:
    """The next such day after today."""
    return today + timedelta((weekday - today.weekday() - 1) % 7 + 1)


def _weekday(match: re.Match[str], today: date) -> Days:
    weekday, before, after = DAYS[match["day"]], match["before"] or "", match["after"] or ""
    if match["d"]:
        return _weekday_andnumber_of(weekday, int(match["d"]), today)
    coming = _coming(today, weekday)
    if "semana" in after:
        monday = today - timedelta(today.weekday())
        return _one(monday + timedelta(7 + weekday))
    if before in ("el otro", "otro"):
        return _one(coming + timedelta(7))
    if weekday == today.weekday() and before not in ("el proximo", "proximo", "next") and not after:
        return [(today, today), (coming, coming)]
    return _one(coming)


def _weekday_andnumber_of(weekday: int, day: int, today: date) -> Days:
    """«Lunes 7»: the month in which the seventh is a Monday; without one soon, the number counts."""
    for ahead in range(120):
        found = today + timedelta(ahead)
        if found.day == day and found.weekday() == weekday:
            return _one(found)
    return _one(_day_of_month(day, today))


def _day_of_month(day: int, today: date) -> date | None:
    return next((found for ahead in range(62) if (found := today + timedelta(ahead)).day == day), None)
