"""How fast events are stored: one transaction through Core, through `Prepared`, and through the bare driver.

One event is six statements: drop a duplicate, find the person, read and write the conversation, add a message
and an outbox row. `python -m tests.bench.storage` prints one JSON object: events a second, milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from db import migrate
from db.database import Database
from db.prepared import Prepared
from db.tables import contacts, conversations, events, identities, messages, outbox

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STATE, BODY, ADDRESS = os.urandom(1500), os.urandom(300), os.urandom(60)
PEOPLE = 500

_EVENT = {"channel": "whatsapp", "provider_id": bindparam("event"), "kind": "message", "created_at": NOW}
_SQLITE_DEDUPE = sqlite_insert(events).values(_EVENT).on_conflict_do_nothing().returning(events.c.id)
_POSTGRESQL_DEDUPE = postgresql_insert(events).values(_EVENT).on_conflict_do_nothing().returning(events.c.id)
DEDUPE = {"sqlite": _SQLITE_DEDUPE, "postgresql": _POSTGRESQL_DEDUPE}
FIND = select(identities.c.id, identities.c.contact_id).where(
    identities.c.channel == "whatsapp", identities.c.address_hash == bindparam("hash")
)
READ = select(conversations.c.id, conversations.c.state_enc, conversations.c.version).where(
    conversations.c.identity_id == bindparam("identity")
)
WRITE = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"), conversations.c.version == bindparam("old"))
    .values(state_enc=STATE, version=conversations.c.version + 1, last_inbound_at=NOW)
)
SAY = (
    insert(messages)
    .values(
        created_at=NOW,
        direction="out",
        author="bot",
        body_enc=BODY,
        conversation_id=bindparam("conversation"),
        event_id=bindparam("event"),
    )
    .returning(messages.c.id)
)
SEND = insert(outbox).values(
    created_at=NOW,
    channel="whatsapp",
    address_enc=ADDRESS,
    priority=1,
    message_id=bindparam("message"),
    identity_id=bindparam("identity"),
    conversation_id=bindparam("conversation"),
)
PREPARED_DEDUPE = {name: Prepared(statement) for name, statement in DEDUPE.items()}
PREPARED = [Prepared(FIND), Prepared(READ), Prepared(WRITE), Prepared(SAY), Prepared(SEND)]


def person(number: int) -> bytes:
    """The hash of a person's address, as 32 bytes."""
    return (number % PEOPLE + 1).to_bytes(32, "big")


def fill(connection: Connection) -> None:
    """People who have written before."""
    people = [{"id": n, "created_at": NOW} for n in range(1, PEOPLE + 1)]
    connection.execute(insert(contacts), [p | {"code": f"p{p['id']}", "channel_first": "whatsapp"} for p in people])
    connection.execute(
        insert(identities),
        [p | {"contact_id": p["id"], "channel": "whatsapp", "address_hash": person(i)} for i, p in enumerate(people)],
    )
    connection.execute(
        insert(conversations),
        [p | {"contact_id": p["id"], "identity_id": p["id"], "state_enc": STATE} for p in people],
    )


def store(number: int, connection: Connection) -> int:
    """One event, with SQLAlchemy's execution."""
    dedupe = DEDUPE[connection.dialect.name]
    event: int = connection.execute(dedupe, {"event": f"SM{number}"}).scalar_one()
    identity, _ = connection.execute(FIND, {"hash": person(number)}).one()
    conversation, _, version = connection.execute(READ, {"identity": identity}).one()
    connection.execute(WRITE, {"conversation": conversation, "old": version})
    message = connection.execute(SAY, {"conversation": conversation, "event": event}).scalar_one()
    connection.execute(SEND, {"message": message, "identity": identity, "conversation": conversation})
    return event


def store_prepared(number: int, connection: Connection) -> int:
    """The same event, with prepared statements."""
    find, read, write, say, send = PREPARED
    event: int = PREPARED_DEDUPE[connection.dialect.name].scalar(connection, event=f"SM{number}")
    identity = find.scalar(connection, hash=person(number))
    conversation, _, version = read.all(connection, identity=identity)[0]
    write.run(connection, conversation=conversation, old=version)
    message = say.scalar(connection, conversation=conversation, event=event)
    send.run(connection, message=message, identity=identity, conversation=conversation)
    return event


