"""The measurement of storage runs, and counts what it says it counts."""

from __future__ import annotations

from tests.bench.storage import measure


def test_every_way_of_storing_is_measured(blank_postgres_url: str) -> None:
    figures = measure(40, 4, blank_postgres_url)
    ways = {"sqlite_core", "sqlite_prepared", "sqlite_bare", "postgresql_core", "postgresql_prepared"}
    assert ways <= figures.keys()
    assert all(figures[way]["events_per_second"] > 0 for way in ways)
