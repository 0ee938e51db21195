"""What the commands share: the wired application, and failures as one line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from bot.settings import Settings, load_or_exit

if TYPE_CHECKING:
    from bot.app import App


class Failed(Exception):
    """A command cannot do what was asked; the message says why and what to do."""


class BadArgument(Failed):
    """An argument that cannot be read; the message says how to write it."""


def log_to_stderr(settings: Settings) -> None:
    """One line an event, on stderr: ids and counts, never what people wrote."""
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpcore", "apscheduler", "telegram", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def wired() -> Iterator[App]:
    """The application with the environment's settings; closed afterwards."""
    from bot.app import App

    settings = load_or_exit()
    log_to_stderr(settings)
    app = App(settings)
    try:
        yield app
    finally:
        if "database" in app.__dict__:
            app.database.close()
