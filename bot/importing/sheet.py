"""Rows of text made into values: which column is which, whatever its heading is called, and what a cell may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from bot.importing.tables import BadFile, Row
from nlu.text import normalise

Read = Callable[[str], Any]


class BadCell(Exception):
    """A cell cannot be read; the message says what is wanted."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """What is wrong with one row; `column` as its heading is written, "" where it is the row as a whole."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}, column «{self.column}»" if self.column else f"line {self.line}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Column:
    """`headings`: how it may be called, Spanish and English; `needed`: no row goes without."""

    name: str
    headings: tuple[str, ...]
    read: Read
    needed: bool = False


@dataclass(slots=True)
class Parsed:
    """Rows that could be read, each with its line; those that could not; headings that mean nothing to us."""

    good: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def parse(rows: Sequence[Row], columns: Sequence[Column]) -> Parsed:
    """The first row is the header. A value that is missing from a row is not in its mapping. Raises `BadFile`."""
    header, parsed = rows[0], Parsed()
    places = _places(header, columns, parsed)
    for row in rows[1:]:
        values: dict[str, Any] = {}
        problems = list(_cells(row, header, places, values))
        parsed.bad += problems
        if not problems:
            parsed.good.append((row.line, values))
    return parsed


def _places(header: Row, columns: Sequence[Column], parsed: Parsed) -> dict[int, Column]:
    known = {normalise(heading): column for column in columns for heading in (column.name, *column.headings)}
    places: dict[int, Column] = {}
    for at, heading in enumerate(header.cells):
        column = known.get(normalise(heading.replace("_", " ")))
        if column is None:
            parsed.ignored += [heading] if heading else []
        elif column in places.values():
            raise BadFile(f"two columns are «{column.name}»: take one away")
        else:
            places[at] = column
    missing = [column.headings[0] for column in columns if column.needed and column not in places.values()]
    if missing:
        raise BadFile(f"the first row must have these headings too: {', '.join(missing)}")
    return places


def _cells(row: Row, header: Row, places: Mapping[int, Column], values: dict[str, Any]) -> Iterator[BadRow]:
    for at, column in places.items():
        cell = row.cells[at] if at < len(row.cells) else ""
        if not cell:
            if column.needed:
                yield BadRow(row.line, header.cells[at], "must not be empty")
            continue
        try:
            values[column.name] = column.read(cell)
        except BadCell as error:
            yield BadRow(row.line, header.cells[at], f"«{cell[:40]}» {error}")


# --- what a cell may hold --------------------------------------------------------------------------------------

_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I %p", "%H")
_WEEKDAYS: Final = (
    ("lunes", "monday"),
    ("martes", "tuesday"),
    ("miercoles", "wednesday"),
    ("jueves", "thursday"),
    ("viernes", "friday"),
    ("sabado", "saturday"),
    ("domingo", "sunday"),
)
_YES, _NO = frozenset({"si", "yes", "1", "x", "true", "verdadero"}), frozenset({"no", "0", "false", "falso"})
_COUNTRIES: Final = {"sv": "SV", "el salvador": "SV", "gt": "GT", "guatemala": "GT", "hn": "HN", "honduras": "HN"}


def words(cell: str) -> str:
    """Any text, on one line."""
    return " ".join(cell.split())


def day(cell: str) -> date:
    """A date: 2026-12-14 or 14/12/2026."""
    for pattern in _DAYS:
        try:
            return datetime.strptime(cell, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise BadCell("is no date: write 2026-12-14 or 14/12/2026")


def clock(cell: str) -> time:
    """An hour of the day: 8:00, 14:30, 2:30 pm."""
    plain = cell.casefold().replace(".", "").replace("am", " AM").replace("pm", " PM").replace("h", "")
    for pattern in _CLOCKS:
        try:
            return datetime.strptime(" ".join(plain.split()), pattern).time()  # noqa: DTZ007
        except ValueError:
            continue
    raise BadCell("is no hour: write 8:00 or 14:30")


def whole(least: int, most: int) -> Read:
    """A whole number within limits."""

    def read(cell: str) -> int:
        if not cell.isdecimal() or not least <= int(cell) <= most:
            raise BadCell(f"is no whole number from {least} to {most}")
        return int(cell)

    return read


def degrees(most: float) -> Read:
    """A latitude or longitude."""

    def read(cell: str) -> float:
        try:
            value = float(cell.replace(",", "."))
        except ValueError:
            value = most + 1
        if not -most <= value <= most:
            raise BadCell(f"is no number from -{most:g} to {most:g}, such as 13.7034")
        return value

    return read


def yes_or_no(cell: str) -> bool:
    """Sí or no."""
    plain = normalise(cell)
    if plain not in _YES | _NO:
        raise BadCell("is neither sí nor no")
    return plain in _YES


def weekday(cell: str) -> int:
    """A day of the week, 0 Monday: «lunes», «Mon», «lun»."""
    plain = normalise(cell)
    found = [at for at, names in enumerate(_WEEKDAYS) if any(name.startswith(plain) for name in names)]
    if len(plain) < 2 or len(found) != 1:
        raise BadCell("is no day of the week, such as lunes")
    return found[0]


def country(cell: str) -> str:
    """SV, GT or HN, or its name."""
    found = _COUNTRIES.get(normalise(cell))
    if found is None:
        raise BadCell("is none of SV, GT, HN")
    return found
