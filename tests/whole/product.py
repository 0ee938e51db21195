"""The running product from outside: its process, its providers, its people, its staff in Telegram and in browsers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect
from sqlalchemy import Connection, RowMapping, insert, select, update

from bot.panel import accounts
from bot.panel.accounts import Access
from db import migrate
from db.crypto import Hasher
from db.database import Database
from db.tables import case_events, conversations, handoffs, identities, shifts, users
from tests.chat import KEYS
from tests.crash.server import Server
from tests.fakes.telegram import TOKEN, FakeTelegram, Json
from tests.fakes.twilio import Sent, TwilioFake
from tests.panel.conftest import KEPT, PASSWORD
from tests.whole.clocked import AHEAD

GROUP: Final = -1001234567890
SECRET: Final = "un-secreto-de-prueba"
CHROMIUM: Final = Path("/usr/bin/chromium")
PATIENCE: Final = 60.0  # seconds; a busy machine
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
WISH, CRISIS = "quiero hablar con una persona", "me quiero matar"
T = TypeVar("T")


class Telegram(FakeTelegram):
    """Notes when each message came, in seconds of this machine."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self.came: list[float] = []  # beside `messages`

    def _send(self, params: Json, shown: Json) -> Json:
        sent = super()._send(params, shown)
        self.came.append(time.monotonic())
        return sent


class Process(Server):
    """The product as a process; `ahead`: under a clock that a test can move."""

    def __init__(self, folder: Path, url: str, twilio: TwilioFake, telegram: FakeTelegram, ahead: Path | None) -> None:
        settings = {
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api_url": telegram.url,
            "telegram_staff_chat": str(GROUP),
        }
        super().__init__(folder, url, twilio.url, **settings)
        self._settings["public_url"] = self.url
        if ahead is not None:
            self.program = "tests.whole.clocked"
            self._settings[AHEAD.removeprefix("ARRAIGO_")] = str(ahead)


