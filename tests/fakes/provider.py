"""A provider in memory: takes messages, or fails as the test says, and remembers both."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from bot.channels.base import Limits, Media, MediaGone, Outgoing

LIMITS = Limits(text=4096, text_with_options=1024, buttons=3, button_title=20, rows=10, row_title=24)


async def _at_once() -> None:
    return None


class FakeProvider:
    """A `Channel` of any name. `latency` is awaited before each answer: `lambda: asyncio.sleep(0.1)`, say."""

    limits = LIMITS

    def __init__(
        self,
        name: str = "whatsapp",
        *,
        rate: float = 1000.0,
        latency: Callable[[], Awaitable[object]] = _at_once,
    ) -> None:
        self.name, self.rate, self.latency = name, rate, latency
        self.tried: list[Outgoing] = []  # in the order in which they were handed over
        self.sent: list[Outgoing] = []  # in the order in which they were taken
        self.closed = False
        self._errors: dict[str, deque[Exception]] = defaultdict(deque)
        self._changed = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    @property
    def texts(self) -> list[str]:
        """What people read, oldest first."""
        return [message.reply.text for message in self.sent]

    def fail(self, *errors: Exception, text: str = "") -> None:
        """The next messages, or those with this text, fail with these errors, one each."""
        self._errors[text].extend(errors)

    def hold(self) -> None:
        """Answer nobody until `let_go`."""
        self._open.clear()

    def let_go(self) -> None:
        """Answer all who wait."""
        self._open.set()

    async def until_tried(self, count: int) -> None:
        """Wait until so many messages were handed over."""
        await self._until(lambda: len(self.tried) >= count)

    async def until_sent(self, count: int) -> None:
        """Wait until so many messages were taken."""
        await self._until(lambda: len(self.sent) >= count)

    async def send(self, message: Outgoing) -> str:
        """Take one message; its id is `<name>-<how many were taken>`. Raises what `fail` was given."""
        self.tried.append(message)
        self._changed.set()
        await self.latency()
        await self._open.wait()
        errors = self._errors.get(message.reply.text) or self._errors.get("")
        if errors:
            raise errors.popleft()
        self.sent.append(message)
        self._changed.set()
        return f"{self.name}-{len(self.sent)}"

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        """There are no files here."""
        raise MediaGone(f"a fake provider has no {media.kind}")

    async def close(self) -> None:
        """Remember that the channel was closed."""
        self.closed = True

    async def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._changed.clear()
            await self._changed.wait()
