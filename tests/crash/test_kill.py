"""`kill -9` at any moment: what was acknowledged was processed once, and every answer reaches its person."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from db import migrate
from db.database import Database
from tests.crash.stories import Story, in_peace, stories
from tests.crash.storm import Aftermath, storm
from tests.crash.traffic import SCRIPT, BusyTwilio, address
from tests.fakes.twilio import Sent

PEOPLE = [address(number) for number in range(300)]
KILLS = 8


async def live_through(folder: Path, url: str) -> tuple[Aftermath, list[Sent]]:
    async with BusyTwilio() as twilio:
        aftermath = await storm(folder, url, twilio, PEOPLE, SCRIPT, kills=KILLS, seed=20261122)
        assert twilio.violations == []
        return aftermath, twilio.messages


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(database_url: str, tmp_path: Path) -> None:
    expected = in_peace(tmp_path, SCRIPT)
    migrate.prepare(database_url)

    aftermath, sent = asyncio.run(live_through(tmp_path, database_url))

    database = Database(database_url)
    found = stories(database, PEOPLE)
    database.close()
    heard = Counter(sid for story in found.values() for sid in story.heard)
    assert set(heard) == set(aftermath.acknowledged)
    assert set(heard.values()) == {1}
    assert len(heard) == len(PEOPLE) * len(SCRIPT)
    for story in found.values():
        assert story.frames == expected.frames
        assert story.texts == expected.texts
        assert story.diagnoses == expected.diagnoses
        assert set(story.delivery) == {"sent"}
    check_what_was_sent(sent, found, aftermath)


def check_what_was_sent(sent: list[Sent], found: dict[str, Story], aftermath: Aftermath) -> None:
    """Every answer came, in order, and only what was under way at a kill came twice."""
    bodies: dict[str, list[str]] = {person: [] for person in found}
    for message in sent:
        if message.body not in bodies[message.to]:
            bodies[message.to].append(message.body)
    for person, story in found.items():
        assert len(bodies[person]) == len(story.told)
        assert all(body.startswith(text) for body, text in zip(bodies[person], story.texts, strict=True))
    again = [message for message in sent if message.sid not in aftermath.sids]
    assert len(sent) - len(again) == sum(len(story.told) for story in found.values())
    assert len(again) <= len(aftermath.in_flight)
