"""Open pages are told what changed: one look serves them all, and only ids and marks travel."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import insert
from starlette.types import Message

from bot.panel.casework.live import Hub, Live
from bot.web.stream import Pace
from db.tables import messages
from tests.panel.casework import Office

FAST = Pace(fastest=0.01, slowest=0.01, heartbeat=0.05, lifetime=30)


@pytest.fixture
def hub(office: Office) -> Hub:
    app = office.house.bot.app
    return Hub(app.database, app.clock, pace=FAST)


@dataclass
class Listener:
    """One open page: what it was sent, as it comes."""

    sent: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.sent.put_nowait(message.get("body", b""))

    async def next(self, kind: str) -> dict[str, object]:
        """The next event of a kind."""
        async with asyncio.timeout(10):
            while True:
                head, _, data = (await self.sent.get()).decode().partition("\ndata: ")
                if head == f"event: {kind}":
                    told: dict[str, object] = json.loads(data)
                    return told


@asynccontextmanager
async def listening(hub: Hub, country: str | None = None, case_id: int | None = None) -> AsyncIterator[Listener]:
    listener = Listener()
    running = asyncio.create_task(Live(hub, country, case_id)({"type": "http"}, listener.receive, listener.send))
    yield listener
    listener.gone.set()
    await running


async def test_a_new_case_is_told_to_every_page_that_may_see_it(office: Office, hub: Hub) -> None:
    async with listening(hub, "SV") as here, listening(hub, "GT") as there, listening(hub) as everywhere:
        quiet = await there.next("lista")
        before = await here.next("lista")
        await everywhere.next("lista")
        office.in_danger()
        office.set(country="SV")
        case = office.case["id"]
        for page in (here, everywhere):
            told = await page.next("lista")
            while told["urgentes"] != [case]:
                told = await page.next("lista")
            assert told["marca"] != before["marca"]
            assert set(told) == {"marca", "urgentes"}
        assert hub.picture.of_list("GT") == quiet
        assert hub.open == 3
    assert hub.open == 0


async def test_a_page_of_a_case_is_told_of_its_messages_and_of_no_other(office: Office, hub: Hub) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    one = office.case
    office.wanted()
    other = office.case
    async with listening(hub, None, one["id"]) as page:
        first = await page.next("caso")
        assert set(first) == {"id", "marca"}
        row = {"created_at": office.house.bot.now, "direction": "in", "author": "person"}
        office.team.write(
            lambda c: c.execute(insert(messages), [row | {"conversation_id": other["conversation_id"]}]).rowcount
        )
        for change in (
            lambda: office.team.write(
                lambda c: c.execute(insert(messages), [row | {"conversation_id": one["conversation_id"]}]).rowcount
            ),
            lambda: office.team.claim(one["id"], ana),
        ):
            change()
            told = await page.next("caso")
            assert told["id"] == one["id"]
            assert told["marca"] != first["marca"]
            first = told
        assert page.sent.empty() or b"caso" not in page.sent.get_nowait()


async def test_many_pages_cost_one_look(office: Office, hub: Hub) -> None:
    async with listening(hub) as first:
        await first.next("lista")
        for _ in range(20):
            hub._pages[None] += 1
        before = hub.looks
        await hub.next()
        await hub.next()
        assert hub.looks - before <= 3
        hub._pages[None] -= 20
    looks = hub.looks
    await asyncio.sleep(0)
    assert hub.looks == looks
    assert hub.open == 0


async def test_a_quiet_page_hears_that_the_line_stands(office: Office, hub: Hub) -> None:
    async with listening(hub) as page:
        async with asyncio.timeout(10):
            while await page.sent.get() != b": \n\n":
                pass


async def test_a_page_ends_after_its_lifetime(office: Office) -> None:
    app = office.house.bot.app
    hub = Hub(app.database, app.clock, pace=Pace(fastest=0.01, lifetime=0.05))
    page = Listener()
    async with asyncio.timeout(10):
        await Live(hub, None, None)({"type": "http"}, page.receive, page.send)
    assert hub.open == 0


async def test_who_opens_the_address_itself_goes_to_the_list(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    async with office.at_work("ana@example.org") as browser:
        answer = await browser.get("/panel/casos/eventos")
        assert answer.headers["location"] == "/panel/casos"
