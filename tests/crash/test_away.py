"""The database locked, gone or full: Twilio is asked to come again, nothing is half stored, and service resumes."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

import aiohttp
import psycopg
import pytest
from sqlalchemy import func, make_url, select

from db import migrate
from db.database import Database
from db.tables import metadata
from tests.crash.server import PUBLIC_URL, TICK, Server
from tests.crash.stories import in_peace, stories
from tests.crash.traffic import BusyTwilio, Traffic, address

LINES = ("hola", "1", "34")  # before, during and after
KNOWN, STRANGER = address(1), address(2)
UNTIL_SENT = 30.0  # seconds: a sender that lost its database comes back after ten at most

Trouble = Callable[[Server, str], AbstractContextManager[None]]


@contextmanager
def locked_file(_: Server, url: str) -> Iterator[None]:
    """Another process (here, this one) keeps the file to itself."""
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def removed_file(_: Server, url: str) -> Iterator[None]:
    """Somebody moves the file away, and brings it back."""
    path = Path(url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".away"))
    try:
        yield
        assert not path.exists()  # nothing was begun anew in its place
    finally:
        path.with_suffix(".away").rename(path)


@contextmanager
def full_disk(server: Server, url: str) -> Iterator[None]:
    """No file of the server may grow any more. (Linux says EFBIG where a full disk says ENOSPC.)"""
    assert server.process is not None
    log = Path(url.removeprefix("sqlite:///") + "-wal")
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked_table(_: Server, url: str) -> Iterator[None]:
    """An operator's tool holds a table."""
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def stopped_server(_: Server, url: str) -> Iterator[None]:
    """PostgreSQL refuses connections, and has cut those that there were."""
    name = make_url(url).database
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as operator:
        operator.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false".encode())
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            operator.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true".encode())


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A database of the kind that the trouble is for."""
    sqlite = request.getfixturevalue("trouble") in (locked_file, removed_file, full_disk)
    found: str = request.getfixturevalue("sqlite_url" if sqlite else "blank_postgres_url")
    migrate.prepare(found)
    return found


def count_rows(url: str) -> dict[str, int]:
    """How many rows each table has."""
    database = Database(url)
    try:
        return database.read_now(
            lambda c: {
                t.name: c.execute(select(func.count()).select_from(t)).scalar_one() for t in metadata.tables.values()
            }
        )
    finally:
        database.close()


async def post(twilio: BusyTwilio, server: Server, form: dict[str, str]) -> tuple[int, str]:
    """Status and Retry-After of the answer to one message."""
    body, headers = twilio.signed(f"{PUBLIC_URL}/webhooks/twilio", form)
    async with aiohttp.ClientSession() as session, session.post(server.webhook, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", "")


async def status(server: Server, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(server.url + path) as answer:
        return answer.status


@asynccontextmanager
async def running(folder: Path, url: str) -> AsyncIterator[tuple[BusyTwilio, Server]]:
    async with BusyTwilio() as twilio, Server(folder, url, twilio.url) as server:
        yield twilio, server


async def live_through(folder: Path, url: str, trouble: Trouble) -> None:
    async with running(folder, url) as (twilio, server):
        assert await post(twilio, server, twilio.form(KNOWN, LINES[0])) == (200, "")
        await sent(twilio, 1)
        before = await asyncio.to_thread(count_rows, url)
        late = [twilio.form(KNOWN, LINES[1]), twilio.form(STRANGER, LINES[0])]
        with trouble(server, url):
            answers = await asyncio.gather(*(post(twilio, server, form) for form in late))
            assert [code for code, _ in answers] == [503, 503]
            assert all(int(seconds) > 0 for _, seconds in answers)
            assert await status(server, "/healthz") == 200
        assert await asyncio.to_thread(count_rows, url) == before
        async with aiohttp.ClientSession() as session:
            traffic = Traffic(twilio, Random(1), server)
            for form in (*late, twilio.form(KNOWN, LINES[2])):
                await traffic.deliver(session, form)
        assert await status(server, "/readyz") == 200
        await sent(twilio, 4)


async def sent(twilio: BusyTwilio, messages: int) -> None:
    """Wait until so many messages have left."""
    async with asyncio.timeout(UNTIL_SENT):
        while len(twilio.messages) < messages:  # noqa: ASYNC110 - the fake tells nobody
            await asyncio.sleep(TICK)


@pytest.mark.parametrize("trouble", [locked_file, removed_file, full_disk, locked_table, stopped_server])
def test_503_while_the_database_is_away_then_as_if_nothing_had_been(trouble: Trouble, url: str, tmp_path: Path) -> None:
    asyncio.run(live_through(tmp_path, url, trouble))

    database = Database(url)
    found = stories(database, [KNOWN, STRANGER])
    database.close()
    assert found[KNOWN].texts == in_peace(tmp_path / "in_peace", LINES).texts
    assert len(found[KNOWN].heard) == len(LINES)
    assert found[STRANGER].texts == found[KNOWN].texts[:1]
