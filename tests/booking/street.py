"""People with appointments and the whole bot: what is said to them unasked, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from bot.booking import book as booking
from bot.booking.appointments import Appointment
from bot.booking.reminding import rules as unasked
from db.tables import contacts, conversations, identities, messages, outbox, provider_templates, reminders
from flows.core.reply import Reply
from scheduler.due import run_due
from tests.booking.conftest import Town
from tests.chat import Bot, Chat

ZONE = ZoneInfo("America/El_Salvador")


class Left(NamedTuple):
    """One message that was handed over, or written for who fetches it."""

    at: datetime
    reply: Reply
    state: str | None
    code: str | None
    until: datetime | None
    priority: int | None


@dataclass
class Street:
    """One bot, one centre, and people."""

    bot: Bot
    town: Town = field(init=False)
    centre: int = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.town = Town(self.bot.app.database)
        self.centre = self.town.centre("SS", timezone="America/El_Salvador")

    @property
    def now(self) -> datetime:
        return self.bot.now

    def person(self, channel: str = "whatsapp", prefix: str = "+503700") -> Chat:
        """Somebody who was welcomed."""
        self.number += 1
        phone = f"{prefix}{self.number:05}"
        address = {"whatsapp": f"whatsapp:{phone}", "telegram": f"{self.number}"}.get(channel, "")
        chat = self.bot.chat(address, channel, phone if channel == "whatsapp" else None)
        chat.says("hola")
        chat.taps("Sí, de acuerdo")
        chat.says("34")
        chat.says("Guazapa")
        return chat

    def id_of(self, chat: Chat) -> int:
        key = self.bot.app.hasher.of(chat.channel, chat.address)
        return int(self.bot.rows(select(identities.c.contact_id).where(identities.c.address_hash == key))[0][0])

    def set(self, chat: Chat, **columns: Any) -> None:
        self.write(update(contacts).where(contacts.c.id == self.id_of(chat)).values(**columns))

    def write(self, statement: Any) -> None:
        self.town.do(lambda connection: connection.execute(statement).rowcount)

    def appointment(self, chat: Chat, starts_at: datetime) -> Appointment:
        slot = self.town.slot(self.centre, starts_at)
        return self.town.do(booking.book, self.id_of(chat), slot, diagnosis_id=None, channel=chat.channel, now=self.now)

    def approve(self, *names: str) -> None:
        """WhatsApp has approved these templates; all of them, if none is named."""
        forms = self.bot.app.templates
        rows = [
            {"account_hash": self.bot.app.twilio_account, "name": form.name, "language": "es", "state": "approved"}
            | {"content_hash": form.hash, "content_sid": f"HX{number:032x}", "created_at": self.now}
            for number, form in enumerate(forms.values())
            if not names or form.name in names
        ]
        self.write(insert(provider_templates).values(rows))

    def look(self) -> dict[str, int]:
        """What the clock says unasked at this moment."""
        return run_due(self.bot.app.database, self.now, unasked(self.bot.app.deps, self.bot.app.templates))

    def until(self, moment: datetime, every: timedelta = timedelta(hours=1)) -> None:
        """Time passes, and the scheduler looks."""
        while self.bot.now < moment:
            self.bot.now = min(moment, self.bot.now + every)
            self.look()

    def left(self, chat: Chat) -> list[Left]:
        """What was said to somebody unasked, in order."""
        query = (
            select(messages.c.created_at, messages.c.body_enc, outbox.c.state, outbox.c.error_code)
            .add_columns(outbox.c.expires_at, outbox.c.priority)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .outerjoin(outbox, outbox.c.message_id == messages.c.id)
            .where(conversations.c.contact_id == self.id_of(chat), messages.c.event_id.is_(None))
            .where(messages.c.direction == "out")
            .order_by(messages.c.id)
        )
        open_ = self.bot.app.cipher.open
        return [
            Left(row[0], Reply.from_json(json.loads(open_(row[1], "message"))), *row[2:])
            for row in self.bot.rows(query)
        ]

    def told(self, chat: Chat) -> list[tuple[str, str]]:
        """When, at the centre, and by which template."""
        return [
            (f"{one.at.astimezone(ZONE):%d %H:%M}", one.reply.template.name if one.reply.template else "")
            for one in self.left(chat)
        ]

    def states(self, appointment: Appointment) -> dict[str, tuple[str, str | None]]:
        """State and cause by kind of reminder."""
        mine = select(reminders).where(reminders.c.appointment_id == appointment.id)
        return {row.kind: (row.state, row.cause) for row in self.bot.rows(mine)}

    def fail(self, chat: Chat, code: str) -> None:
        """The provider says that the newest message did not arrive."""
        newest = select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1).scalar_subquery()
        self.write(update(outbox).where(outbox.c.id == newest).values(state="failed", error_code=code))


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = ZONE) -> datetime:
    """A moment of November 2026, by the clock on the wall."""
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)
