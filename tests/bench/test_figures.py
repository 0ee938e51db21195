"""The bench measures what it says: a few messages go all the way."""

from __future__ import annotations

from pathlib import Path

from tests.bench import inbound, outbox, start


async def test_signed_answers_are_taken_in(sqlite_url: str, tmp_path: Path) -> None:
    figures = await inbound.measure(tmp_path, sqlite_url, 2, "--no-sender", "--no-scheduler")
    assert figures["messages"] == 2 * inbound.ANSWERS
    assert figures["per_second"] > 0
    assert figures["p50_ms"] <= figures["p99_ms"]
    assert figures["memory_mb"] > 0


async def test_the_outbox_is_emptied(sqlite_url: str) -> None:
    for empty in (outbox.drained, outbox.sent):
        assert (await empty(sqlite_url, 50))["per_second"] > 0


async def test_starts_are_timed(tmp_path: Path) -> None:
    figures = await start.cold(tmp_path, f"sqlite:///{tmp_path}/new.db", 1)
    assert figures["first"]["memory_mb"] > 0
    assert figures["again"]["cpu_seconds"] > 0
