"""Server-sent events out of the database, read again every moment, so that any process can serve anyone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Send

from bot.web.payload import to_wire
from bot.web.services import InboxPort
from db.database import DatabaseAway
from flows.core.reply import Reply

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds. A quiet conversation is looked at less and less often, up to `slowest`."""

    fastest: float = 1.0
    slowest: float = 5.0
    heartbeat: float = 15.0  # shorter than the idle timeouts of proxies and mobile networks
    lifetime: float = 600.0  # then the client comes back, perhaps to another process


class Streams:
    """The streams of this process: at most so many at a time."""

    def __init__(self, inbox: InboxPort, most: int, monotonic: Callable[[], float], pace: Pace) -> None:
        self.inbox, self.most, self.monotonic, self.pace = inbox, most, monotonic, pace
        self.open = 0

    def wait(self) -> int:
        """0: there is a place. Otherwise the seconds for Retry-After."""
        return 0 if self.open < self.most else 30

    async def follow(self, session: str, after: int, receive: Receive, send: Send) -> None:
        """Send events until the client hangs up or the lifetime ends. Raises `DatabaseAway` at the start."""
        self.open += 1
        hung_up = asyncio.create_task(disconnected(receive))
        try:
            first = await self.inbox.transcript(session, after)
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await send(chunk(b"retry: 3000\n\n"))
            after = await tell(first, after, send)
            await self.keep_telling(session, after, hung_up, send)
            if not hung_up.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            hung_up.cancel()
            self.open -= 1

    async def keep_telling(self, session: str, after: int, hung_up: asyncio.Task[None], send: Send) -> None:
        """Poll the transcript. Ends quietly when the database goes away: the client will come back."""
        begun = spoke = self.monotonic()
        pause = self.pace.fastest
        while self.monotonic() - begun < self.pace.lifetime:
            await asyncio.wait({hung_up}, timeout=pause)
            if hung_up.done():
                return
            try:
                messages = await self.inbox.transcript(session, after)
            except DatabaseAway:
                return
            after = await tell(messages, after, send)
            pause = self.pace.fastest if messages else min(pause * 1.2, self.pace.slowest)
            if messages:
                spoke = self.monotonic()
            elif self.monotonic() - spoke >= self.pace.heartbeat:
                await send(chunk(b": \n\n"))
                spoke = self.monotonic()


async def tell(messages: tuple[tuple[int, Reply], ...], after: int, send: Send) -> int:
    """Send each message as an event. Returns the id of the last one."""
    for message_id, reply in messages:
        await send(chunk(event(message_id, to_wire(message_id, reply))))
        after = message_id
    return after


async def disconnected(receive: Receive) -> None:
    """Returns when the client hangs up, or never ends the body that a GET has no need of."""
    with suppress(HTTPException):
        while (await receive())["type"] != "http.disconnect":
            pass


def event(message_id: int, body: dict[str, object]) -> bytes:
    """One event (HTML standard, section 9.2.6). JSON has no line breaks, so one data line is enough."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"id: {message_id}\ndata: {data}\n\n".encode()


def chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}
