"""How much is asked of the database, and that an index answers: a country's calendar is long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, event

from bot.booking import appointments, book, places, times, waitlist
from tests.booking.conftest import NOW, TRADE, Town

WEEK = NOW + timedelta(days=7)


@contextmanager
def watched(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """The statements that run meanwhile."""
    seen: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


def statements(town: Town, work: Callable[[Connection], object]) -> list[tuple[str, Any]]:
    def run(connection: Connection) -> list[tuple[str, Any]]:
        with watched(connection) as seen:
            work(connection)
        return seen

    return town.do(run)


def test_few_statements_and_always_an_index(town: Town) -> None:
    here = town.centre("a")
    for number in range(30):
        town.slot(here, WEEK + timedelta(hours=3 * number), 5)
    slot, ana = town.slot(here, WEEK - timedelta(hours=5)), town.person()
    place = town.do(places.by_id, here)
    steps: dict[str, tuple[Callable[[Connection], object], int]] = {
        "centres": (lambda c: places.near(c, TRADE, "SV", None, NOW), 1),
        "days": (lambda c: times.days(c, place, TRADE, NOW), 1),
        "times": (lambda c: times.times(c, place, TRADE, WEEK.date(), NOW), 1),
        "standing": (lambda c: appointments.standing(c, ana, NOW), 1),
        "waits": (lambda c: waitlist.waits(c, ana), 1),
        "lapse": (lambda c: waitlist.lapse(c, NOW), 2),
        "offer": (lambda c: waitlist.offer(c, NOW), 1),
        "book": (lambda c: book.book(c, ana, slot, now=NOW), 9),
    }
    for name, (work, most) in steps.items():
        seen = statements(town, work)
        assert len(seen) <= most, name
        if town.database.dialect == "sqlite":
            for statement, parameters in seen:
                _is_indexed(town, statement, parameters)


def _is_indexed(town: Town, statement: str, parameters: Any) -> None:
    def explained(connection: Connection) -> list[str]:
        driver = connection.connection.driver_connection
        assert driver is not None
        return [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]

    if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
        scans = [
            line
            for line in town.do(explained)
            if line.startswith("SCAN") and not any(fine in line for fine in ("USING", "centre"))
        ]
        assert scans == [], statement
