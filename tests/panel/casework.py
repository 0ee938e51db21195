"""A team at work in the panel: their accounts, their browsers, and the people who want them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import RowMapping, select, update

from bot.inbox.outgoing import opened
from db.tables import audit_log, handoffs, messages, users
from tests.cases.team import CRISIS, WISH, Team
from tests.chat import Chat
from tests.panel.conftest import Browser, House

T = TypeVar("T")


@dataclass
class Office:
    """One house, with people who write and staff who answer."""

    house: House

    @property
    def team(self) -> Team:
        return Team(self.house.bot)

    def staff(self, role: str, country: str | None = None, email: str = "", name: str = "") -> int:
        """An account with a name; the first part of the address unless given."""
        address = email or f"{role}@example.org"
        user = self.house.add(role, country, address)
        called = name or address.partition("@")[0].capitalize()
        self.team.write(lambda c: c.execute(update(users).where(users.c.id == user).values(name=called)).rowcount)
        return user

    @asynccontextmanager
    async def at_work(self, email: str) -> AsyncIterator[Browser]:
        """A browser in which somebody has logged in."""
        async with self.house.browser(f"190.5.1.{sum(email.encode()) % 250}") as browser:
            await browser.log_in(email)
            yield browser

    def wanted(self, text: str = WISH, channel: str = "webchat") -> Chat:
        """Somebody new asks for a person."""
        chat = self.house.bot.chat(channel=channel)
        if channel == "whatsapp":
            number = f"+5037{self.house.bot.next_id()[7:]:0>7}"
            chat = self.house.bot.chat(f"whatsapp:{number}", channel, number)
        self.apart(lambda: (chat.says("hola"), chat.taps("Sí, de acuerdo"), chat.says(text)))
        return chat

    def says(self, chat: Chat, text: str) -> list[str]:
        """A person writes."""
        return self.apart(lambda: chat.says(text))

    @staticmethod
    def apart(talk: Callable[[], T]) -> T:
        """On a thread of its own: a chat begins an event loop, and the test has one already."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(talk).result()

    def in_danger(self, channel: str = "webchat") -> Chat:
        """Somebody new writes of a danger."""
        return self.wanted(CRISIS, channel)

    def cases(self) -> list[RowMapping]:
        return self.team.cases()

    @property
    def case(self) -> RowMapping:
        """The newest one."""
        return self.cases()[-1]

    def set(self, **columns: Any) -> None:
        """Columns of the newest case."""
        newest = update(handoffs).where(handoffs.c.id == self.case["id"])
        self.team.write(lambda c: c.execute(newest.values(**columns)).rowcount)

    def claim(self, user: int, *, by_force: bool = False) -> None:
        """Somebody takes the newest case, elsewhere."""
        if by_force:
            self.set(state="open", claimed_by=None)
        self.team.claim(self.case["id"], user)

    def in_hours(self, hours: float) -> datetime:
        return self.house.bot.now + timedelta(hours=hours)

    def heard(self) -> list[str]:
        """Everything that staff said to anybody."""
        rows = self.house.bot.rows(select(messages.c.body_enc).where(messages.c.author == "staff"))
        return [opened(row[0], self.house.bot.app.cipher).text for row in rows]

    def log(self, *actions: str) -> list[tuple[str, int | None]]:
        """Action and case of the log's lines, in order; of these actions alone, if any."""
        rows = self.house.bot.rows(select(audit_log.c.action, audit_log.c.entity_id).order_by(audit_log.c.id))
        return [(row.action, row.entity_id) for row in rows if not actions or row.action in actions]
