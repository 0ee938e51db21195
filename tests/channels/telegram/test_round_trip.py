"""A webhook, a channel and a Bot API server talk to each other: ours, and one that nobody here wrote."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import Outgoing
from bot.channels.telegram import Reading, TelegramChannel, TelegramWebhook
from flows.core.reply import Option, Reply
from tests.fakes.telegram import FakeTelegram

SECRET = "s3cret-_"
ROSA = 71234567
MODULES = Path(os.environ.get("TELEGRAM_TEST_API", Path(__file__).parents[3])) / "node_modules"
SERVER = Path(__file__).with_name("another_server.cjs")


@dataclass
class Echo:
    """A bot that asks whether what was said is right, and says which button was tapped."""

    hook: TelegramWebhook
    channel: TelegramChannel
    read: list[Reading] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.Response:
        if not self.hook.verify(request.headers.get("X-Telegram-Bot-Api-Secret-Token")):
            return web.Response(status=403)
        reading = self.hook.read(await request.read())
        self.read.append(reading)
        if reading.callback:
            await self.channel.answer_callback(reading.callback)
        said = reading.inbound
        if said is not None and said.option:
            await self.channel.send(Outgoing(said.address, Reply("eco.fin.texto", f"Tocó {said.option}")))
        elif said is not None:
            reply = Reply("eco.inicio.texto", f"¿Dijo «{said.text}»?", (Option("1.si", "Sí"),))
            await self.channel.send(Outgoing(said.address, reply))
        return web.Response()


@asynccontextmanager
async def served(token: str, api_url: str) -> AsyncIterator[Echo]:
    """The bot behind its webhook, which the API server has been told of."""
    echo = Echo(TelegramWebhook(SECRET), TelegramChannel(token, api_url))
    app = web.Application()
    app.router.add_post("/webhooks/telegram", echo.post)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/telegram"
    await post(f"{api_url}/bot{token}/setWebhook", {"url": url, "secret_token": SECRET})
    try:
        yield echo
    finally:
        await runner.cleanup()
        await echo.channel.close()


async def test_with_our_server(telegram: FakeTelegram) -> None:
    async with served(telegram.token, telegram.url) as echo:
        assert await telegram.deliver(telegram.text_update(ROSA, "buenas")) == 200
        assert await telegram.deliver(telegram.tap_update(ROSA, "Sí")) == 200
    assert [sent["text"] for sent in telegram.to(ROSA)] == ["¿Dijo «buenas»?", "Tocó 1.si"]
    assert telegram.callbacks == set()
    assert len(echo.read) == 2


async def test_our_server_shows_the_secret(telegram: FakeTelegram) -> None:
    async with served(telegram.token, telegram.url):
        telegram.webhook["secret_token"] = "wrong"
        assert await telegram.deliver(telegram.text_update(ROSA, "buenas")) == 403
    assert telegram.messages == []


@asynccontextmanager
async def api_of_another() -> AsyncIterator[str]:
    """npm's telegram-test-api 4.2.1, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SERVER),
        str(port),
        SECRET,
        env={**os.environ, "NODE_PATH": str(MODULES)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def post(url: str, body: dict[str, Any]) -> Any:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return await answer.json()


async def bot_messages(url: str, token: str, wanted: int) -> list[dict[str, Any]]:
    """What the bot sent, once there is as much as `wanted`: the server delivers after it has answered us."""
    async with asyncio.timeout(10):
        while True:
            history = (await post(f"{url}/getUpdatesHistory", {"token": token}))["result"]
            sent = [entry["message"] for entry in history if "chat_id" in entry.get("message", {})]
            if len(sent) >= wanted:
                return sent


@pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "telegram-test-api").is_dir(),
    reason="telegram-test-api is not installed: npm install --no-save telegram-test-api@4.2.1",
)
async def test_with_a_server_nobody_here_wrote() -> None:
    token = "110201543:test"
    sender = {"id": ROSA, "is_bot": False, "first_name": "Rosa"}
    said = {"from": sender, "chat": {"id": ROSA, "type": "private"}, "date": 1_793_000_000}
    async with api_of_another() as url, served(token, url):
        await post(f"{url}/sendMessage", {"botToken": token, **said, "text": "buenas"})
        (question,) = await bot_messages(url, token, 1)
        button = question["reply_markup"]["inline_keyboard"][0][0]
        tapped = {"from": sender, "message": {**said, "message_id": 2}}
        await post(f"{url}/sendCallback", {"botToken": token, **tapped, "data": button["callback_data"]})
        sent = await bot_messages(url, token, 2)
    assert [message["text"] for message in sent] == ["¿Dijo «buenas»?", "Tocó 1.si"]
