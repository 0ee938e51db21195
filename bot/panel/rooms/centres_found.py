"""The centre that an address of «Centros» names, for who is there, and whether it is as the page showed it."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import Connection, RowMapping, select

from bot.panel.roles import within
from bot.panel.visit import Conflict, Missing, Visit
from db.tables import centres


def found(connection: Connection, visit: Visit) -> RowMapping:
    """The centre. Raises `Missing`, also where it is of another country."""
    mine = centres.c.id == visit.path_id(), within(centres.c.country, visit.staff.country)
    row = connection.execute(select(centres).where(*mine)).mappings().first()
    if row is None:
        raise Missing
    return row


def state_of(row: RowMapping) -> str:
    """A short mark, to notice that somebody else has changed it since."""
    return hashlib.sha256(repr(sorted(dict(row).items())).encode()).hexdigest()[:16]


def unchanged(connection: Connection, visit: Visit) -> RowMapping:
    """The centre, if it is as the page showed it. Raises `Conflict`."""
    row = found(connection, visit)
    if state_of(row) != visit.field("estado"):
        raise Conflict
    return row


def day(text: str) -> date | None:
    """A day as a browser's field gives it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def number(text: str, least: int, most: int) -> int | None:
    """A whole number within bounds; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return int(text) if least <= int(text) <= most else None
