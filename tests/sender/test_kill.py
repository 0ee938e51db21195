"""A sender killed in the middle loses nothing, and repeats at most what was in flight."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from sqlalchemy import func, select

from bot.sender.claims import IN_FLIGHT
from db.crypto import new_key
from db.database import Database
from db.tables import outbox
from tests.fakes.provider import FakeProvider
from tests.sender.office import Office

ROWS, PEOPLE = 1500, 100


def kill_after(url: str, key: str, messages: int) -> list[int]:
    """Run a sender, `kill -9` it when so many messages left, and return all that did."""
    command = [sys.executable, "-m", "tests.sender.victim", url, key]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        sent = [int(line) for line in islice(victim.stdout, messages)]
        victim.kill()
        sent += [int(line) for line in victim.stdout]
    assert victim.returncode == -9
    return sent


@pytest.mark.parametrize("messages", [1, 400])
async def test_nothing_is_lost_and_only_what_was_in_flight_repeats(database: Database, messages: int) -> None:
    key = new_key()
    office = Office(database, key)
    people = [office.person() for _ in range(PEOPLE)]
    office.clock.now = datetime.now(UTC)
    rows = office.put_all([(people[n % PEOPLE], f"{n}") for n in range(ROWS)], priority=2)

    before = kill_after(database.url, key, messages)
    in_flight = _count(office, "sending")
    office.clock.advance(timedelta(minutes=2).total_seconds())
    provider = FakeProvider(rate=1e6)
    await office.sender(provider, worker="heir").run_once(office.clock.now)
    after = [int(message.reference) for message in provider.sent]

    times = Counter(before + after)
    assert sorted(times) == rows
    assert _count(office, "sent") == ROWS
    assert sum(times.values()) - ROWS <= in_flight <= IN_FLIGHT
    assert max(times.values()) <= 2


def _count(office: Office, state: str) -> int:
    query = select(func.count()).where(outbox.c.state == state)
    return office.do(lambda connection: connection.execute(query).scalar_one())
