"""What the commands share: the wired application, and failures as one line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

import structlog

from bot.settings import Settings, load_or_exit

if TYPE_CHECKING:
    from structlog.typing import Processor

    from bot.app import App


class Failed(Exception):
    """A command cannot do what was asked; the message says why and what to do."""


class BadArgument(Failed):
    """An argument that cannot be read; the message says how to write it."""


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment; a line that cannot be written never stops the work."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # the base sets it once; ours must follow sys.stderr
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:  # the base's name
        with suppress(OSError, ValueError):  # what it would say goes to the same stderr
            super().handleError(record)


def log_to_stderr(settings: Settings) -> None:
    """One line an event, on stderr: ids and counts, never what people wrote."""
    level = getattr(logging, settings.log_level.upper())
    stamped: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[*stamped, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *stamped],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level)
    for chatty in ("httpx", "httpcore", "apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)  # at ERROR it quotes answers; they reach us as exceptions


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
