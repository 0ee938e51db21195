"""The whole bot on a real port, beside a fake Twilio and a fake Telegram that check what they are sent."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from bot.app import App
from bot.settings import Settings
from db import migrate
from tests.chat import KEYS, MODELS
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, TwilioFake

STAFF = -1001234567890
PUBLIC_URL = "https://arraigo.example"
ALWAYS_OPEN: dict[str, Any] = {"staff_hours": "mon-sun 00:00-23:59"}
PATIENCE = 20.0  # seconds; a busy machine


@dataclass
class Whole:
    """The running bot, and the providers."""

    app: App
    url: str
    twilio: TwilioFake
    telegram: FakeTelegram

    async def whatsapp(self, form: dict[str, str]) -> None:
        """One signed webhook call, which must be taken."""
        status, _ = await self.twilio.post(
            f"{self.url}/webhooks/twilio", form, public_url=f"{PUBLIC_URL}/webhooks/twilio"
        )
        assert status == 200

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition; a test that never meets it fails."""
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - what others do, no event of ours tells
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(folder: Path, database_url: str) -> AsyncIterator[Whole]:
    """Everything started, and stopped afterwards."""
    migrate.prepare(database_url)
    async with TwilioFake() as twilio, FakeTelegram() as telegram:
        telegram.group(STAFF)
        settings = Settings(
            data_dir=folder,
            models_dir=MODELS,
            database_url=SecretStr(database_url),
            public_url=PUBLIC_URL,
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=SecretStr(AUTH_TOKEN),
            twilio_whatsapp_from=WHATSAPP_SENDER,
            twilio_api_url=twilio.url,
            telegram_token=SecretStr(TOKEN),
            telegram_secret=SecretStr("un-secreto-de-prueba"),
            telegram_api_url=telegram.url,
            telegram_staff_chat=str(STAFF),
            **KEYS,
            **ALWAYS_OPEN,
        )
        app = App(settings, random=Random(7))
        config = uvicorn.Config(app.web(scheduler=False), port=0, access_log=False, log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
            await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        telegram.webhook = {"url": f"{url}/webhooks/telegram", "secret_token": "un-secreto-de-prueba"}
        yield Whole(app, url, twilio, telegram)
        server.should_exit = True
        await serving


@pytest.fixture
async def whole(tmp_path: Path, database_url: str) -> AsyncIterator[Whole]:
    """The whole bot, once on each database."""
    async with running(tmp_path, database_url) as started:
        yield started


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database for the tests of one module, once of each kind."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_url")
        return
    path = tmp_path_factory.mktemp("whole") / "arraigo.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    yield f"sqlite:///{path}"
