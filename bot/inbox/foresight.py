"""Asks an engine elsewhere about a message before its transaction begins, and only where that can tell something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.channels.base import Inbound
from bot.inbox import answer
from bot.inbox.deps import Deps
from db.database import Database
from nlu.text import normalise
from nlu.understanding import Remote


class Foresight:
    """For one event loop. What one person writes is answered in its order, though one question may take longer."""

    def __init__(self, database: Database, deps: Deps, remote: Remote) -> None:
        self._database, self._deps, self._remote = database, deps, remote
        self._order: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def about(self, inbound: Inbound) -> AsyncIterator[Deps]:
        """What the transaction needs, with an engine that has heard the message. Raises `DatabaseAway`."""
        lock = self._order.setdefault((inbound.channel, inbound.address), asyncio.Lock())
        async with lock:
            yield await self._heard(inbound)

    async def _heard(self, inbound: Inbound) -> Deps:
        text = answer.read_text(inbound)
        if not text or normalise(text) in self._deps.commands:
            return self._deps
        if await self._database.read(lambda connection: answer.is_known(connection, inbound)):
            return self._deps
        return replace(self._deps, heard=await self._remote.foresee(text, self._deps.clock()))