def store_bare(driver: sqlite3.Connection, number: int) -> int:
    """The same event, with the driver alone."""
    now = NOW.isoformat(" ", "microseconds")
    event: int = driver.execute(
        "INSERT INTO events (created_at, channel, provider_id, kind) VALUES (?, 'whatsapp', ?, 'message') "
        "ON CONFLICT DO NOTHING RETURNING id",
        (now, f"SM{number}"),
    ).fetchone()[0]
    identity, _ = driver.execute(
        "SELECT id, contact_id FROM identities WHERE channel = 'whatsapp' AND address_hash = ?",
        (person(number),),
    ).fetchone()
    conversation, _, version = driver.execute(
        "SELECT id, state_enc, version FROM conversations WHERE identity_id = ?", (identity,)
    ).fetchone()
    driver.execute(
        "UPDATE conversations SET state_enc = ?, version = version + 1, last_inbound_at = ? "
        "WHERE id = ? AND version = ?",
        (STATE, now, conversation, version),
    )
    message = driver.execute(
        "INSERT INTO messages (created_at, conversation_id, event_id, direction, author, body_enc) "
        "VALUES (?, ?, ?, 'out', 'bot', ?) RETURNING id",
        (now, conversation, event, BODY),
    ).fetchone()[0]
    driver.execute(
        "INSERT INTO outbox "
        "(created_at, message_id, identity_id, conversation_id, channel, address_enc, priority) "
        "VALUES (?, ?, ?, ?, 'whatsapp', ?, 1)",
        (now, message, identity, conversation, ADDRESS),
    )
    return event


async def drive(one: Callable[[int], Awaitable[Any]], count: int, callers: int) -> dict[str, float]:
    """So many callers, each one event after the other."""
    took: list[float] = []

    async def caller(first: int) -> None:
        for number in range(first, count, callers):
            began = time.perf_counter()
            await one(number)
            took.append(time.perf_counter() - began)

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller(first) for first in range(callers)))
    wall = time.perf_counter() - began
    took.sort()
    return {
        "events_per_second": round(count / wall),
        "cpu_us_per_event": round((time.process_time() - cpu) / count * 1e6),
        "p50_ms": round(statistics.median(took) * 1000, 1),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
    }


async def through_database(
    url: str, work: Callable[[int, Connection], int], first: int, count: int, callers: int
) -> dict[str, float]:
    """The figures of `Database`; events are numbered from `first`."""
    database = Database(url)
    try:
        return await drive(lambda n: database.write(partial(work, first + n)), count, callers)
    finally:
        database.close()


async def bare(path: Path, first: int, count: int, callers: int) -> dict[str, float]:
    """The figures of a bare group commit: the most that Python and SQLite give."""
    loop = asyncio.get_running_loop()
    line: SimpleQueue[tuple[int, asyncio.Future[int]] | None] = SimpleQueue()

    async def one(number: int) -> int:
        future: asyncio.Future[int] = loop.create_future()
        line.put((first + number, future))
        return await future

    writer = threading.Thread(target=_write_bare, args=(path, line, loop))
    writer.start()
    try:
        return await drive(one, count, callers)
    finally:
        line.put(None)
        writer.join()


def _write_bare(
    path: Path,
    line: SimpleQueue[tuple[int, asyncio.Future[int]] | None],
    loop: asyncio.AbstractEventLoop,
) -> None:
    driver = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        driver.execute(f"PRAGMA {pragma}")
    while (waiting := line.get()) is not None:
        group = [waiting]
        try:
            while more := line.get_nowait():
                group.append(more)
        except Empty:
            pass
        driver.execute("BEGIN IMMEDIATE")
        done = [(future, store_bare(driver, number)) for number, future in group]
        driver.execute("COMMIT")
        loop.call_soon_threadsafe(_answer, done)
    driver.close()


def _answer(done: list[tuple[asyncio.Future[int], int]]) -> None:
    for future, event in done:
        future.set_result(event)


def filled(url: str) -> str:
    """The same address, with all tables and `PEOPLE`."""
    migrate.upgrade(url)
    database = Database(url)
    database.write_now(fill)
    database.close()
    return url


def measure(count: int, callers: int, postgresql_url: str | None = None) -> dict[str, Any]:
    """All figures; PostgreSQL's too if an empty database is named."""
    figures: dict[str, Any] = {"events": count, "callers": callers}
    ways = {"core": store, "prepared": store_prepared}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.db")
        urls = {"sqlite": filled(f"sqlite:///{path}")}
        if postgresql_url:
            urls["postgresql"] = filled(postgresql_url)
        for name, url in urls.items():
            for number, (way, work) in enumerate(ways.items()):
                run = through_database(url, work, number * count, count, callers)
                figures[f"{name}_{way}"] = asyncio.run(run)
        figures["sqlite_bare"] = asyncio.run(bare(path, len(ways) * count, count, callers))
    return figures


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description="Events stored a second, and what the bare driver would do.")
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--postgresql", help="an empty PostgreSQL database")
    given = parser.parse_args()
    print(json.dumps(measure(given.events, given.callers, given.postgresql)))


if __name__ == "__main__":
    main()
