"""The crisis lines as staff keep them: shown while a call, and its signature, is not older than three months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Row, RowMapping, insert, select, update

from db.tables import crisis_lines, line_calls, users
from flows.store import SignedLine

SIGNED_FOR: Final = timedelta(days=90)
"""Each line is called every three months: meta.revision of db/content/crisis_lines.yml."""
HOURS_LENGTH: Final = 40  # characters that a person reads beside a number


class NoSuchLine(Exception):
    """There is no such line in the content: name a country and a number as `arraigo lines` prints them."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").strip()


def shown(connection: Connection, country: str, now: datetime) -> list[SignedLine]:
    """The lines of one country that may be shown at `now`, the most wanted first."""
    signed = (
        select(crisis_lines.c.number, crisis_lines.c.purposes, crisis_lines.c.hours)
        .where(crisis_lines.c.country == country)
        .where(crisis_lines.c.signed_at > now - SIGNED_FOR, crisis_lines.c.signed_at <= now)
        .order_by(crisis_lines.c.position)
    )
    return [SignedLine(row.number, tuple(row.purposes), row.hours or "") for row in connection.execute(signed)]


def listed(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every line as it stands, by country."""
    return connection.execute(select(crisis_lines).order_by(crisis_lines.c.country, crisis_lines.c.position)).all()


def sign(connection: Connection, country: str, number: str, user_id: int, now: datetime, *, hours: str = "") -> None:
    """Somebody called and it is right; `hours` as a person may read them. Raises `NoSuchLine`."""
    heard = hours.strip()[:HOURS_LENGTH] or None
    line_id = _keep(connection, country, number, signed_by=user_id, signed_at=now, hours=heard)
    _note(connection, line_id, user_id, "answered", now, heard)


def withdraw(
    connection: Connection,
    country: str,
    number: str,
    now: datetime,
    *,
    user_id: int | None = None,
    changed: bool = False,
) -> None:
    """Nobody answers there any more, or (`changed`) somebody else: it is not shown from now on. Raises `NoSuchLine`."""
    line_id = _keep(connection, country, number, signed_by=None, signed_at=None)
    _note(connection, line_id, user_id, "changed" if changed else "no_answer", now)


def _keep(connection: Connection, country: str, number: str, **values: object) -> int:
    mine = update(crisis_lines).where(crisis_lines.c.country == country, crisis_lines.c.number == number)
    line_id = connection.scalar(mine.values(**values).returning(crisis_lines.c.id))
    if line_id is None:
        raise NoSuchLine
    return int(line_id)


def _note(
    connection: Connection, line_id: int, user_id: int | None, outcome: str, now: datetime, hours: str | None = None
) -> None:
    row = {"created_at": now, "line_id": line_id, "user_id": user_id, "outcome": outcome, "hours": hours}
    connection.execute(insert(line_calls).values(row))


def calls(connection: Connection) -> Sequence[RowMapping]:
    """Who called which line, and what came of it, the newest first."""
    query = select(line_calls, users.c.name, users.c.email).join(
        users, users.c.id == line_calls.c.user_id, isouter=True
    )
    return connection.execute(query.order_by(line_calls.c.id.desc()).limit(1000)).mappings().all()
