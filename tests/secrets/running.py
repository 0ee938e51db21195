"""The product as an operator runs it, between a fake Twilio and a fake Telegram, with everything it says kept."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert

from db.database import Database
from db.tables import users
from tests.crash.server import PUBLIC_URL, Server
from tests.crash.traffic import BusyTwilio
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.panel.conftest import KEPT, Browser
from tests.secrets.marks import Marks
from tests.secrets.places import Places

STAFF = -1001234567890
SECRET = "un-secreto-de-prueba"
PATIENCE = 60.0  # seconds; a busy machine
WEBHOOK, STATUS = "/webhooks/twilio", "/webhooks/twilio/status"


class Kept(Server):
    """A server whose temporary files stay in its own folder."""

    def _environment(self) -> dict[str, str]:
        room = self._folder / "tmp"
        room.mkdir(exist_ok=True)
        return super()._environment() | {"TMPDIR": str(room), "PYTHONUNBUFFERED": "1"}


class Wire(httpx.AsyncBaseTransport):
    """What is asked of the public address goes to the server, and every answer is kept."""

    def __init__(self, inner: httpx.AsyncBaseTransport, url: str, places: Places, place: str) -> None:
        self._inner, self._url = inner, httpx.URL(url)
        self._places, self._place = places, place

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        here = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        sent = httpx.Request(request.method, here, headers=request.headers, stream=request.stream)
        sent.headers["Host"] = request.url.host
        answer = await self._inner.handle_async_request(sent)
        answer.request = request
        await answer.aread()
        self._places.answer(f"{self._place}:{request.url.path}", answer)
        return answer


@dataclass
class Scene:
    """One run. `marks["…"]` gives the secret of an input; `places` has what was seen."""

    server: Kept
    twilio: BusyTwilio
    telegram: FakeTelegram
    folder: Path
    database_url: str
    marks: Marks = field(default_factory=Marks.read)
    places: Places = field(default_factory=Places)
    numbers: Any = field(default_factory=lambda: count(1))
    way: httpx.AsyncHTTPTransport = field(
        default_factory=lambda: httpx.AsyncHTTPTransport(verify=False, trust_env=False)
    )

    @asynccontextmanager
    async def browser(self, place: str) -> AsyncIterator[Browser]:
        """A browser whose pages are kept at `place:<path>`."""
        wire = Wire(self.way, self.server.url, self.places, place)
        client = httpx.AsyncClient(transport=wire, base_url=PUBLIC_URL, timeout=PATIENCE, trust_env=False)
        async with client:
            yield Browser(client)

    async def ask(self, method: str, path: str, *, place: str = "answer", **more: Any) -> int:
        """One request; its status."""
        async with self.browser(place) as browser:
            return (await browser.client.request(method, path, **more)).status_code

    async def whatsapp(self, person: str, text: str = "", **fields: str) -> int:
        """A person of the table writes on WhatsApp."""
        form = self.twilio.form(f"whatsapp:{self.marks[person]}", text, **fields)
        return await self.twilio_posts(WEBHOOK, form)

    async def twilio_posts(self, path: str, form: dict[str, str]) -> int:
        body, headers = self.twilio.signed(f"{PUBLIC_URL}{path}", form)
        return await self.ask("POST", path, content=body, headers=headers)

    async def telegram_posts(self, update: dict[str, Any] | bytes, secret: str = SECRET) -> int:
        """An update, as Telegram posts it."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        return await self.ask("POST", "/webhooks/telegram", content=body, headers=headers)

    async def webchat(self, session: str, **said: Any) -> int:
        """What a person writes in the web chat; what they are answered is theirs."""
        body = {"session": session, "id": f"m{next(self.numbers)}", **said}
        return await self.ask("POST", "/webchat/messages", json=body, place=f"webchat:{session}")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition; a run that never meets it fails."""
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - what others do, no event of ours tells
                await asyncio.sleep(0.02)

    async def command(self, place: str, *arguments: str, **settings: str) -> int:
        """`arraigo …` with the server's settings; what it prints is kept at `cli:<place>`."""
        environment = self.server._environment() | {f"ARRAIGO_{name.upper()}": v for name, v in settings.items()}
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            timeout=5 * PATIENCE,
        )
        self.places.add(f"cli:{place}", done.stdout + done.stderr)
        return done.returncode

    def accounts(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Accounts of the panel whose password is the tests' own."""
        common = {"created_at": datetime.now(UTC), "password_hash": KEPT, "telegram_id": None}
        database = Database(self.database_url)
        try:
            database.write_now(lambda c: c.execute(insert(users), [common | dict(row) for row in rows]).rowcount)
        finally:
            database.close()

    def collect_log(self) -> None:
        self.places.add("log", self.server.log.read_bytes())


@asynccontextmanager
async def running(folder: Path, database_url: str, level: str) -> AsyncIterator[Scene]:
    """Everything started; at the end everything is stopped, and its log is kept."""
    assert not {name for name in os.environ if name.startswith("ARRAIGO_")} - {"ARRAIGO_SERVE_WITHOUT"}
    async with BusyTwilio() as twilio, FakeTelegram(clock=lambda: next(_long_ago)) as telegram:
        telegram.group(STAFF, forum=True)
        settings = {
            "log_level": level,
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api_url": telegram.url,
            "telegram_staff_chat": str(STAFF),
            "staff_hours": "mon-sun 00:00-23:59",
        }
        server = Kept(folder, database_url, twilio.url, **settings)
        try:
            await server.start()
            scene = Scene(server, twilio, telegram, folder, database_url)
            yield scene
            await scene.way.aclose()
            if server.up.is_set():
                await server.stop()
            scene.collect_log()
        finally:
            if server.process is not None and server.process.poll() is None:
                server.kill()


_long_ago = count(0.0, 60.0)  # for the fake Telegram an hour goes by in a moment: it holds nobody up
