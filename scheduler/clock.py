"""What wakes the scheduler: one APScheduler job in memory. What is due is rows, so a missed wake-up loses nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from db.database import Database, DatabaseAway
from scheduler.due import Rule, run_due
from scheduler.retention import RULES

EVERY: Final = 60.0  # seconds

log = structlog.get_logger()


class Clock:
    """Looks for what is due, each minute, on a thread of its own; never twice at the same time."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        every: float = EVERY,
        *,
        rules: Mapping[str, Rule] = RULES,
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        """`every`: seconds between two looks. `on_done` is called after a look that did something."""
        self._database, self._now, self._every = database, now, every
        self._rules, self._on_done = rules, on_done
        self._scheduler = BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        """Begin; the first look is at once."""
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=self._every,
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Finish what is under way."""
        self._scheduler.shutdown(wait=True)

    def _tick(self) -> None:
        try:
            done = run_due(self._database, self._now(), self._rules)
        except DatabaseAway:
            log.warning("scheduler_waits_for_database")
        except Exception as error:  # the edge: the next look comes whatever this one met
            log.error("due_failed", errors=_named(error))  # noqa: TRY400 - a traceback may quote what is in a row
        else:
            if any(done.values()):
                log.info("due_done", **{name: count for name, count in done.items() if count})
                self._on_done()


def _named(error: Exception) -> str:
    """What failed and where, without messages: a database quotes the row that it refuses."""
    if isinstance(error, ExceptionGroup):
        return ", ".join(_named(each) for each in error.exceptions if isinstance(each, Exception))
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} at {where}"
