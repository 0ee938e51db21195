"""A night in which nobody of the team is on shift, and the morning after, on the running product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from sqlalchemy import select

from db.tables import case_events, handoffs
from tests.whole.product import CHROMIUM, CRISIS, GROUP, Product, a_browser, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOME = ZoneInfo("America/El_Salvador")
ANA, CARMEN, DELIA, EVA = 9001, 9002, 9003, 9004


def until_hour(hour: int, now: datetime) -> timedelta:
    """How long until it is that hour in El Salvador."""
    local = now.astimezone(HOME)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (at if at > local else at + timedelta(days=1)) - local


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """It is 23:00. Ana's shift begins at 8:00; Carmen and Delia coordinate; Eva administers."""
    night = until_hour(23, datetime.now(UTC)).total_seconds()
    async with running(tmp_path_factory.mktemp("served"), module_url, ahead=night) as made:
        made.shift(made.staff("Ana", telegram=ANA), "08:00", "17:00")
        made.staff("Carmen", "coordinator", telegram=CARMEN)
        made.staff("Delia", "coordinator", telegram=DELIA)
        made.staff("Eva", "admin", telegram=EVA)
        yield made


async def test_a_night_with_nobody_on_shift(product: Product) -> None:
    """At 23:00 somebody is in danger, and somebody else wants to talk. The coordinators are alerted at once of the
    first, then everybody, again and again until somebody says a word; the person gets numbers that answer at night
    and is told that nobody is there, and until when. Who wants to talk gets no promise, and nobody is woken. At 8:00
    both cases are in front of Ana, the urgent one first, and nothing was lost.
    """
    wishing, wish = await product.wants()
    assert "No le puedo decir cuándo le responden" in await product.hears(wishing, wish["code"])
    person, case = await product.wants(CRISIS)
    await product.hears(person, "911")
    urgent = await product.hears(person, case["code"])
    for words in ("Ahora no hay nadie de turno", "a las 8:00", "si hay peligro, llame ya"):
        assert words in urgent
    for chat in (GROUP, CARMEN, DELIA):
        await product.shows(case["code"], chat)
    assert count(product, ANA, case["code"]) == 0

    for minutes, chats in ((5, (GROUP, CARMEN)), (5, (GROUP, CARMEN)), (6, (GROUP, ANA, CARMEN, DELIA, EVA))):
        before = {chat: count(product, chat, case["code"]) for chat in chats}
        product.wait(minutes=minutes)
        for chat in chats:
            await more(product, chat, case["code"], before[chat])
    levels = levels_of(product, case["id"])
    assert levels == sorted(levels)
    assert levels[-1] >= 3
    assert count(product, CARMEN, wish["code"]) == 0  # a plain wish wakes nobody
    while until_hour(8, product.now) > timedelta(minutes=40):
        known = count(product, GROUP, case["code"])
        product.wait(minutes=31)
        await more(product, GROUP, case["code"], known)
    product.wait(seconds=until_hour(8, product.now).total_seconds() + 5)
    for code in (case["code"], wish["code"]):
        await product.shows(code, ANA)
    await in_order(product, [case["id"], wish["id"]])


async def in_order(product: Product, cases: list[int]) -> None:
    """Ana opens the inbox in the morning: these cases are all there is, in this order."""
    if not CHROMIUM.exists():
        return
    async with a_browser() as browser:
        assert await shown(product, browser) == [f"caso-{case}" for case in cases]
    rows = product.rows(select(handoffs.c.state).where(handoffs.c.id.in_(cases)))
    assert {row["state"] for row in rows} == {"open"}


async def shown(product: Product, browser: Browser) -> list[str]:
    page = await product.panel(browser, "Ana")
    links = await page.locator(".cases .case a").all()
    return [await link.get_attribute("id") or "" for link in links]


def levels_of(product: Product, case_id: int) -> list[int]:
    """The level of each alert of a case, in order: how far up it had gone."""
    query = select(case_events.c.level).where(case_events.c.handoff_id == case_id, case_events.c.kind == "alerted")
    return [row["level"] for row in product.rows(query.order_by(case_events.c.id))]


async def more(product: Product, chat: int, code: str, known: int) -> None:
    """Wait until a chat has more than that many messages that name a case."""
    await product.until(lambda: count(product, chat, code) > known, f"one more about {code} in {chat}")


def count(product: Product, chat: int, code: str) -> int:
    """How many messages in a chat name a case."""
    return sum(code in message["text"] for message in product.telegram.to(chat))
