"""Runs the conversations of `crisis/*.toml` through the real bot: inbox, database, clock and due rules as in service.

The engine is that of the rules, so that a model trained anew changes no transcript; where a conversation says that
the model alone has a doubt (`duda`), the engine raises that doubt for its first message.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import SecretStr
from sqlalchemy import Connection, insert, select

from bot.cases import checkin
from bot.channels.base import Media
from db.tables import contacts, conversations, handoffs, identities, messages, users
from flows.core.reply import Reply
from flows.core.session import Session
from nlu.understanding import Alarm, Engine, Understanding
from scheduler.due import run_due
from tests.chat import Bot, Chat, bot
from tests.walk.states import STRANGER, State, restore

FOLDER: Final = Path(__file__).parent / "crisis"
WELCOMED: Final = {"age_band": "25_34", "consent_asked": True, "consent_kept": True}
PREFIXES: Final = {"SV": "+503700", "GT": "+502500", "HN": "+504900"}
HOURS: Final[Mapping[str, datetime]] = {
    "oficina": datetime(2026, 11, 24, 16, 0, tzinfo=UTC),  # a Tuesday, 10:00 in El Salvador
    "noche": datetime(2026, 11, 25, 4, 30, tzinfo=UTC),  # Tuesday, 22:30
    "madrugada": datetime(2026, 11, 25, 8, 15, tzinfo=UTC),  # Wednesday, 2:15
    "fin de semana": datetime(2026, 11, 29, 17, 0, tzinfo=UTC),  # Sunday, 11:00
    "feriado": datetime(2026, 12, 25, 16, 0, tzinfo=UTC),  # Christmas, a Friday, 10:00
    "sin equipo": datetime(2026, 11, 24, 16, 0, tzinfo=UTC),  # nobody to alert
}
STAFFED: Final[Mapping[str, Any]] = {
    "telegram_token": SecretStr("1:x"),
    "telegram_staff_chat": "-100777",
    "staff_hours": "mon-fri 08:00-17:00",
}
_PASSES: Final = re.compile(r"\(pasan (\d+) (minutos|horas)\)")
_CODE: Final = re.compile(r"\b[A-HJ-NP-Z2-9]{3}-[A-HJ-NP-Z2-9]{3}\b")
_SENT: Final[Mapping[str, dict[str, Any]]] = {
    "(nota de voz)": {"media": (Media("voice", "https://example.org/voice"),)},
    "(foto)": {"media": (Media("image", "https://example.org/image"),)},
    "(ubicación)": {"location": (14.64, -90.51)},
}


@dataclass(frozen=True)
class Talk:
    """One conversation as it is written down. `before` leads to where it begins and is not shown."""

    number: int
    who: str
    country: str
    hour: str
    channel: str
    lines: tuple[str, ...]
    before: tuple[str, ...] = ()
    phone: str = ""
    language: str = "es"
    doubt: Literal["self_harm", "report_violence", ""] = ""
    age_band: str = WELCOMED["age_band"]  # type: ignore[assignment]  # a dict of mixed values
    stranger: bool = False


@dataclass(frozen=True)
class Chapter:
    """One file: conversations of one kind."""

    name: str
    title: str
    kind: str
    note: str
    talks: tuple[Talk, ...]


@dataclass(frozen=True)
class Line:
    """What the person did, and what was answered. `done` "" where time passed and the bot wrote by itself."""

    done: str
    replies: tuple[Reply, ...]
    passed: str = ""


@dataclass(frozen=True)
class Transcript:
    """A conversation that was run. `cases`: (category, priority) as stored."""

    talk: Talk
    lines: tuple[Line, ...]
    cases: tuple[tuple[str, int], ...]

    @property
    def said(self) -> list[Reply]:
        return [reply for line in self.lines for reply in line.replies]


def chapters(folder: Path = FOLDER) -> list[Chapter]:
    """All of them, in the order of their files, each conversation with its number."""
    found: list[Chapter] = []
    number = 0
    for path in sorted(folder.glob("*.toml")):
        body = tomllib.loads(path.read_text("utf-8"))
        talks = []
        for row in body["charla"]:
            number += 1
            talks.append(_talk(number, row))
        found.append(Chapter(path.stem, body["titulo"], body["tipo"], body.get("nota", ""), tuple(talks)))
    return found


def _talk(number: int, row: Mapping[str, Any]) -> Talk:
    names = {"quien": "who", "pais": "country", "hora": "hour", "canal": "channel", "telefono": "phone"}
    names |= {"idioma": "language", "duda": "doubt", "edad": "age_band", "nuevo": "stranger"}
    given = {names[key]: value for key, value in row.items() if key in names}
    return Talk(number, lines=tuple(row["dice"]), before=tuple(row.get("antes", ())), **given)


@dataclass
class Doubting:
    """The engine of the rules, and a doubt of the model's about one message."""

    rules: Engine
    about: str = ""
    kind: Literal["self_harm", "report_violence", ""] = ""

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        read = self.rules.parse(text, country=country, now=now)
        if not self.kind or text != self.about or read.alarm:
            return read
        sub = "thoughts" if self.kind == "self_harm" else ""
        return replace(read, alarm=Alarm(self.kind, sub, False, "model"))


