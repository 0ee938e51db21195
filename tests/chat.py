"""Speaks with the bot as a person would: the real inbox, the real database, a clock that the test turns."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Select, select

from bot.app import App
from bot.channels.base import Inbound, Media
from bot.inbox.answer import STATE
from bot.inbox.outcome import Outcome
from bot.settings import DATABASE_FILE, Settings
from db import migrate
from db.tables import conversations, identities
from flows.core.reply import Reply
from flows.core.session import Session
from scheduler.due import run_due

PROJECT = Path(__file__).parent.parent
MODELS = PROJECT / "var" / "nlu"  # one model for all tests
START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # a Monday, 10:00 in El Salvador


@dataclass
class Bot:
    """The wired bot of one test, and its clock."""

    app: App
    now: datetime = START
    _ids: Iterator[int] = field(default_factory=count)

    def wait(self, **time: float) -> None:
        """Let time pass: `wait(hours=13)`."""
        self.now += timedelta(**time)

    def chat(self, address: str = "", channel: str = "webchat", phone: str | None = None) -> Chat:
        """Somebody begins to write."""
        number = next(self._ids)
        return Chat(self, address or f"persona-de-prueba-{number:04}", channel, phone)

    def take(self, inbound: Inbound) -> Outcome:
        return asyncio.run(self.app.inbox.receive(inbound))

    def rows(self, query: Select[Any]) -> list[Any]:
        """What is in the database."""
        return self.app.database.read_now(lambda connection: list(connection.execute(query)))

    def due(self) -> dict[str, int]:
        """What the scheduler does at this moment."""
        return run_due(self.app.database, self.now, self.app.due_rules)

    def next_id(self) -> str:
        return f"evento-{next(self._ids)}"


@cache
def _parts() -> App:
    """Places, trades and the NLU, read once for all tests: they do not change."""
    return App(Settings(data_dir=PROJECT / "var", **KEYS))


@cache
def _template() -> bytes:
    """A migrated and filled SQLite file."""
    with TemporaryDirectory() as folder:
        migrate.prepare(f"sqlite:///{folder}/template.db")
        with sqlite3.connect(f"{folder}/template.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return Path(folder, "template.db").read_bytes()


@contextmanager
def bot(folder: Path, database_url: str | None = None, **settings: Any) -> Iterator[Bot]:
    """A wired bot on a database of its own."""
    made = Settings(data_dir=folder, database_url=SecretStr(database_url) if database_url else None, **KEYS, **settings)
    app = App(made, random=Random(7))
    app.__dict__["nlu"] = _parts().nlu
    if not settings:
        app.__dict__["world"] = _parts().world
    if database_url is None:
        folder.mkdir(parents=True, exist_ok=True)
        Path(folder, DATABASE_FILE).write_bytes(_template())
    running = Bot(app)
    app.clock = lambda: running.now
    try:
        yield running
    finally:
        app.database.close()


KEYS: dict[str, Any] = {
    name: SecretStr(letter * 42 + "A")
    for name, letter in (("secret_key", "s"), ("data_key", "d"), ("care_key", "c"), ("hash_key", "h"))
}


@dataclass
class Chat:
    """One person's side of the conversation. `replies` are what the bot answered last."""

    bot: Bot
    address: str
    channel: str
    phone: str | None = None
    replies: list[Reply] = field(default_factory=list)

    def does(self, **what: Any) -> list[str]:
        """One event; returns the keys of the answers."""
        id_ = what.pop("id", None) or self.bot.next_id()
        outcome = self.bot.take(Inbound(self.channel, id_, self.address, phone=self.phone, **what))
        self.replies = [reply for _, reply in outcome.replies]
        return [reply.key for reply in self.replies]

    def says(self, text: str) -> list[str]:
        return self.does(text=text)

    def taps(self, title: str) -> list[str]:
        """Tap the button of this title on the newest message that has buttons."""
        options = next(reply.options for reply in reversed(self.replies) if reply.options)
        matching = [option for option in options if option.title == title]
        assert matching, f"no button «{title}» among {[option.title for option in options]}"
        return self.does(option=matching[0].id)

    def taps_first(self) -> list[str]:
        options = next(reply.options for reply in reversed(self.replies) if reply.options)
        return self.does(option=options[0].id)

    def sends(self, kind: str) -> list[str]:
        return self.does(media=(Media(kind, f"https://example.org/{kind}"),))

    def shares(self, latitude: float, longitude: float) -> list[str]:
        return self.does(location=(latitude, longitude))

    @property
    def text(self) -> str:
        """All that was answered last, as one text."""
        return "\n".join(reply.text for reply in self.replies)

    @property
    def session(self) -> Session:
        """What is stored of the conversation."""
        key = self.bot.app.hasher.of(self.channel, self.address)
        query = select(conversations.c.state_enc).join(identities).where(identities.c.address_hash == key)
        return Session.from_json(self.bot.app.cipher.open(self.bot.rows(query)[0][0], STATE))
