"""Two server processes on one PostgreSQL, and one person's messages at both at once: as if they had come in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import psycopg
import pytest
from sqlalchemy import Connection, func, select

from db import migrate
from db.database import Database
from db.tables import contacts, conversations, outbox
from tests.crash.server import TICK, Server
from tests.crash.stories import Story, in_peace, stories
from tests.crash.traffic import BusyTwilio, Traffic, address

GROUP = 8  # people at a time: as many works as a process has connections for
PEOPLE = [address(number) for number in range(3 * GROUP)]
STEPS = (("hola", "buenas"), ("más",), ("1", "34"))
"""Two messages: said at the same time, each at another server. One: delivered to both at the same time."""


async def race(folder: Path, url: str) -> dict[str, str]:
    """Everybody says everything; returns what was said, by MessageSid."""
    said: dict[str, str] = {}
    async with (
        BusyTwilio() as twilio,
        Server(folder, url, twilio.url, "--no-sender") as one,
        Server(folder, url, twilio.url, "--no-sender") as other,
        aiohttp.ClientSession() as session,
    ):
        ways = [Traffic(twilio, Random(1), server) for server in (one, other)]
        for first in range(0, len(PEOPLE), GROUP):
            group = PEOPLE[first : first + GROUP]
            for step in STEPS:
                forms = [[twilio.form(person, line) for line in step] for person in group]
                said |= {form["MessageSid"]: form["Body"] for each in forms for form in each}
                deliveries = [way.deliver(session, form) for each in forms for way, form in zip(ways, cycle(each))]
                await start_together(url, deliveries)
    return said


async def start_together(url: str, deliveries: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Let them come as far as their first write, then let all go on at once."""
    async with await psycopg.AsyncConnection.connect(url) as gate:
        await gate.execute("LOCK TABLE events IN SHARE MODE")
        under_way = asyncio.gather(*deliveries)
        while await _waiting(gate) < len(deliveries):  # noqa: ASYNC110 - PostgreSQL tells nobody who waits
            await asyncio.sleep(TICK)
        await gate.rollback()
        await under_way


async def _waiting(connection: psycopg.AsyncConnection[Any]) -> int:
    query = "SELECT count(*) FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted"
    row = await (await connection.execute(query)).fetchone()
    return int(row[0]) if row else 0


@pytest.fixture
def url(blank_postgres_url: str) -> str:
    migrate.prepare(blank_postgres_url)
    return blank_postgres_url


def test_messages_at_two_processes_are_answered_one_after_the_other(url: str, tmp_path: Path) -> None:
    said = asyncio.run(race(tmp_path, url))

    database = Database(url)
    found = stories(database, PEOPLE)
    people, unkept, changes, answers = (
        database.read_now(partial(Connection.scalar, statement=select(count)))
        for count in (
            func.count(contacts.c.id),
            func.count(conversations.c.expires_at),
            func.sum(conversations.c.version),
            func.count(outbox.c.id),
        )
    )
    database.close()
    assert people == len(PEOPLE)
    assert unkept == 0  # everybody agreed that answers are kept, whichever message came second
    assert changes == len(said)
    assert answers == sum(len(story.told) for story in found.values())
    orders = {person: tuple(said[sid] for sid in story.heard) for person, story in found.items()}
    assert {tuple(sorted(order)) for order in orders.values()} == {tuple(sorted(chain(*STEPS)))}
    expected = {order: as_told(in_peace(tmp_path / str(n), order)) for n, order in enumerate(set(orders.values()))}
    assert {person: as_told(story) for person, story in found.items()} == {
        person: expected[order] for person, order in orders.items()
    }


def as_told(story: Story) -> tuple[object, Sequence[str], object]:
    return story.frames, story.texts, story.diagnoses
