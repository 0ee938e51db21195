"""A Rasa server on loopback that does what a test says: answers, lies, hangs or dies, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit

Behaviour = Callable[[str], "bytes | None"]  # the text that was asked about -> what is sent; None: hang up at once
HANG = b"\0hang"  # begins what is sent before saying nothing more: `b"HTTP/1.1 200 OK\r\n" + HANG`


def http(body: bytes, status: int = 200, extra: str = "") -> bytes:
    """One response that keeps the connection."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def parsed(text: str, unsure: bool = False, **chances: float) -> bytes:
    """The body that `/model/parse` gives, best first as handed over."""
    ranking = [{"name": name, "confidence": chance} for name, chance in chances.items()]
    if unsure:
        ranking.insert(0, {"name": "nlu_fallback", "confidence": 0.3})
    return json.dumps({"text": text, "intent": ranking[0], "entities": [], "intent_ranking": ranking}).encode()


class FakeRasa:
    """Started by `async with`; `url` is where it answers. `asked` and `tokens` in the order of arrival."""

    def __init__(self, behave: Behaviour = lambda text: http(parsed(text, greet=0.9, thanks=0.1))) -> None:
        self.behave = behave
        self.asked: list[str] = []
        self.tokens: list[list[str]] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        self.open = asyncio.Event()  # cleared: whoever asks waits
        self.open.set()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._tasks: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                await self._answer(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            text = json.loads(await reader.readexactly(int(fields["content-length"])))["text"]
            self.asked.append(text)
            self.tokens.append(parse_qs(urlsplit(head[0].split()[1]).query).get("token", []))
            self.arrived.set()
            await self.open.wait()
            answer = self.behave(text)
            if answer is None:
                return
            before, hang, _ = answer.partition(HANG)
            writer.write(before)
            await writer.drain()
            if hang:
                await asyncio.Event().wait()
            if b"Connection: close" in before:
                return
