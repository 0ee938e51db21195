"""An inbox in memory that answers from a script: what the web application is tested against."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.channels.base import Inbound, Status
from bot.inbox.outcome import Outcome
from db.database import DatabaseAway
from flows.core.reply import Reply

if TYPE_CHECKING:
    from bot.channels.telegram import Stopped

Script = Callable[[Inbound], Sequence[Reply]]


def echo(inbound: Inbound) -> Sequence[Reply]:
    """Say back what was said."""
    return [Reply("prueba.eco.texto", inbound.text or inbound.option or str(inbound.location))]


@dataclass(slots=True)
class FakeInbox:
    """Keeps every promise of `bot.web.services.InboxPort`; `away = True` takes the database away."""

    script: Script = echo
    away: bool = False
    events: list[Inbound] = field(default_factory=list)  # committed ones, each once
    statuses: list[Status] = field(default_factory=list)
    stops: list[Stopped] = field(default_factory=list)
    kept: list[tuple[str, int | None, bytes]] = field(default_factory=list)
    said: list[tuple[int, str, Reply]] = field(default_factory=list)  # message id, address, message
    asked: int = 0  # how often a transcript was read
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def receive(self, inbound: Inbound) -> Outcome:
        async with self.lock:
            self.check()
            key = (inbound.channel, inbound.provider_id)
            if before := self.outcomes.get(key):
                return Outcome(before.event_id, True, before.replies)
            self.events.append(inbound)
            replies = tuple((self.tell(inbound.address, reply), reply) for reply in self.script(inbound))
            self.outcomes[key] = Outcome(len(self.events), False, replies)
            return self.outcomes[key]

    async def status(self, status: Status) -> None:
        self.check()
        self.statuses.append(status)

    async def stopped(self, stopped: Stopped) -> None:
        self.check()
        self.stops.append(stopped)

    async def transcript(self, session: str, after: int) -> tuple[tuple[int, Reply], ...]:
        self.check()
        self.asked += 1
        return tuple((n, reply) for n, address, reply in self.said if address == session and n > after)

    async def keep_aside(self, channel: str, update_id: int | None, raw: bytes) -> None:
        self.check()
        self.kept.append((channel, update_id, raw))

    def tell(self, address: str, reply: Reply) -> int:
        """A message to somebody, as a facilitator or a reminder also sends one. Returns its id."""
        self.said.append((10 * (len(self.said) + 1), address, reply))
        return self.said[-1][0]

    def check(self) -> None:
        if self.away:
            raise DatabaseAway("the database is away; nothing was stored, try again")
