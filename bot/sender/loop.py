"""The sender: one lane for each channel, woken by whoever put something into the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from random import Random

from bot.channels.base import Channel
from bot.sender.lag import lag
from bot.sender.lane import Bounds, Lane, Tools
from bot.sender.metrics import Metrics
from bot.sender.rates import halted
from bot.sender.results import Judge
from db.crypto import Cipher
from db.database import Database

log = logging.getLogger("arraigo.sender")

WATCH_EVERY = 10.0  # seconds between two looks at the lag


class Sender:
    """Sends what the outbox holds, beside as many others on the same database as you like.

    `judge`: what the codes of failed statuses mean. `worker`: a name that no other process has or had.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        cipher: Cipher,
        clock: Callable[[], datetime],
        random: Random,
        *,
        judge: Judge,
        worker: str,
        metrics: Metrics | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        bounds: Bounds | None = None,
    ) -> None:
        self._tools = Tools(
            database, cipher, clock, random, judge, worker, metrics or Metrics(), sleep, bounds or Bounds()
        )
        self._channels = channels
        self._lanes = [Lane(channel, self._tools) for channel in channels.values()]
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Send until `stop` is called, once. Outlives a database or a provider that is away."""
        self._loop = asyncio.get_running_loop()
        watch = asyncio.create_task(self._watch())
        try:
            await asyncio.gather(*(lane.run() for lane in self._lanes))
        finally:
            self._loop = None
            watch.cancel()

    async def run_once(self, now: datetime) -> Counter[str]:
        """Send what is due at `now`. Returns how many: `sent`, `retry`, `released`, or a cause of failure.

        `now` decides what is due or expired and which windows are open; leases and pauses go by the clock.
        Every channel keeps its rate. Raises `DatabaseAway`.
        """
        lanes = [Lane(channel, self._tools) for channel in self._channels.values()]
        return sum(await asyncio.gather(*(lane.drain(now) for lane in lanes)), Counter[str]())

    def wake(self) -> None:
        """Say that something may be due now. From any thread; without effect unless running."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake_lanes)

    def stop(self) -> None:
        """Begin to stop: `run` returns once what is being sent is finished. From any thread."""
        for lane in self._lanes:
            lane.stopping = True
        self.wake()

    def _wake_lanes(self) -> None:
        for lane in self._lanes:
            lane.wake()

    async def _watch(self) -> None:
        while True:
            try:
                await self.measure()
            except Exception as error:  # the edge: figures may be missing, sending goes on
                log.warning("the sender's lag could not be measured: %s", type(error).__name__)
            await asyncio.sleep(WATCH_EVERY)

    async def measure(self) -> None:
        """Put the lag and the halted channels into the metrics. Raises `DatabaseAway`."""
        tools, names, now = self._tools, list(self._channels), self._tools.clock()
        lags, waiting = await tools.database.read(
            lambda connection: ({name: lag(connection, name, now) for name in names}, halted(connection))
        )
        for name in names:
            tools.metrics.halted.labels(name).set(name in waiting)
            for priority, seconds in lags[name].items():
                tools.metrics.lag.labels(name, str(priority)).set(seconds)
