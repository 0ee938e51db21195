"""Fills places, institutions, holidays and crisis lines; run again, it changes only what the content has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from db.content import FOLDER, Department, load_departments, load_holidays, load_institutions, load_lines
from db.content.places import Point
from db.tables import crisis_lines, departments, districts, holidays, institutions, municipalities

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many rows were added and changed. What is no longer in the content stays: others may refer to it."""

    added: int = 0
    changed: int = 0

    def __add__(self, other: Seeded) -> Seeded:
        return Seeded(self.added + other.added, self.changed + other.changed)


def seed(connection: Connection, now: datetime) -> Seeded:
    """Fill all content tables in the caller's transaction. Raises `db.content.ContentError`."""
    regions = load_departments(FOLDER)
    done = _fill(connection, departments, ("code",), [_region(region) for region in regions], now)
    ids = _ids(connection, departments, ("code",))
    rows = [
        {"department_id": ids[(region.code,)], "name": town.name, **_place(town.point)}
        for region in regions
        for town in region.municipalities
    ]
    done += _fill(connection, municipalities, ("department_id", "name"), rows, now)
    towns = _ids(connection, municipalities, ("department_id", "name"))
    rows = [
        {"municipality_id": towns[(ids[(region.code,)], town.name)], "name": each.name, **_place(each.point)}
        for region in regions
        for town in region.municipalities
        for each in town.districts
    ]
    done += _fill(connection, districts, ("municipality_id", "name"), rows, now)
    done += _fill(connection, institutions, ("code",), _institutions(), now)
    done += _fill(connection, holidays, ("country", "day"), _holidays(connection), now)
    return done + _fill(connection, crisis_lines, ("country", "number"), _crisis_lines(), now)


def _region(region: Department) -> Row:
    return {"country": region.country, "code": region.code, "name": region.name, **_place(region.point)}


def _place(point: Point) -> Row:
    latitude, longitude = point or (None, None)
    return {"latitude": latitude, "longitude": longitude}


def _institutions() -> list[Row]:
    """Nobody has verified them: `verified_at` is the staff's, and stays as they set it."""
    return [
        {
            "code": each.code,
            "country": each.country,
            "name": each.name,
            "kind": each.kind,
            "services": list(each.services),
            "source": each.source,
            "confidence": each.confidence,
            "caveats": list(each.caveats),
        }
        for each in load_institutions(FOLDER)
    ]


def _crisis_lines() -> list[Row]:
    """All that could be right. Nobody has called them: `signed_at` and `hours` are the staff's."""
    by_country = load_lines(FOLDER).by_country
    return [
        {
            "country": country,
            "number": line.number,
            "who": line.who,
            "purposes": list(line.purposes),
            "position": position,
            "told": "; ".join(filter(None, [line.hours, line.state, line.source, line.note])),
        }
        for country, lines in by_country.items()
        for position, line in enumerate(lines)
        if line.number and line.state != "inseguro"
    ]


def _holidays(connection: Connection) -> list[Row]:
    """Of a country and year of which nothing is there yet: the calendar is the staff's from then on."""
    there = {(row.country, row.day.year) for row in connection.execute(select(holidays.c.country, holidays.c.day))}
    return [
        {
            "country": each.country,
            "day": each.day,
            "name": each.name,
            "source": each.source,
            "verified": each.verified,
        }
        for each in load_holidays(FOLDER)
        if (each.country, each.day.year) not in there
    ]


def _ids(connection: Connection, table: Table, key: Sequence[str]) -> dict[tuple[Any, ...], int]:
    rows = connection.execute(select(table.c.id, *(table.c[name] for name in key)))
    return {tuple(row[1:]): row[0] for row in rows}


def _fill(connection: Connection, table: Table, key: Sequence[str], rows: list[Row], now: datetime) -> Seeded:
    """Insert what is new by its key, update what differs."""
    if not rows:
        return Seeded()
    columns = [table.c[name] for name in rows[0]]
    there = {
        tuple(row[name] for name in key): row for row in connection.execute(select(table.c.id, *columns)).mappings()
    }
    added, changed = [], []
    for row in rows:
        old = there.get(tuple(row[name] for name in key))
        if old is None:
            added.append({**row, "created_at": now})
        elif any(old[name] != row[name] for name in row):
            changed.append({**row, "row": old["id"]})
    if added:
        connection.execute(insert(table), added)
    if changed:
        connection.execute(update(table).where(table.c.id == bindparam("row")), changed)
    return Seeded(len(added), len(changed))
