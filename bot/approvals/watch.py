"""Looks now and then what became of the templates, as long as messages are sent from here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from bot.approvals.reviews import Reviews
from bot.channels.base import SendError
from db.away import DatabaseAway

EVERY: Final = 300.0  # seconds between two looks at the rows; Twilio is asked when it is time: see `Reviews`

log = structlog.get_logger()


class Watch:
    """Runs beside the sender. Safe on several machines: what one has asked, the others need not."""

    def __init__(self, reviews: Reviews, clock: Callable[[], datetime]) -> None:
        self._reviews, self._clock = reviews, clock
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`."""
        while not self._stopped.is_set():
            try:
                await self.look(self._clock())
            except Exception:  # the edge: messages go on, whatever this met
                log.exception("templates_failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), EVERY)
        await self._reviews.close()

    async def look(self, now: datetime) -> int:
        """Ask where it is time to; how many templates changed. What is away is asked the next time."""
        try:
            return await self._reviews.refresh_if_due(now)
        except SendError as error:
            log.warning("templates_not_asked", cause=type(error).__name__, code=error.code)
        except DatabaseAway:
            log.warning("templates_wait_for_database")
        return 0

    def stop(self) -> None:
        self._stopped.set()
