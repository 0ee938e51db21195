"""From a person's WhatsApp to a facilitator and back, on the running product: in Telegram and in real browsers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.whole.product import CHROMIUM, GROUP, WISH, Product, a_browser, at_once, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
ANA, BETO = 9001, 9002  # their numbers on Telegram


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """`arraigo serve` in a process of its own; Ana and Beto are on shift."""
    async with running(tmp_path_factory.mktemp("served"), module_url) as made:
        for name, number in (("Ana", ANA), ("Beto", BETO)):
            made.shift(made.staff(name, telegram=number))
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with a_browser() as browser:
        yield browser


async def test_in_telegram_from_a_wish_to_an_answer_and_back(product: Product) -> None:
    """Somebody asks for a person on WhatsApp. The staff's group gets an alert with a topic of its own and buttons;
    Ana takes the case by the button and answers in the topic; the person gets it by Twilio; what the person says
    next appears in the topic; Ana closes the case there.
    """
    person, case = await product.wants()
    await product.hears(person, case["code"])
    alert = await product.shows(case["code"])
    thread = product.thread_of(case["code"])
    assert product.telegram.group(GROUP).topics[thread] == "open"
    assert [button["text"] for button in alert["reply_markup"]["inline_keyboard"][0]] == ["Tomar", "Ya voy"]
    assert WISH not in alert["text"]
    assert person.partition("+")[2] not in alert["text"]

    assert "es suyo" in await product.taps(ANA, f"caso:{case['id']}:tomar")
    await product.writes(ANA, "Buenos días, soy Ana. ¿En qué le ayudo?", thread)
    await product.hears(person, "soy Ana")
    await product.says(person, "Quiero saber del curso de panadería")
    told = await product.shows("curso de panadería")
    assert int(told["message_thread_id"]) == thread
    await product.writes(ANA, "/cerrar", thread)
    await product.until(lambda: product.case_of(person)["state"] == "closed", "the end of the case")
    assert product.case_of(person)["outcome"] == "attended"
    await product.until(lambda: product.telegram.group(GROUP).topics[thread] == "closed", "the topic's end")


@needs_chromium
async def test_in_the_browser_from_a_wish_to_an_answer_and_back(product: Product, chromium: Browser) -> None:
    """Ana's inbox shows the case without a reload; she takes it, answers, the person gets it by Twilio; what the
    person answers appears on her page by itself; she closes the case with an outcome.
    """
    page = await product.panel(chromium, "Ana")
    loads: list[str] = []

    def loaded(which: Page) -> None:
        loads.append(which.url)

    page.on("load", loaded)
    person, case = await product.wants()
    await page.get_by_role("link", name=re.compile(case["code"])).wait_for()
    assert loads == []  # it came by the stream
    await page.get_by_role("link", name=re.compile(case["code"])).click()
    await expect(page.get_by_text("Las palabras de la persona se ven al tomar el caso.")).to_be_visible()
    await page.locator("#p-redactar").get_by_role("button", name="Tomar").click()
    await expect(page.locator("#p-hilo")).to_contain_text(WISH)
    await page.get_by_label("Su respuesta").fill("Buenas tardes, le escribe Ana.")
    await page.get_by_role("button", name="Enviar").click()
    await product.hears(person, "le escribe Ana")
    loads.clear()
    await product.says(person, "Gracias por contestar")
    await expect(page.locator("#p-hilo .person").last).to_contain_text("Gracias por contestar", timeout=60_000)
    assert loads == []
    await page.get_by_text("Cerrar el caso").first.click()
    await page.get_by_label("Se le atendió").check()
    await page.get_by_role("button", name="Cerrar el caso").click()
    await expect(page.locator("#p-estado")).to_contain_text("Se le atendió")
    ended = product.case_of(person)
    assert (ended["state"], ended["outcome"]) == ("closed", "attended")


@needs_chromium
async def test_two_browsers_claim_in_the_same_instant(product: Product, chromium: Browser) -> None:
    """Ana and Beto press «Tomar» at the same moment, in a browser each: one has the case, the other reads who."""
    _, case = await product.wants()
    ana, beto = [await product.panel(chromium, who, f"/panel/casos/{case['id']}") for who in ("Ana", "Beto")]
    press = "setTimeout(() => document.querySelector('#p-redactar form.write button').click())"
    await at_once(ana.evaluate(press), beto.evaluate(press))
    said = [await notice(page) for page in (ana, beto)]
    winner = said.index(next(text for text in said if "El caso es suyo" in text))
    assert f"lo tiene {('Ana', 'Beto')[winner]}" in said[1 - winner]
    assert product.history(case["id"]).count("claimed") == 1


@needs_chromium
async def test_a_browser_and_a_telegram_button_claim_in_the_same_instant(product: Product, chromium: Browser) -> None:
    """Ana presses «Tomar» in the browser while Beto taps it in Telegram: one has the case, the other reads who."""
    person, case = await product.wants()
    await product.shows(case["code"])
    page = await product.panel(chromium, "Ana", f"/panel/casos/{case['id']}")
    press = page.evaluate("setTimeout(() => document.querySelector('#p-redactar form.write button').click())")
    _, shown = await at_once(press, product.taps(BETO, f"caso:{case['id']}:tomar"))
    if "es suyo" in shown:
        await expect(page.locator("#p-redactar")).to_contain_text("Lo tiene Beto", timeout=60_000)
    else:
        assert "lo tiene Ana" in shown
        assert "El caso es suyo" in await notice(page)
    assert product.history(case["id"]).count("claimed") == 1
    assert product.case_of(person)["state"] == "claimed"


async def notice(page: Page) -> str:
    """What a page says of what was just done."""
    await expect(page.locator("#p-aviso .notice")).to_be_visible(timeout=60_000)
    return await page.locator("#p-aviso .notice").inner_text()
