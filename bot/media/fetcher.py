"""The worker that fetches files: runs beside the sender, on as many machines as you like."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

import structlog

from bot.channels.base import READABLE, Channel, Media, MediaGone, SendError
from bot.inbox.files import CONTENT, SOURCE
from bot.media import claims
from bot.media.claims import Wanted
from db.crypto import Cipher
from db.database import Database

MOST_BYTES: Final = 5 * 2**20  # of a file that is kept
LONGEST_BACK_OFF: Final = 10.0  # seconds between attempts to reach a database that is away

log = structlog.get_logger()


@runtime_checkable
class Keeper(Protocol):
    """A channel whose provider keeps a file until it is told to delete it."""

    async def delete_media(self, media: Media) -> None:
        """Delete a file there. Raises `SendError`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much at once and how long; times in seconds."""

    concurrency: int = 4  # files at a time; each is in memory as a whole
    lease: float = 300.0  # after that, others may fetch what this process claimed
    timeout: float = 90.0  # a file that has not come by then is tried again later
    beat: float = 0.2  # at least, between two looks, however often it is woken
    idle: float = 1.0  # between two looks unless woken
    patience: float = 10.0  # to finish what is being fetched when stopping

    def __post_init__(self) -> None:
        if self.lease <= self.timeout:
            raise ValueError("a lease must outlast a download: make `lease` longer than `timeout`")


class Fetcher:
    """Brings in the files of these channels. What a channel says decides; nothing about a person is logged."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        cipher: Cipher,
        clock: Callable[[], datetime],
        bounds: Bounds | None = None,
    ) -> None:
        self._database, self._channels, self._cipher, self._clock = database, channels, cipher, clock
        self._bounds = bounds or Bounds()
        self._awake = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Fetch until `stop` is called, once. Outlives a database or a provider that is away."""
        self._loop = asyncio.get_running_loop()
        wait = 0.0
        try:
            while not self._stopping:
                self._awake.clear()
                wait = await self._look(wait)
                await asyncio.sleep(self._bounds.beat)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), wait)
            await self._finish()
        finally:
            self._loop = None
            for task in self._busy:  # only if this was cancelled: the leases lapse
                task.cancel()

    async def run_once(self, now: datetime) -> Counter[str]:
        """Fetch what is due at `now`. Returns how many were `stored`, are `gone`, `unwanted`, or to `retry`.

        Raises `DatabaseAway`.
        """
        tally: Counter[str] = Counter()
        while True:
            given_up, wanted = await self._claim(self._bounds.concurrency, now)
            tally += Counter({claims.GONE: given_up})
            if not wanted:
                return tally
            tally += Counter(await asyncio.gather(*(self._fetch(each, now) for each in wanted)))

    def wake(self) -> None:
        """Say that something may have come. From any thread; without effect unless running."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._awake.set)

    def stop(self) -> None:
        """Begin to stop: `run` returns once what is being fetched is finished. From any thread."""
        self._stopping = True
        self.wake()

    async def _look(self, wait: float) -> float:
        """Begin with what there is room for. Returns the seconds until the next look."""
        free = self._bounds.concurrency - len(self._busy)
        if not free:
            return self._bounds.idle
        try:
            _, wanted = await self._claim(free, self._clock())
        except Exception as error:  # the edge: the worker outlives whatever the database does
            log.warning("files_wait_for_database", error=type(error).__name__)
            return min(LONGEST_BACK_OFF, max(self._bounds.idle, wait * 2))
        for each in wanted:
            task = asyncio.create_task(self._fetch_apart(each))
            self._busy.add(task)
            task.add_done_callback(self._done)
        return self._bounds.idle

    async def _claim(self, limit: int, due: datetime) -> tuple[int, list[Wanted]]:
        channels = sorted(self._channels)
        lease_until = self._clock() + timedelta(seconds=self._bounds.lease)
        return await self._database.write(
            lambda c: (claims.give_up(c, channels, due), claims.claim(c, channels, due, limit, lease_until))
        )

    def _done(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._awake.set()

    async def _fetch_apart(self, wanted: Wanted) -> None:
        try:
            await self._fetch(wanted, self._clock())
        except Exception as error:  # the edge: the lease lapses, and the file is fetched again
            log.warning("file_not_settled", media=wanted.id, error=type(error).__name__)

    async def _fetch(self, wanted: Wanted, at: datetime) -> str:
        """Bring in one file; returns what became of it. `at`: the moment from which a next try is counted."""
        channel = self._channels[wanted.channel]
        outcome = await self._bring(wanted, channel, at)
        if outcome != claims.RETRY and isinstance(channel, Keeper):
            await self._delete_there(wanted, channel)
        log.info("file_fetched", media=wanted.id, channel=wanted.channel, outcome=outcome)
        return outcome

    async def _bring(self, wanted: Wanted, channel: Channel, at: datetime) -> str:
        try:
            async with asyncio.timeout(self._bounds.timeout):
                content, mime = await self._fetched(wanted, channel)
        except MediaGone:
            return await self._database.write(lambda c: claims.drop(c, wanted))
        except Exception as error:  # the edge: whatever went wrong, the file may come the next time
            log.warning("file_did_not_come", media=wanted.id, error=type(error).__name__)
            after = error.after if isinstance(error, SendError) else None
            return await self._database.write(lambda c: claims.put_back(c, wanted, at, after or 0.0))
        sealed = await asyncio.to_thread(self._cipher.seal, content, CONTENT)
        return await self._database.write(lambda c: claims.keep(c, wanted, sealed, mime, len(content)))

    async def _fetched(self, wanted: Wanted, channel: Channel) -> tuple[bytes, str]:
        """Content and type; `MediaGone` for a type that we do not keep: on Telegram the sender's app names it."""
        content, mime = await channel.fetch(self._opened(wanted), MOST_BYTES)
        if not mime.lower().startswith(READABLE):
            raise MediaGone("type")
        return content, mime

    def _opened(self, wanted: Wanted) -> Media:
        return Media(wanted.kind, self._cipher.open(wanted.source_enc, SOURCE), wanted.mime, wanted.size)

    async def _delete_there(self, wanted: Wanted, channel: Keeper) -> None:
        """We have it, or nobody wants it: the provider need not keep it. Tried once."""
        try:
            async with asyncio.timeout(self._bounds.timeout):
                await channel.delete_media(self._opened(wanted))
        except Exception as error:  # the edge: what we keep is right all the same
            log.warning("file_not_deleted_at_provider", media=wanted.id, error=type(error).__name__)

    async def _finish(self) -> None:
        if self._busy:
            await asyncio.wait(self._busy, timeout=self._bounds.patience)
        for task in self._busy:
            task.cancel()
        if self._busy:
            await asyncio.wait(self._busy)
