"""A team for tests: users with shifts, the alerts that they got, and what they do with cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update

from bot.cases import reading, work
from bot.cases.alerts import CHAT
from bot.cases.desk import Desk
from bot.cases.opening import Wanted, open_case
from bot.inbox.outgoing import opened
from db.tables import (
    case_events,
    contacts,
    conversations,
    handoffs,
    identities,
    messages,
    outbox,
    shifts,
    users,
)
from tests.chat import Bot, Chat

CRISIS, WISH = "me quiero matar", "quiero hablar con una persona"
WEEK = range(7)


@dataclass
class Team:
    """The staff of one bot. Users are numbered from 1."""

    bot: Bot
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def desk(self) -> Desk:
        return self.bot.app.desk

    @property
    def now(self) -> datetime:
        return self.bot.now

    def write(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        return self.bot.app.database.write_now(lambda c: work(c, *args, **kwargs))

    def user(self, role: str = "facilitator", telegram: bool = True, **columns: Any) -> int:
        number = next(self._numbers)
        row = {"created_at": self.now, "email": f"u{number}@example.org", "name": f"U{number}", "role": role}
        row |= {"telegram_id": str(9000 + number) if telegram else None, "languages": ["es"], **columns}
        return int(self.write(lambda c: c.scalars(insert(users).values(row).returning(users.c.id)).one()))

    def shift(
        self, user: int | None, days: Any = WEEK, starts: str = "08:00", ends: str = "17:00", **more: Any
    ) -> None:
        row = {"created_at": self.now, "user_id": user, "starts": starts, "ends": ends, "role": "facilitator"}
        row |= {"zone": "America/El_Salvador", **more}
        self.write(lambda c: c.execute(insert(shifts), [row | {"weekday": day} for day in days]).rowcount)

    def person(self, channel: str = "whatsapp") -> Chat:
        number = f"+5037{next(self._numbers):07}"
        return self.bot.chat(f"whatsapp:{number}" if channel == "whatsapp" else "", channel, number)

    def wanted(self, text: str = WISH, channel: str = "whatsapp") -> tuple[Chat, RowMapping]:
        """Somebody new asks for a person."""
        chat = self.person(channel)
        chat.says("hola")
        chat.taps("Sí, de acuerdo")
        chat.says(text)
        return chat, self.cases()[-1]

    def opened(self, reason: str = "person", channel: str = "whatsapp", **more: Any) -> int:
        """A case of somebody new, without the conversation that leads to it; returns its id."""
        number, app = next(self._numbers), self.bot.app

        def make(connection: Connection) -> int:
            def add(table: Table, **columns: Any) -> int:
                made = insert(table).values(created_at=self.now, **columns).returning(table.c.id)
                return int(connection.scalars(made).one())

            contact = add(contacts, code=f"P{number}", channel_first=channel, consent_kept=True, consent_asked=True)
            key, address = app.hasher.of(channel, str(number)), app.cipher.seal(str(number), "address")
            identity = add(identities, contact_id=contact, channel=channel, address_hash=key, address_enc=address)
            here = add(conversations, contact_id=contact, identity_id=identity, last_inbound_at=self.now)
            asked: dict[str, Any] = {"topic": "", "country": "SV", "department": None, "language": "es"}
            open_case(connection, self.desk, Wanted(contact, here, reason, **(asked | more)), self.now)
            return int(connection.scalars(select(handoffs.c.id).where(handoffs.c.contact_id == contact)).one())

        return int(self.write(make))

    def cases(self) -> list[RowMapping]:
        return self.bot.app.database.read_now(
            lambda c: list(c.execute(select(handoffs).order_by(handoffs.c.id)).mappings())
        )

    def case(self, case_id: int) -> RowMapping:
        return next(row for row in self.cases() if row["id"] == case_id)

    def claim(self, case_id: int, user: int) -> None:
        self.write(work.claim, case_id, user, self.now)

    def set(self, case_id: int, **columns: Any) -> None:
        self.write(lambda c: c.execute(update(handoffs).where(handoffs.c.id == case_id).values(**columns)).rowcount)

    def queue(self) -> list[reading.Case]:
        return self.bot.app.database.read_now(lambda c: reading.queue(c, self.now))

    def due(self) -> dict[str, int]:
        return self.bot.due()

    def wait(self, **time: float) -> None:
        """Time passes, and the scheduler looks."""
        self.bot.wait(**time)
        self.due()

    def alerted(self, case_id: int) -> list[int | None]:
        """To whom the alerts of a case went, in order; None is the chat."""
        return [who for kind, who in self.events(case_id) if kind == "alerted"]

    def events(self, case_id: int) -> list[tuple[str, int | None]]:
        query = select(case_events.c.kind, case_events.c.user_id).where(case_events.c.handoff_id == case_id)
        return [(row.kind, row.user_id) for row in self.bot.rows(query.order_by(case_events.c.id))]

    def texts(self) -> list[str]:
        """Every alert, in order."""
        query = select(messages.c.body_enc).join(outbox, outbox.c.message_id == messages.c.id)
        rows = self.bot.rows(query.where(outbox.c.identity_id.is_(None)).order_by(outbox.c.id))
        return [opened(row[0], self.bot.app.cipher).text for row in rows]

    def said(self, chat: Chat) -> list[str]:
        """Keys of what left for a person without their asking: answers, and words about the case."""
        query = select(messages.c.key).where(messages.c.event_id.is_(None), messages.c.conversation_id.is_not(None))
        return [row[0] for row in self.bot.rows(query.order_by(messages.c.id))]

    def arrive(self, state: str = "sent", code: str | None = None, to: int | None = -1) -> int:
        """What waits for staff is taken by Telegram, or fails; `to` one recipient alone."""
        theirs = select(case_events.c.outbox_id).where(case_events.c.kind == "alerted")
        if to != -1:
            theirs = theirs.where(case_events.c.user_id.is_(None) if to is CHAT else case_events.c.user_id == to)
        waiting = update(outbox).where(outbox.c.state == "pending", outbox.c.id.in_(theirs))
        return int(self.write(lambda c: c.execute(waiting.values(state=state, error_code=code)).rowcount))
