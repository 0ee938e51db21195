"""What time does to a case that somebody has: a facilitator who vanishes, a window that closes, an answer refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import func, select

from db.tables import outbox
from tests.fakes.twilio import Fault
from tests.whole.product import CHROMIUM, Product, a_browser, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
ANA, BETO = 9001, 9002  # their numbers on Telegram


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product in a process of its own, under a clock that the test moves; Ana and Beto are always on shift."""
    async with running(tmp_path_factory.mktemp("served"), module_url, ahead=0.0) as made:
        for name, number in (("Ana", ANA), ("Beto", BETO)):
            made.shift(made.staff(name, telegram=number))
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with a_browser() as browser:
        yield browser


async def test_who_claimed_vanishes(product: Product) -> None:
    """Ana takes a case, the person writes to her, and Ana is gone. When her time is over the case is in the list
    again and alerted anew, the person is told, once and honestly, the bot speaks again, and Beto takes over.
    """
    person, case = await product.wants()
    await product.shows(case["code"])
    await product.taps(ANA, f"caso:{case['id']}:tomar")
    await product.says(person, "¿Hay alguien?")
    await product.until(lambda: product.case_of(person)["unseen"], "a message for Ana")
    silent = len(product.heard(person))
    product.wait(minutes=14)
    assert product.case_of(person)["state"] == "claimed"
    product.wait(minutes=2)
    told = await product.hears(person, "tuvo que salir")
    assert case["code"] in told
    assert len(product.heard(person)) == silent + 1  # until then nobody else spoke
    await product.shows("volvió a la lista")
    assert product.case_of(person)["state"] == "open"
    assert product.history(case["id"]).count("lapsed") == 1
    await product.says(person, "menú")
    await product.until(lambda: len(product.heard(person)) > silent + 1, "the bot")
    thread = product.thread_of(case["code"])
    assert "es suyo" in await product.taps(BETO, f"caso:{case['id']}:tomar")
    await product.writes(BETO, "Disculpe la espera, soy Beto.", thread)
    await product.hears(person, "soy Beto")
    assert sum("tuvo que salir" in text for text in product.heard(person)) == 1
    await close(product, BETO, thread, person)


@needs_chromium
async def test_the_window_closes_in_the_middle_of_a_conversation(product: Product, chromium: Browser) -> None:
    """Ana has answered, and writes her next answer while WhatsApp's 24 hours end: it is not queued, her words stay on
    the page, which says why and offers a call. In Telegram she is told the same. When the person writes, the page
    lets her write again by itself.
    """
    person, case = await product.wants(agrees=True)
    thread = await taken(product, case)
    await product.writes(ANA, "Buenos días, soy Ana.", thread)
    await product.hears(person, "soy Ana")
    product.wait(hours=23, minutes=50)
    page = await product.panel(chromium, "Ana", f"/panel/casos/{case['id']}")
    await page.get_by_label("Su respuesta").fill("¿Pudo ir ayer?")
    product.wait(minutes=15)
    queued, sent = rows_for(product, case), len(product.heard(person))
    await page.get_by_role("button", name="Enviar").click()
    writing = page.locator("#p-redactar")
    await expect(writing).to_contain_text("WhatsApp no deja escribir ahora")
    await expect(writing.get_by_role("button", name="Enviar")).to_have_count(0)
    await expect(writing.locator("textarea")).to_have_value("¿Pudo ir ayer?")
    await expect(page.get_by_role("button", name="Ver el número")).to_be_visible()
    await product.writes(ANA, "¿Pudo ir ayer?", thread)
    await product.shows("pasaron 24 horas")
    assert rows_for(product, case) == queued
    assert len(product.heard(person)) == sent
    await product.says(person, "Ya volví, perdón")
    await expect(page.locator("#p-hilo .person").last).to_contain_text("Ya volví", timeout=60_000)
    await send(page, "Qué bueno que volvió.")
    await product.hears(person, "Qué bueno que volvió")
    await close(product, ANA, thread, person)


@needs_chromium
@pytest.mark.parametrize("late", [False, True], ids=["at_once", "by_status"])
async def test_the_provider_says_that_the_window_is_closed(product: Product, chromium: Browser, late: bool) -> None:
    """Ana's answer leaves while we think that the window is open; WhatsApp refuses it (63016), at once or by a status
    callback. The page says that it did not leave, Ana is told, the person counts as unanswered, and the page does
    not let her write what would fail again.
    """
    person, case = await product.wants()
    thread = await taken(product, case)
    page = await product.panel(chromium, "Ana", f"/panel/casos/{case['id']}")
    await expect(page.get_by_label("Su respuesta")).to_be_visible()
    if not late:
        product.twilio.fail(Fault(code=63016))
    await send(page, "Buenos días, soy Ana.")
    if late:
        await product.hears(person, "soy Ana")
        answer = next(message for message in product.twilio.messages if message.to == person and "Ana" in message.body)
        await product.status(answer, "failed", 63016)
    await expect(page.locator("#p-hilo .staff").last).to_contain_text("No salió", timeout=60_000)
    product.wait(minutes=2)  # what did not leave is looked for each minute
    await product.shows("no salió", ANA)
    unanswered = await product.until(lambda: product.case_of(person)["waiting_since"], "an unanswered person")
    assert unanswered is not None
    assert "answer_failed" in product.history(case["id"])
    await expect(page.locator("#p-redactar")).to_contain_text("WhatsApp no deja escribir ahora", timeout=60_000)
    await product.says(person, "hola, ¿me leen?")
    await send(page, "Sí, aquí estoy.")
    await product.hears(person, "aquí estoy")
    await close(product, ANA, thread, person)


async def taken(product: Product, case: Any) -> int:
    """Ana has a case; its topic."""
    await product.shows(case["code"])
    assert "es suyo" in await product.taps(ANA, f"caso:{case['id']}:tomar")
    return product.thread_of(case["code"])


async def send(page: Page, text: str) -> None:
    """Write an answer on the page, once it lets one."""
    await page.get_by_label("Su respuesta").fill(text)
    await page.get_by_role("button", name="Enviar").click()
    await expect(page.locator("#p-hilo .staff").last).to_contain_text(text, timeout=60_000)


async def close(product: Product, user: int, thread: int, person: str) -> None:
    """Nothing of this test wakes in the next one."""
    await product.writes(user, "/cerrar", thread)
    await product.until(lambda: product.case_of(person)["state"] == "closed", "the end of the case")
    product.wait(minutes=2)  # the group takes messages again


def rows_for(product: Product, case: Any) -> int:
    """How many messages were ever queued for the person of a case."""
    mine = select(func.count().label("many")).where(outbox.c.conversation_id == case["conversation_id"])
    return int(product.rows(mine.where(outbox.c.channel == "whatsapp"))[0]["many"])
