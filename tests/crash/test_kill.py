"""`kill -9` at any moment: what was acknowledged was processed once, and every answer reaches its person."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from db import migrate
from db.database import Database
from flows.core.session import Frame
from tests.chat import bot
from tests.crash.storm import Aftermath, Story, stories, storm
from tests.crash.traffic import SCRIPT, BusyTwilio, address
from tests.fakes.twilio import Sent

PEOPLE = [address(number) for number in range(300)]
KILLS = 8
OF_THE_MOMENT = {"empezo", "registro"}  # answers that hold a time or an id


def told(folder: Path) -> Story:
    """The conversation as it goes when nobody is killed."""
    with bot(folder) as running:
        chat = running.chat(PEOPLE[0], "whatsapp", PEOPLE[0].partition(":")[2])
        for line in SCRIPT:
            chat.says(line)
        return stories(running.app.database, PEOPLE)[PEOPLE[0]]


def frames(story: Story) -> list[tuple[Any, ...]]:
    """Where the conversation stands, without what differs from person to person."""
    return [_frame(frame) for frame in story.session.stack]


def _frame(frame: Frame) -> tuple[Any, ...]:
    answers = {name: answer for name, answer in frame.answers.items() if name not in OF_THE_MOMENT}
    return frame.flow, frame.step, answers, frame.path


def texts(story: Story) -> list[str]:
    return [reply["text"] for reply in story.told]


async def live_through(folder: Path, url: str) -> tuple[Aftermath, list[Sent]]:
    async with BusyTwilio() as twilio:
        aftermath = await storm(folder, url, twilio, PEOPLE, SCRIPT, kills=KILLS, seed=20261122)
        assert twilio.violations == []
        return aftermath, twilio.messages


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(database_url: str, tmp_path: Path) -> None:
    expected = told(tmp_path)
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
        assert frames(story) == frames(expected)
        assert texts(story) == texts(expected)
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
        assert all(body.startswith(text) for body, text in zip(bodies[person], texts(story), strict=True))
    again = [message for message in sent if message.sid not in aftermath.sids]
    assert len(sent) - len(again) == sum(len(story.told) for story in found.values())
    assert len(again) <= len(aftermath.in_flight)
