"""A wired bot whose WhatsApp and Telegram are servers on loopback, and people who send it files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import Inbound, Media
from bot.inbox.files import CONTENT
from bot.media import Fetcher
from db.tables import media
from tests.chat import Bot, bot
from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, TwilioFake

ADDRESSES = {
    "whatsapp": "whatsapp:+50370001234",
    "telegram": "7001234",
    "webchat": "sesion-de-prueba-01",
    "terminal": "aqui",
}


@dataclass
class Desk:
    """The bot, its providers, and what became of the files."""

    bot: Bot
    twilio: TwilioFake
    telegram: FakeTelegram
    numbers: Callable[[], int]

    @property
    def fetcher(self) -> Fetcher:
        return self.bot.app.fetcher

    async def sends(self, channel: str, *files: Media) -> None:
        """One person sends files."""
        event = Inbound(channel, f"archivo-{self.numbers()}", ADDRESSES[channel], media=files)
        await self.bot.app.inbox.receive(event)

    async def sends_by_whatsapp(self, content: bytes, mime: str = "image/jpeg") -> None:
        await self.sends("whatsapp", Media("image", self.twilio.add_file(content, mime), mime))

    async def sends_by_telegram(self, content: bytes, name: str = "voice/file_7.oga", mime: str = "audio/ogg") -> None:
        self.telegram.files[name] = (name, content)
        await self.sends("telegram", Media("voice", name, mime, len(content)))

    async def once(self) -> dict[str, int]:
        return dict(await self.fetcher.run_once(self.bot.now))

    async def rows(self) -> list[Any]:
        query = select(media).order_by(media.c.id)
        return await self.bot.app.database.read(lambda c: list(c.execute(query)))

    async def row(self) -> Any:
        (row,) = await self.rows()
        return row

    def content(self, row: Any) -> bytes:
        return self.bot.app.cipher.open_bytes(row.content_enc, CONTENT)


@asynccontextmanager
async def desk_on(folder: Path, url: str) -> AsyncIterator[Desk]:
    async with TwilioFake() as twilio, FakeTelegram() as telegram:
        settings = {
            "public_url": "https://arraigo.example",
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": AUTH_TOKEN,
            "twilio_whatsapp_from": WHATSAPP_SENDER,
            "twilio_api_url": twilio.url,
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.url,
        }
        with bot(folder, url, **settings) as made:
            yield Desk(made, twilio, telegram, count().__next__)
            await made.app.close()
        assert twilio.leaks == []


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Once on each database."""
    async with desk_on(tmp_path, database_url) as made:
        yield made


@pytest.fixture
async def small_desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """On SQLite only: for what does not depend on the database."""
    async with desk_on(tmp_path, sqlite_url) as made:
        yield made
