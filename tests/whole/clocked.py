"""`arraigo serve` under a clock that runs ahead of the machine's by as much as a file says; for tests of days."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bot.app import App, utc_now
from bot.cli.common import log_to_stderr
from bot.settings import load_or_exit
from scheduler.clock import EVERY, Clock

AHEAD = "ARRAIGO_TEST_AHEAD"  # the file that holds the seconds
LOOK = 0.1  # seconds between two looks at whether a minute of that clock is over


def now() -> datetime:
    """What time it is there."""
    return utc_now() + timedelta(seconds=float(Path(os.environ[AHEAD]).read_text()))


class MinuteClock(Clock):
    """Does what is due once a minute of the clock that it is given, not of the machine's."""

    _last: datetime | None = None

    def _tick(self) -> None:
        if self._last is None or self._now() - self._last >= timedelta(seconds=EVERY):
            self._last = self._now()
            super()._tick()


class Clocked(App):
    """The whole product; only its clock is another one."""

    def due_clock(self) -> Clock:
        return MinuteClock(self.database, self.clock, LOOK, rules=self.due_rules, on_done=self.wake)


def worker() -> Starlette:
    """As `bot.cli.serve.worker`."""
    settings = load_or_exit()
    log_to_stderr(settings)
    return Clocked(settings, clock=now).web()


if __name__ == "__main__":  # «serve --port N»
    port = int(sys.argv[sys.argv.index("--port") + 1])
    uvicorn.run("tests.whole.clocked:worker", factory=True, port=port, access_log=False, log_level="warning")
