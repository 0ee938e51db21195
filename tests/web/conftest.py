"""A whole web application on the fake inbox, called in-process or served on a real port."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.telegram import TelegramWebhook
from bot.channels.twilio import TwilioWebhook
from bot.web.app import create_app
from bot.web.services import Links, Services, Telegram
from bot.web.stream import Pace
from tests.fakes.inbox import FakeInbox

PUBLIC_URL = "https://arraigo.example"
AUTH_TOKEN = "0123456789abcdef"
SECRET = "telegram-secret"
FAST = Pace(fastest=0.01, slowest=0.02, heartbeat=0.05, lifetime=30)


class Callbacks:
    """Telegram's channel as far as the webhook needs it; `held` keeps every answer waiting."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.held = asyncio.Event()
        self.held.set()
        self.broken = False

    async def answer_callback(self, callback: str, text: str = "") -> bool:
        await self.held.wait()
        if not self.broken:
            self.answered.append(callback)
        return not self.broken


async def all_well() -> dict[str, str]:
    return {"database": "ok", "nlu": "ok"}


def services(inbox: FakeInbox, callbacks: Callbacks | None = None) -> Services:
    telegram = Telegram(TelegramWebhook(SECRET), callbacks or Callbacks())
    return Services(
        inbox=inbox,
        ready=all_well,
        public_url=PUBLIC_URL,
        clock=lambda: datetime(2026, 11, 22, 15, tzinfo=UTC),
        twilio=TwilioWebhook(AUTH_TOKEN, PUBLIC_URL),
        telegram=telegram,
        links=Links(whatsapp="https://wa.me/50300000000", telegram="https://t.me/arraigo_bot"),
    )


def client_of(app: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://anything.internal")


@pytest.fixture
def inbox() -> FakeInbox:
    return FakeInbox()


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks()


@pytest.fixture
async def client(inbox: FakeInbox, callbacks: Callbacks) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(services(inbox, callbacks))) as client:
        yield client


def signature(path: str, body: bytes, token: str = AUTH_TOKEN) -> str:
    """Twilio's algorithm, written again: https://www.twilio.com/docs/usage/webhooks/webhooks-security."""
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    signed = PUBLIC_URL + path + "".join(name + value for name, value in fields)
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def update(update_id: int, **parts: object) -> bytes:
    return json.dumps({"update_id": update_id, **parts}).encode()


@dataclass(frozen=True, slots=True)
class Live:
    """A server on a real port, and its inbox."""

    url: str
    inbox: FakeInbox


Serve = Callable[..., Live]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve an application until the test is over: `serve(inbox, body_seconds=…)`."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(inbox: FakeInbox, *, body_seconds: float = 10, pace: Pace = FAST, **changes: object) -> Live:
        app = create_app(replace(services(inbox), **changes), pace=pace, body_seconds=body_seconds)  # type: ignore[arg-type]
        config = uvicorn.Config(app, port=0, access_log=False, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        return Live(f"http://127.0.0.1:{bound_port(server, thread)}", inbox)

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


def bound_port(server: uvicorn.Server, thread: threading.Thread) -> int:
    """The port the system gave; waits until the server listens."""
    while not server.started:
        thread.join(0.01)
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
