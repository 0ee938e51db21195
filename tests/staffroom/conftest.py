"""A team with its bot, a Telegram with their group, and messages that really leave."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.app import App
from bot.providers import judge
from bot.sender.loop import Sender
from bot.web.telegram import Updates
from tests.cases.team import Team
from tests.chat import bot
from tests.fakes.telegram import TOKEN, FakeTelegram

GROUP = -1001234567890
SECRET = "un-secreto-de-prueba"


@dataclass
class Staffroom:
    """The staff's group, from both sides."""

    team: Team
    telegram: FakeTelegram
    updates: Updates

    @property
    def app(self) -> App:
        return self.team.bot.app

    async def carry(self) -> dict[str, int]:
        """What is in the outbox leaves; waiting for the rate moves the clock on."""

        async def sleep(seconds: float) -> None:
            self.team.bot.wait(seconds=seconds)

        parts = (self.app.database, self.app.channels, self.app.cipher, lambda: self.team.now, Random(7))
        sender = Sender(*parts, judge=judge, worker="test", sleep=sleep)
        return dict(await sender.run_once(self.team.now + timedelta(hours=1)))

    async def opened(self, reason: str = "person", **more: Any) -> int:
        """A case of somebody on Telegram, alerted."""
        case_id = self.team.opened(reason, channel="telegram", **more)
        await self.carry()
        return case_id

    async def does(self, update: dict[str, Any]) -> None:
        """One update arrives, and what follows from it leaves."""
        await self.take(update)
        await self.carry()

    async def take(self, update: dict[str, Any]) -> None:
        await self.updates.take(json.dumps(update).encode())
        while self.updates.answering:
            await next(iter(self.updates.answering))

    async def taps(self, number: int, what: str) -> str:
        """A member of the team taps; returns what they are shown."""
        await self.does(self.telegram.tapped_in(GROUP, 9000 + number, what))
        return self.telegram.shown[-1]

    async def says(self, number: int, text: str, thread: int | None = None, **more: Any) -> str:
        """A member of the team writes; returns the newest text in the group."""
        await self.does(self.telegram.written_in(GROUP, 9000 + number, text, thread, **more))
        return self.texts[-1]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.telegram.to(GROUP)]

    @property
    def thread(self) -> int:
        """The newest topic."""
        return max(self.telegram.group(GROUP).topics)


@asynccontextmanager
async def opened(folder: Path, url: str | None, *, forum: bool, chat: int = GROUP) -> AsyncIterator[Staffroom]:
    async with FakeTelegram(clock=lambda: now()) as telegram:
        telegram.group(chat, forum=forum) if chat < 0 else telegram.person(chat)
        settings = {
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api_url": telegram.url,
            "telegram_staff_chat": str(chat),
            "public_url": "https://arraigo.example",
        }
        with bot(folder, url, **settings) as made:
            now: Callable[[], float] = lambda: made.now.timestamp()  # noqa: E731
            services = made.app._services().telegram
            assert services is not None
            updates = Updates(services.webhook, services.channel, made.app.inbox, services.staff)
            yield Staffroom(Team(made), telegram, updates)
            for channel in made.app.channels.values():
                await channel.close()


@pytest.fixture
async def room(tmp_path: Path, database_url: str) -> AsyncIterator[Staffroom]:
    """A group with topics, once on each database."""
    async with opened(tmp_path, database_url, forum=True) as made:
        yield made


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Staffroom]:
    """A group without topics."""
    async with opened(tmp_path, None, forum=False) as made:
        yield made
