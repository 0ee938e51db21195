"""One channel's way out: claims batches, sends each person's messages in order, stores the outcomes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.channels.base import Channel, Outgoing, Retry, SendError
from bot.sender.claims import Claimed, claim
from bot.sender.metrics import Metrics
from bot.sender.pace import BROADCAST_SHARE, CHANNEL_PACES, CHAT_PACES, beat
from bot.sender.results import Judge, Outcome, complete
from db.crypto import Cipher
from db.database import Database, DatabaseAway
from flows.core.reply import Reply

log = logging.getLogger("arraigo.sender")

FLUSH_ROWS, FLUSH_SECONDS = 100, 0.05  # outcomes are stored when so many wait, or the first has so long
LAST_FLUSH = 5.0  # seconds to store what was sent when stopping; else the leases lapse, and it is sent again
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.1, 10.0  # seconds between attempts to reach a database that is away


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much at once and how long; times in seconds."""

    concurrency: int = 200  # messages of a channel that one process sends at a time
    lease: float = 60.0  # after that, others may send what this process claimed
    timeout: float = 20.0  # a provider that has not answered by then is asked again later
    idle: float = 0.5  # between two looks at a quiet outbox
    patience: float = 10.0  # to finish what is being sent when stopping

    def __post_init__(self) -> None:
        if self.lease <= self.timeout:
            raise ValueError("a lease must outlast a provider's answer: make `lease` longer than `timeout`")


@dataclass(frozen=True, slots=True)
class Tools:
    """What all lanes of a sender share."""

    database: Database
    cipher: Cipher
    clock: Callable[[], datetime]
    random: Random
    judge: Judge
    worker: str
    metrics: Metrics
    sleep: Callable[[float], Awaitable[object]]
    bounds: Bounds


