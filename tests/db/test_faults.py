"""What happens to answered and unanswered events when the disk is full, or the process is killed."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from db.database import Database, DatabaseAway
from tests.db.test_database import add, all_at_once, codes

WRITER = """
import asyncio, sys
from functools import partial
from db.database import Database
from tests.db.test_database import add

async def caller(database, first):
    for number in range(first, 1_000_000, 8):
        print(await database.write(partial(add, str(number))), flush=True)

async def main():
    database = Database(sys.argv[1])
    await asyncio.gather(*(caller(database, first) for first in range(8)))

asyncio.run(main())
"""


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """What the system answers then is what it answers on a full disk. (Python ignores the signal.)"""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_away_for_the_whole_group_and_passes(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    await database.write(partial(add, "a"))
    with files_no_larger_than((tmp_path / "arraigo.db-wal").stat().st_size + 1000):
        answers = await all_at_once(database, [partial(add, "b"), partial(add, "c")])
    assert [type(answer) for answer in answers] == [DatabaseAway, DatabaseAway]
    assert await database.read(codes) == ["a"]
    assert await database.write(partial(add, "b")) == "b"
    database.close()


def test_a_database_that_may_not_be_written_is_away(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.write_now(lambda c: c.execute(text("PRAGMA query_only=ON")))
    with pytest.raises(DatabaseAway, match="SQLITE_READONLY"):
        database.write_now(partial(add, "a"))
    database.close()


def test_a_file_that_is_no_database_is_away(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"something else, long enough to be looked at" * 100)
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(DatabaseAway, match="SQLITE_NOTADB"):
        database.write_now(codes)
    database.close()


def test_what_was_answered_outlives_a_kill(sqlite_url: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, sqlite_url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        answered += process.stdout.read().split()
    database = Database(sqlite_url)
    kept = database.read_now(codes)
    assert set(answered) <= set(kept)
    assert len(kept) - len(answered) <= 8, "only what was in flight may be kept unanswered"
    database.close()
    connection = sqlite3.connect(tmp_path / "arraigo.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_reader_does_not_wait_for_the_writer(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    async def both() -> None:
        answered = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(_: object) -> None:
            asyncio.run_coroutine_threadsafe(answered.wait(), loop).result()

        writing = asyncio.ensure_future(database.write(slow))
        assert await database.read(codes) == []
        answered.set()
        await writing

    asyncio.run(both())
    database.close()