@dataclass
class Stage:
    """A bot with a team (or none), on which conversations are run one after the other."""

    running: Bot
    _phones: Iterator[int] = field(default_factory=lambda: iter(range(1000, 9999)))

    @cached_property
    def engine(self) -> Doubting:
        made = Doubting(self.running.app.rules)
        self.running.app.__dict__["nlu"] = made
        return made

    def play(self, talk: Talk) -> Transcript:
        self.running.now = HOURS[talk.hour]
        self.engine.kind, self.engine.about = talk.doubt, talk.lines[0]
        chat = self._comes(talk)
        for done in talk.before:
            self._does(chat, done)
        lines = tuple(self._line(chat, done) for done in talk.lines)
        return Transcript(talk, lines, self._cases(chat))

    def _comes(self, talk: Talk) -> Chat:
        channel = {"web": "webchat"}.get(talk.channel, talk.channel)
        phone = talk.phone or (f"{PREFIXES.get(talk.country, '+5037000')}{next(self._phones)}"[:12])
        if channel != "whatsapp" or (not talk.phone and not talk.country):
            phone = ""
        address = f"whatsapp:{phone}" if phone else f"persona-de-papel-{talk.number:04}"
        person = STRANGER if talk.stranger else STRANGER | WELCOMED | {"age_band": talk.age_band}
        state = State(Session(), person | ({"country": talk.country} if talk.country else {}))
        return restore(self.running, state, address=address, channel=channel, phone=phone or None)

    def _line(self, chat: Chat, done: str) -> Line:
        passes = _PASSES.fullmatch(done)
        if passes is None:
            return Line(done, tuple(map(_settled, self._does(chat, done))))
        before = self._last_message()
        self.running.wait(**{{"minutos": "minutes", "horas": "hours"}[passes[2]]: int(passes[1])})
        run_due(self.running.app.database, self.running.now, checkin.rules(self.running.app.deps))
        replies = self._written_since(chat, before)
        if replies:
            chat.replies = replies
        return Line("", tuple(map(_settled, replies)), done.strip("()"))

    def _does(self, chat: Chat, done: str) -> list[Reply]:
        self.running.wait(seconds=40)
        if done in _SENT:
            chat.does(**_SENT[done])
        elif done.startswith("["):
            chat.taps(_title(chat, done[1:-1]))
        else:
            chat.says(done)
        return chat.replies

    def _last_message(self) -> int:
        rows = self.running.rows(select(messages.c.id).order_by(messages.c.id.desc()).limit(1))
        return int(rows[0][0]) if rows else 0

    def _written_since(self, chat: Chat, before: int) -> list[Reply]:
        """What the bot wrote to this person by itself."""
        from bot.inbox.outgoing import opened

        key = self.running.app.hasher.of(chat.channel, chat.address)
        query = (
            select(messages.c.body_enc)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .join(identities, identities.c.id == conversations.c.identity_id)
            .where(identities.c.address_hash == key, messages.c.id > before, messages.c.direction == "out")
            .order_by(messages.c.id)
        )
        return [opened(row[0], self.running.app.cipher) for row in self.running.rows(query)]

    def _cases(self, chat: Chat) -> tuple[tuple[str, int], ...]:
        key = self.running.app.hasher.of(chat.channel, chat.address)
        query = (
            select(handoffs.c.reason, handoffs.c.priority)
            .join(contacts, contacts.c.id == handoffs.c.contact_id)
            .join(identities, identities.c.contact_id == contacts.c.id)
            .where(identities.c.address_hash == key)
            .order_by(handoffs.c.id)
        )
        return tuple((row.reason, row.priority) for row in self.running.rows(query))


def _title(chat: Chat, title: str) -> str:
    """The button's whole title: for English readers it holds the Spanish one, or says it below."""
    options = next(reply.options for reply in reversed(chat.replies) if reply.options)
    return next((option.title for option in options if option.title.startswith(title)), title)


def _settled(reply: Reply) -> Reply:
    """With a case's code that is the same in each run."""
    return replace(reply, text=_CODE.sub("ABC-234", reply.text))


def _hire(connection: Connection) -> None:
    """A facilitator in each country; the holidays are those of the content."""
    at = {"created_at": HOURS["oficina"] - timedelta(days=30)}
    for country in PREFIXES:
        person = {"email": f"{country.lower()}@example.org", "role": "facilitator", "country": country}
        connection.execute(insert(users).values(at | person | {"name": country, "password_hash": "-"}))


def play_all(folder: Path, found: list[Chapter]) -> list[tuple[Chapter, list[Transcript]]]:
    """Every conversation, on a bot with a team or, where it says so, on one without; `folder` for their databases."""
    with bot(folder / "team", **STAFFED) as team, bot(folder / "alone") as alone:
        team.app.database.write_now(_hire)
        staffed, bare = Stage(team), Stage(alone)
        return [
            (chapter, [(bare if talk.hour == "sin equipo" else staffed).play(talk) for talk in chapter.talks])
            for chapter in found
        ]