class Product:
    """Everything that a test needs to be a stranger before the door: it sees what people and staff see."""

    def __init__(self, process: Process, database: Database, twilio: TwilioFake, telegram: Telegram) -> None:
        self.process, self.database, self.twilio, self.telegram = process, database, twilio, telegram
        self.hasher = Hasher(KEYS["hash_key"].get_secret_value())
        self._numbers = count(1)
        self._pages: list[Page] = []

    # --- time ------------------------------------------------------------------------------------------------

    @property
    def _ahead(self) -> Path:
        return self.process._folder / "ahead"

    @property
    def now(self) -> datetime:
        """The product's clock."""
        return datetime.now(UTC) + timedelta(seconds=seconds_in(self._ahead))

    def wait(self, **more: float) -> None:
        """Time passes: `wait(minutes=16)`. The scheduler looks by itself."""
        ahead = seconds_in(self._ahead) + timedelta(**more).total_seconds()
        beside = self._ahead.with_suffix(".new")
        beside.write_text(str(ahead))
        beside.replace(self._ahead)  # never half written

    async def until(self, holds: Callable[[], T], what: str = "") -> T:
        """Wait until something is so, and return it; a test that never sees it fails."""
        deadline = time.monotonic() + PATIENCE
        while not (found := holds()):
            assert time.monotonic() < deadline, f"never came: {what}\n{self.process.log.read_text()[-3000:]}"
            await asyncio.sleep(0.05)  # a fact of another process: nothing tells us
        return found

    # --- people ----------------------------------------------------------------------------------------------

    def person(self) -> str:
        """The WhatsApp address of somebody new."""
        return f"whatsapp:+5037{next(self._numbers):07}"

    async def says(self, person: str, text: str, session: aiohttp.ClientSession | None = None) -> float:
        """A signed webhook of Twilio's, answered with 200; returns when that was, on this machine's clock."""
        return await self._webhook("/webhooks/twilio", self.twilio.form(person, text), session)

    async def status(self, message: Sent, state: str, error: int | None = None) -> None:
        """Twilio tells what became of a message."""
        await self._webhook("/webhooks/twilio/status", self.twilio.status(message, state, error))

    async def _webhook(self, path: str, form: dict[str, str], session: aiohttp.ClientSession | None = None) -> float:
        url = self.process.url + path
        if session is None:
            status, _ = await self.twilio.post(url, form)
        else:
            body, headers = self.twilio.signed(url, form)
            async with session.post(url, data=body, headers=headers) as answer:
                status = answer.status
        assert status == 200
        return time.monotonic()

    def heard(self, person: str) -> list[str]:
        """Everything that reached a person."""
        return [message.body for message in self.twilio.messages if message.to == person]

    async def hears(self, person: str, words: str) -> str:
        """Wait for a message to a person with these words; returns it."""
        return await self.until(
            lambda: next((text for text in reversed(self.heard(person)) if words in text), ""), f"«{words}»"
        )

    async def wants(self, text: str = WISH, *, agrees: bool = False) -> tuple[str, RowMapping]:
        """Somebody new asks for a person: who, and the case. `agrees`: that what they say is kept, beyond a day."""
        person = self.person()
        if agrees:
            await self.says(person, "hola")
            await self.hears(person, "¿Está de acuerdo?")
            asked = next(message for message in reversed(self.twilio.messages) if message.to == person)
            await self._webhook("/webhooks/twilio", self.twilio.tap(asked, 1))
        await self.says(person, text)
        await self.until(lambda: self.case_of(person), "a case")
        return person, self.case_of(person)

    # --- facts -----------------------------------------------------------------------------------------------

    def rows(self, query: Any) -> list[RowMapping]:
        """What is in the database."""
        return self.database.read_now(lambda c: list(c.execute(query).mappings()))

    def case_of(self, person: str) -> Any:
        """The newest case of a person; None before there is one."""
        mine = select(handoffs).join(conversations, conversations.c.id == handoffs.c.conversation_id)
        key = self.hasher.of(person.partition(":")[0], person)
        rows = self.rows(mine.join(identities).where(identities.c.address_hash == key).order_by(handoffs.c.id.desc()))
        return rows[0] if rows else None

    def history(self, case_id: int) -> list[str]:
        """What happened to a case, in order."""
        query = select(case_events.c.kind).where(case_events.c.handoff_id == case_id).order_by(case_events.c.id)
        return [row["kind"] for row in self.rows(query)]

    # --- staff -----------------------------------------------------------------------------------------------

    def staff(self, name: str, role: str = "facilitator", country: str | None = None, *, telegram: int = 0) -> int:
        """An account, `name@example.org`, with a Telegram of its own where a number is given."""

        def store(connection: Connection) -> int:
            address = f"{name.lower()}@example.org"
            user = accounts.add(connection, address, name, Access(role, country), KEPT, self.now)
            values = {"must_change": False, "telegram_id": str(telegram) if telegram else None}
            connection.execute(update(users).where(users.c.id == user).values(**values))
            return user

        if telegram:
            self.telegram.person(telegram)
        return self.database.write_now(store)

    def shift(self, user: int, starts: str = "00:00", ends: str = "24:00") -> None:
        """Every day, in El Salvador."""
        row = {"created_at": self.now, "user_id": user, "starts": starts, "ends": ends, "role": "facilitator"}
        days = [row | {"zone": "America/El_Salvador", "weekday": day} for day in range(7)]
        self.database.write_now(lambda c: c.execute(insert(shifts), days).rowcount)

    def group(self, words: str = "") -> list[Json]:
        """What the staff's group shows, with these words."""
        return [message for message in self.telegram.to(GROUP) if words in message["text"]]

    async def shows(self, words: str, chat: int = GROUP) -> Json:
        """Wait for a message in the staff's group with these words; returns it."""
        return await self.until(
            lambda: next((m for m in reversed(self.telegram.to(chat)) if words in m["text"]), {}), f"«{words}»"
        )

    async def taps(self, user: int, data: str) -> str:
        """One of the staff taps a button in the group; what they are shown."""
        before = len(self.telegram.shown)
        assert await self.telegram.deliver(self.telegram.tapped_in(GROUP, user, data)) == 200
        await self.until(lambda: len(self.telegram.shown) > before, "an answer to a tap")
        return self.telegram.shown[-1]

    async def writes(self, user: int, text: str, thread: int) -> None:
        """One of the staff writes in a topic of the group."""
        assert await self.telegram.deliver(self.telegram.written_in(GROUP, user, text, thread)) == 200

    def thread_of(self, code: str) -> int:
        """The topic of a case: the one in which its alert stands."""
        return int(self.group(code)[0]["message_thread_id"])

    # --- browsers --------------------------------------------------------------------------------------------

    async def panel(
        self, chromium: Browser, name: str, path: str = "/panel/casos", screen: ViewportSize = DESK
    ) -> Page:
        """A browser in which one of the staff has logged in."""
        context = await chromium.new_context(base_url=self.process.url, viewport=screen, locale="es-SV")
        context.set_default_timeout(PATIENCE * 1000)
        page = await context.new_page()
        await page.goto("/panel/entrar")
        await page.get_by_label("Correo").fill(f"{name.lower()}@example.org")
        await page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Entrar").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Buen")
        await page.goto(path)
        return page


def seconds_in(file: Path) -> float:
    """What a file of seconds says; 0 where there is none."""
    return float(file.read_text()) if file.exists() else 0.0


@asynccontextmanager
async def running(folder: Path, url: str, *, ahead: float | None = None) -> AsyncIterator[Product]:
    """The product in a process of its own, between a Twilio and a Telegram. `ahead`: by so many seconds."""
    migrate.prepare(url)
    file = folder / "ahead"
    if ahead is not None:
        file.write_text(str(ahead))
    async with TwilioFake() as twilio, Telegram(lambda: time.time() + seconds_in(file)) as telegram:
        telegram.group(GROUP, forum=True)
        process = Process(folder, url, twilio, telegram, file if ahead is not None else None)
        telegram.webhook = {"url": f"{process.url}/webhooks/telegram", "secret_token": SECRET}
        database = Database(url)
        async with process:
            yield Product(process, database, twilio, telegram)
            assert twilio.violations == []
            await process.stop()
        database.close()


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as player:
        chromium = await player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        await chromium.close()


async def at_once(*what: Awaitable[Any]) -> list[Any]:
    """Begin all in the same instant; what each came to."""
    return list(await asyncio.gather(*what))
