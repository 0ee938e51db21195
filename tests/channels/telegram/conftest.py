"""A Bot API server and a channel that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.channels.telegram import TelegramChannel
from tests.fakes.telegram import FakeTelegram

PUBLIC = "https://arraigo.example"


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest_asyncio.fixture
async def channel(telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.token, telegram.url, public_url=PUBLIC)
    yield channel
    await channel.close()