class Lane:
    """Runs until it is stopped; `drain` sends what is due at one moment instead, and returns."""

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel, self.tools = channel, tools
        self.stopping = False  # set it, and `wake`: no more is claimed, and no more begun
        self._finished = False
        self._awake = asyncio.Event()
        self._noted, self._enough = asyncio.Event(), asyncio.Event()  # outcomes to store; a batch of them
        self._groups: set[asyncio.Task[None]] = set()
        self._outcomes: list[Outcome] = []
        self._in_flight = 0
        self._crowded = False  # broadcasts were held back by `concurrency`
        self._closures = 0  # how often the channel was closed; who was claimed before goes back
        self._untold = 0  # closures that the database does not know of yet
        self._gauge = tools.metrics.in_flight.labels(channel.name)

    def wake(self) -> None:
        """Something may be due: look now."""
        self._awake.set()

    async def run(self) -> None:
        """Claim and send until stopped; then finish what is being sent. If cancelled, the leases lapse."""
        flusher = asyncio.create_task(self._flush_always())
        try:
            await self._claim_always()
            await self._finish_groups()
            self._finished = True
            self._noted.set()
            self._enough.set()
            await asyncio.wait([flusher], timeout=LAST_FLUSH)
        finally:
            for task in (flusher, *self._groups):
                task.cancel()

    async def drain(self, due: datetime) -> Counter[str]:
        """Send everything that is due then, within the channel's rate. Returns what `complete` counts."""
        total: Counter[str] = Counter()
        pace = CHANNEL_PACES.get(self.channel.name)
        rate = pace.messages / pace.seconds if pace else self.channel.rate
        most = max(1, min(self.tools.bounds.concurrency, int(rate)))
        while rows := await self._claim(most, due):
            self._in_flight += len(rows)
            closures = self._closures
            await asyncio.gather(*(self._deliver(group, closures) for group in _by_person(rows)))
            while self._outcomes:
                total += await self._flush(due)
            if len(rows) == most:
                await self.tools.sleep(most / rate)
        return total

    async def _claim_always(self) -> None:
        wait = 0.0
        while not self.stopping:
            self._awake.clear()
            free = self.tools.bounds.concurrency - self._in_flight
            try:
                closures = self._closures
                rows = await self._claim(free) if free and not self._untold else []
            except Exception as error:  # the edge: the sender outlives whatever the database does
                wait = _back_off(error, wait)
            else:
                self._start(rows, closures)
                wait = self._until_next(len(rows), free, wait)
            await _at_most(wait, self._awake)

    def _until_next(self, claimed: int, free: int, wait: float) -> float:
        """Seconds: at once after a full batch, a beat after a part of one, then longer and longer."""
        if claimed:
            return 0.0 if claimed == free else min(self.tools.bounds.idle, beat(self.channel.rate))
        return min(self.tools.bounds.idle, max(wait * 2, beat(self.channel.rate)))

    async def _claim(self, limit: int, due: datetime | None = None) -> list[Claimed]:
        tools, name = self.tools, self.channel.name
        now, lease = tools.clock(), timedelta(seconds=tools.bounds.lease)
        if due is not None:
            return await tools.database.write(
                lambda connection: claim(connection, name, now, limit, tools.worker, None, lease, due=due)
            )
        reserve = int(tools.bounds.concurrency * (1 - BROADCAST_SHARE))
        return await tools.database.write(
            lambda connection: claim(
                connection,
                name,
                now,
                limit,
                tools.worker,
                self.channel.rate,
                lease,
                reserve=reserve,
                chat_pace=CHAT_PACES.get(name),
                channel_pace=CHANNEL_PACES.get(name),
            )
        )

    def _start(self, rows: Sequence[Claimed], closures: int) -> None:
        self._in_flight += len(rows)
        self._gauge.set(self._in_flight)
        self._crowded = self._in_flight >= int(self.tools.bounds.concurrency * BROADCAST_SHARE)
        for group in _by_person(rows):
            task = asyncio.create_task(self._deliver(group, closures))
            self._groups.add(task)
            task.add_done_callback(self._groups.discard)

    async def _deliver(self, group: Sequence[Claimed], closures: int) -> None:
        """Send one person's messages in order. One that must be tried again holds back those behind it."""
        behind = list(group)
        try:
            while behind and self._may_send(behind[0], closures):
                outcome = await self._send(behind[0])
                del behind[0]
                self._note(outcome)
                if not outcome.final:
                    break
        finally:
            for row in behind:
                self._note(Outcome(row))

    def _may_send(self, row: Claimed, closures: int) -> bool:
        left = (row.lease_until - self.tools.clock()).total_seconds()
        return not self.stopping and closures == self._closures and left >= self.tools.bounds.timeout

    async def _send(self, row: Claimed) -> Outcome:
        try:
            message = self._open(row)
            async with asyncio.timeout(self.tools.bounds.timeout):
                return Outcome(row, provider_id=await self.channel.send(message))
        except SendError as error:
            return Outcome(row, error=error)
        except Exception as error:  # the edge: nothing that a channel does may stop the others
            log.warning("outbox %d: %s; it is tried again", row.id, type(error).__name__)
            return Outcome(row, error=Retry(type(error).__name__))

    def _open(self, row: Claimed) -> Outgoing:
        cipher = self.tools.cipher
        reply = Reply.from_json(json.loads(cipher.open(row.body_enc, "message")))
        return Outgoing(cipher.open(row.address_enc, "address"), reply, row.window_open, str(row.id))

    def _note(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._set_signals()
        self._in_flight -= 1
        if outcome.final and outcome.provider_id is None and outcome.row.identity_id is None:
            log.error(
                "outbox %d: an alert to staff (or a farewell) will never arrive: %r", outcome.row.id, outcome.error
            )
        if outcome.closes_channel:
            self._closures += 1
            self._untold += 1
            log.warning("%s takes nothing now: %r", self.channel.name, outcome.error)
        if self._crowded and self._in_flight <= self.tools.bounds.concurrency // 2:
            self._crowded = False
            self.wake()

    async def _flush_always(self) -> None:
        wait = 0.0
        while self._outcomes or not self._finished:
            await self._noted.wait()
            await _at_most(FLUSH_SECONDS, self._enough)
            try:
                await self._flush()
                wait = 0.0
            except Exception as error:  # the edge: what was sent is stored sooner or later
                wait = _back_off(error, wait)
                await asyncio.sleep(wait)

    async def _flush(self, due: datetime | None = None) -> Counter[str]:
        """Store the oldest outcomes. They are forgotten only when that is committed."""
        batch = self._outcomes[:FLUSH_ROWS]
        tally = await self._store(batch, due) if batch else Counter[str]()
        del self._outcomes[: len(batch)]
        self._untold -= sum(outcome.closes_channel for outcome in batch)
        self._set_signals()
        self._gauge.set(self._in_flight)
        self.tools.metrics.count(self.channel.name, tally)
        self.wake()  # what is finished may have made way for the same person's next message
        return tally

    async def _store(self, batch: Sequence[Outcome], due: datetime | None) -> Counter[str]:
        tools, name, now = self.tools, self.channel.name, self.tools.clock()
        try:
            return await tools.database.write(
                lambda connection: complete(connection, name, batch, now, tools.random, tools.judge, due=due)
            )
        except DatabaseAway:
            raise
        except Exception as error:  # the edge: one outcome that cannot be stored must not hold up the others
            if len(batch) > 1:
                return sum([await self._store([outcome], due) for outcome in batch], Counter[str]())
            log.error("outbox %d: %s when storing its outcome", batch[0].row.id, type(error).__name__)  # noqa: TRY400
            return Counter()

    def _set_signals(self) -> None:
        for event, needed in ((self._noted, 1), (self._enough, FLUSH_ROWS)):
            if len(self._outcomes) >= needed or self._finished:
                event.set()
            else:
                event.clear()

    async def _finish_groups(self) -> None:
        if self._groups:
            await asyncio.wait(self._groups, timeout=self.tools.bounds.patience)
        for task in self._groups:
            task.cancel()
        if self._groups:
            await asyncio.wait(self._groups)


def _by_person(rows: Sequence[Claimed]) -> list[list[Claimed]]:
    groups: dict[tuple[bool, int], list[Claimed]] = {}
    for row in rows:
        to_staff = row.identity_id is None
        groups.setdefault((to_staff, row.id if row.identity_id is None else row.identity_id), []).append(row)
    return list(groups.values())


def _back_off(error: Exception, wait: float) -> float:
    wait = min(LONGEST_BACK_OFF, max(FIRST_BACK_OFF, wait * 2))
    log.warning("the sender could not use the database (%s); again in %.1f s", type(error).__name__, wait)
    return wait


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
