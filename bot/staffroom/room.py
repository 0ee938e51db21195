"""`StaffRoom`: takes in what the staff do in their chat, one transaction an update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.cases.desk import Desk
from bot.staffroom import acts, topics
from db.database import Database, DatabaseAway
from scheduler.due import Rule

if TYPE_CHECKING:
    from bot.channels.telegram import StaffUpdate

log = structlog.get_logger()


class StaffRoom:
    """Implements `bot.web.services.StaffPort`. `on_queued` is called after each commit."""

    def __init__(
        self, database: Database, desk: Desk, clock: Callable[[], datetime], on_queued: Callable[[], None]
    ) -> None:
        self._database, self._desk, self._clock, self._on_queued = database, desk, clock, on_queued

    async def take(self, update: StaffUpdate) -> str:
        """Do what the update says; returns what who tapped is shown. Raises `DatabaseAway` and nothing else."""
        try:
            said = await self._database.write(lambda c: acts.act(c, self._desk, update, self._clock()))
        except DatabaseAway:
            raise
        except Exception as error:  # the edge: Telegram would repeat for ever what cannot be done
            log.error("staff_update_failed", update=update.update_id, error=type(error).__name__)  # noqa: TRY400 - may quote words
            said = await self._database.write(lambda c: acts.fail(c, self._desk, update, self._clock()))
        self._on_queued()
        return said


def rules(desk: Desk) -> Mapping[str, Rule]:
    """What the clock does with the topics."""
    if not (desk.telegram and desk.staff_chat):
        return {}
    return {
        "follow_cases_in_topics": partial(topics.follow, desk=desk),
        "forget_topics": partial(topics.forget, desk=desk),
    }
