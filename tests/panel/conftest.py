"""The whole panel on a real database, asked over HTTP; a clock that the test turns; accounts to log in with."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, update
from starlette.applications import Starlette

from bot.panel import accounts
from bot.panel.accounts import Access
from bot.panel.passwords import Passwords
from db.tables import users
from tests.chat import Bot, bot

if TYPE_CHECKING:
    from tests.panel.casework import Office

PUBLIC_URL = "https://arraigo.example"
PASSWORD = "maíz lluvia puente azul"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
KEPT = CHEAP.make(PASSWORD)


@dataclass
class Browser:
    """One browser: it keeps cookies, and sends forms with the token of the page that is open."""

    client: httpx.AsyncClient
    last: httpx.Response = field(default_factory=lambda: httpx.Response(200))

    async def get(self, path: str, *, follow: bool = False) -> httpx.Response:
        """Open a page."""
        self.last = await self.client.get(path, follow_redirects=follow)
        return self.last

    async def post(self, path: str, *, follow: bool = True, **fields: str | list[str]) -> httpx.Response:
        """Send a form, and go where the answer leads."""
        answer = await self.client.post(path, data={"csrf": self.token, **fields}, follow_redirects=False)
        if follow and answer.status_code == 303:
            return await self.get(answer.headers["location"], follow=True)
        self.last = answer
        return answer

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """Through the front door."""
        await self.get("/panel/entrar")
        return await self.post("/panel/entrar", correo=email, clave=password)

    def hidden(self, name: str) -> str:
        """What a hidden field of the open page holds; "" where it has none."""
        found = re.search(rf'name="{name}" (?:value|content)="([^"]*)"', self.last.text)
        return unescape(found[1]) if found else ""

    @property
    def token(self) -> str:
        """The form token of the open page."""
        return self.hidden("csrf")

    @property
    def session(self) -> str:
        """The cookie of the session; "" without one."""
        return self.client.cookies.get("__Host-arraigo") or ""

    @property
    def words(self) -> str:
        """What the open page says, without markup."""
        main = self.last.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@dataclass
class House:
    """The running panel of one test."""

    bot: Bot
    web: Starlette

    @asynccontextmanager
    async def browser(self, address: str = "190.5.1.1") -> AsyncIterator[Browser]:
        """A browser that calls from this network address."""
        transport = httpx.ASGITransport(self.web, raise_app_exceptions=False, client=(address, 4000))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
            yield Browser(client)

    def add(self, role: str, country: str | None = None, email: str = "", *, temporary: bool = False) -> int:
        """An account, `role@example.org` unless named, whose password is `PASSWORD`."""
        address = email or f"{role}@example.org"

        def store(connection: Connection) -> int:
            user_id = accounts.add(connection, address, "", Access(role, country), KEPT, self.bot.now)
            connection.execute(update(users).where(users.c.id == user_id).values(must_change=temporary))
            return user_id

        return self.bot.app.database.write_now(store)


@contextmanager
def house_on(folder: Path, database_url: str | None, public_url: str) -> Iterator[House]:
    """The panel with everything wired; None: on an embedded database."""
    with bot(folder, database_url) as running:
        running.app.settings = running.app.settings.model_copy(update={"public_url": public_url})
        running.app.__dict__["passwords"] = CHEAP
        yield House(running, running.app.web(sender=False, scheduler=False))


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """The panel, once on each database."""
    with house_on(tmp_path, database_url, PUBLIC_URL) as made:
        yield made


@pytest.fixture
def office(house: House) -> Office:
    """A team at work in the panel, once on each database."""
    from tests.panel.casework import Office

    return Office(house)
