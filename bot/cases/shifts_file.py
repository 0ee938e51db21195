"""Reads the team's week from a CSV file, whole or not at all: what is wrong is named with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, delete, insert, select

from bot.cases.alerts import COUNTRIES
from bot.cases.roster import COORDINATOR, FACILITATOR, clock
from bot.office_hours import DAYS
from db.tables import shifts, users

COLUMNS: Final = ("who", "weekday", "from", "to", "role", "zone")
"""`who`: the e-mail of a user, or a country (SV, GT, HN), or «all»: everybody of that role there."""


class BadShifts(Exception):
    """A file of shifts that cannot be read: a line for each thing that is wrong."""


def replace_shifts(connection: Connection, lines: Iterable[str], zone: ZoneInfo, now: datetime) -> int:
    """Put the file's shifts in place of all that were known; returns how many. Raises `BadShifts`, and keeps the old.

    `zone` is that of a row whose `zone` is empty.
    """
    reader = csv.DictReader(lines)
    if missing := [name for name in COLUMNS[:5] if name not in (reader.fieldnames or ())]:
        raise BadShifts(f"line 1: no column «{missing[0]}»; the columns are {', '.join(COLUMNS)}")
    known = {row.email: row.id for row in connection.execute(select(users.c.email, users.c.id))}
    rows, wrong = [], []
    for row in reader:
        try:
            rows.append({"created_at": now, **_shift(row, known, zone)})
        except ValueError as error:
            wrong.append(f"line {reader.line_num}: {error}")
    if wrong or not rows:
        raise BadShifts("\n".join(wrong) or "no shift is in the file; nothing was changed")
    connection.execute(delete(shifts))
    connection.execute(insert(shifts), rows)
    return len(rows)


def _shift(row: Mapping[str, str | None], known: Mapping[str, int], zone: ZoneInfo) -> dict[str, Any]:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if given["weekday"].lower() not in DAYS:
        raise ValueError(f"weekday «{given['weekday']}» is none of {', '.join(DAYS)}")
    if given["role"] not in (FACILITATOR, COORDINATOR):
        raise ValueError(f"role «{given['role']}» is neither {FACILITATOR} nor {COORDINATOR}")
    return {
        **_who(given["who"], known),
        "weekday": DAYS.index(given["weekday"].lower()),
        "starts": _time(given["from"]),
        "ends": _time(given["to"]),
        "role": given["role"],
        "zone": _zone(given["zone"]) if given["zone"] else zone.key,
    }


def _who(who: str, known: Mapping[str, int]) -> dict[str, Any]:
    if who.lower() == "all" or who.upper() in COUNTRIES:
        return {"user_id": None, "country": None if who.lower() == "all" else who.upper()}
    if who.lower() not in known:
        raise ValueError("who: no user has this e-mail; write one, or SV, GT, HN or all")
    return {"user_id": known[who.lower()], "country": None}


def _time(text: str) -> str:
    try:
        clock(text)
    except ValueError:
        raise ValueError(f"time «{text}»: write it as 08:00") from None
    return "24:00" if text == "24:00" else clock(text).strftime("%H:%M")


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"zone «{name}»: write one such as America/Guatemala") from None
