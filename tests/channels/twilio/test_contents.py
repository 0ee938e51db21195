"""The resources of an account in the shared database, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.channels.twilio import SqlContents
from db.database import Database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def test_kept_per_account_and_text(database: Database) -> None:
    mine, other = (SqlContents(database, key, lambda: NOW) for key in (b"a", b"b"))
    assert await mine.get("h1") is None
    await mine.put("h1", "HX1")
    await other.put("h1", "HX2")
    await mine.put("h2", "HX3")
    assert [await mine.get("h1"), await other.get("h1"), await mine.get("h2")] == ["HX1", "HX2", "HX3"]


async def test_the_later_sid_stays_and_a_dropped_one_goes(database: Database) -> None:
    store = SqlContents(database, b"a", lambda: NOW)
    await store.put("h1", "HX1")
    await store.put("h1", "HX2")
    assert await store.get("h1") == "HX2"
    await store.drop("h1")
    await store.drop("h1")
    assert await store.get("h1") is None
