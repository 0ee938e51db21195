"""500 people want a person within a minute, ten of them in danger: nobody is unseen, and danger goes before all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio
from sqlalchemy import select

from db.tables import case_events, handoffs, outbox
from tests.whole.flood import ANA, CRISES, PEOPLE, delay, flood
from tests.whole.product import CHROMIUM, GROUP, Product, a_browser, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
BETO = 9002


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product in a process of its own, under a clock that the test moves; Ana is on shift."""
    async with running(tmp_path_factory.mktemp("served"), module_url, ahead=0.0) as made:
        made.shift(made.staff("Ana", telegram=ANA))
        yield made


async def test_five_hundred_in_a_minute(product: Product, capsys: pytest.CaptureFixture[str]) -> None:
    """Every case is there once and in the inbox, by priority and then by age; the group gets no more than 20 messages
    in any minute; the alert of a crisis is sent before every ordinary one that waited when it was created; and
    within two minutes each of the 500 was alerted.
    """
    product.wait(seconds=57)  # the scheduler looks in the middle of the flood, and puts its lists into the queue
    made = await flood(product)
    rows = product.rows(select(handoffs.c.id, handoffs.c.contact_id, handoffs.c.code, handoffs.c.priority))
    assert len(rows) == len({row["contact_id"] for row in rows}) == PEOPLE == len(set(made.people))
    assert sum(row["priority"] == 1 for row in rows) == CRISES

    delays = [await delay(product, cry) for cry in made.cries]
    to_ana = [await delay(product, cry, ANA) for cry in made.cries]
    with capsys.disabled():
        print(f"\ncrisis alerts in a flood of {PEOPLE / made.seconds * 60:.0f} a minute: ", end="")
        print(f"group {max(delays):.2f} s at most, Ana {max(to_ana):.2f} s at most")
    assert any(cry.waiting for cry in made.cries)  # else the next line says nothing
    for cry in made.cries:
        alert = order(product, product.case_of(cry.person)["code"])
        assert all(alert < place for place in places(product, cry.waiting))

    for _ in range(2):
        product.wait(minutes=1)
    await product.until(lambda: unalerted(product) == 0, "an alert of each")
    for _ in range(3):
        await product.until(lambda: settled(product), "room in the group")
        product.wait(seconds=61)
    await product.until(lambda: not left(product), "an empty queue")
    shown = "\n".join(message["text"] for message in product.telegram.to(GROUP))
    assert [row["code"] for row in rows if row["code"] not in shown] == []
    tried = [call for call in product.telegram.calls if call.method == "sendMessage"]
    assert len(tried) == len(product.telegram.messages)  # no 429: never more than Telegram takes
    await inbox(product)


async def inbox(product: Product) -> None:
    """Ana turns the pages of the inbox: each case is there once, the most urgent and then the oldest first."""
    if not CHROMIUM.exists():
        return
    seen: list[int] = []
    async with a_browser() as browser:
        page = await product.panel(browser, "Ana")
        while True:
            links = await page.locator(".cases .case a").evaluate_all("all => all.map(one => one.id)")
            seen += [int(link.removeprefix("caso-")) for link in links]
            more = page.get_by_role("link", name="Ver más")
            if not await more.count():
                break
            await page.goto(await more.get_attribute("href") or "")
    query = select(handoffs.c.id, handoffs.c.priority, handoffs.c.created_at).order_by(
        handoffs.c.priority, handoffs.c.due_at, handoffs.c.id
    )
    rows = product.rows(query)
    assert seen == [row["id"] for row in rows]
    assert all((a["priority"], a["created_at"]) <= (b["priority"], b["created_at"]) for a, b in pairwise(rows))


def order(product: Product, code: str) -> int:
    """Which message of the group's is the first with this code."""
    return next(number for number, message in enumerate(product.telegram.to(GROUP)) if code in message["text"])


def places(product: Product, waiting: list[str]) -> list[int]:
    """Which messages of the group's the outbox rows became; those that have not left are behind all."""
    sent = {str(message["message_id"]): number for number, message in enumerate(product.telegram.to(GROUP))}
    query = select(outbox.c.provider_id).where(outbox.c.id.in_([int(row) for row in waiting]))
    return [sent.get(str(row["provider_id"]), len(sent)) for row in product.rows(query)]


def unalerted(product: Product) -> int:
    """How many cases nobody was told of."""
    told = select(case_events.c.handoff_id).where(case_events.c.kind == "alerted")
    return len(product.rows(select(handoffs.c.id).where(handoffs.c.id.not_in(told))))


def left(product: Product) -> int:
    """How many messages to the group have not left."""
    mine = select(outbox.c.id).where(outbox.c.channel == "telegram_staff")
    return len(product.rows(mine.where(outbox.c.state.in_(("pending", "sending")))))


def settled(product: Product) -> bool:
    """Whether the group has had what it may have in this minute, or nothing is left."""
    under_way = select(outbox.c.id).where(outbox.c.channel == "telegram_staff", outbox.c.state == "sending")
    return not product.rows(under_way)
