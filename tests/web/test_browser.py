"""The chat page in a real browser, on a small phone, against a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect, sync_playwright

from bot.web.limits import WebchatLimits
from bot.web.services import Links
from flows.core.reply import Reply
from tests.fakes.inbox import FakeInbox
from tests.web.conftest import Live, Serve
from tests.web.demo import TRADES, WELCOME, script

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
PHONE = {"width": 320, "height": 568}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def live(serve: Serve) -> Live:
    return serve(FakeInbox(script=script))


@pytest.fixture
def context(browser: Browser, live: Live) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=live.url,
        viewport=PHONE,  # type: ignore[arg-type]
        locale="es-SV",
        geolocation={"latitude": 13.69941234, "longitude": -89.1914},
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def begin(page: Page) -> None:
    page.goto("/chat")
    page.get_by_role("button", name="Empezar", exact=True).click()
    expect(bubble(page, "them")).to_contain_text(WELCOME.split("\n")[1])


def bubble(page: Page, whose: str) -> Locator:
    return page.locator(f"#log .{whose} .bubble").last


def write(page: Page, text: str) -> None:
    page.get_by_label("Escriba su mensaje").fill(text)
    page.keyboard.press("Enter")


def said(live: Live) -> list[str | None]:
    return [event.text or event.option for event in live.inbox.events]


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_conversation_on_a_small_phone(page: Page, live: Live) -> None:
    begin(page)
    assert no_sideways_scroll(page)
    page.get_by_role("button", name="Ver lo que sé hacer").click()
    trades = page.locator(".options").last
    expect(trades.get_by_role("button")).to_have_text(list(TRADES))
    assert "list" in (trades.get_attribute("class") or "")
    trades.get_by_role("button", name="Costura").click()
    expect(page.get_by_role("button", name="Compartir mi ubicación").first).to_be_visible()
    write(page, "Vivo en Soyapango")
    expect(bubble(page, "them")).to_contain_text("Entendí: Vivo en Soyapango")
    assert no_sideways_scroll(page)
    assert said(live) == ["Hola", "a1.oficio", "b2.costura", "Vivo en Soyapango"]


def test_the_first_message_says_where_the_person_comes_from(page: Page, live: Live) -> None:
    page.goto("/chat?origen=cartel-7")
    assert page.url == f"{live.url}/chat"
    write(page, "hola")
    write(page, "otra cosa")
    expect(bubble(page, "them")).to_contain_text("Entendí: otra cosa")
    assert [event.source for event in live.inbox.events] == ["cartel-7", None]


def test_an_old_button_steps_back_and_still_answers(page: Page, live: Live) -> None:
    begin(page)
    page.get_by_role("button", name="Ver lo que sé hacer").click()
    first = page.locator(".options").first
    expect(first).to_have_class(re.compile("old"))
    expect(first.get_by_role("button", name="Ver lo que sé hacer")).to_have_class(re.compile("chosen"))
    first.get_by_role("button", name="Pedir una cita").click()
    expect(bubble(page, "them")).to_contain_text("Entendí: a1.cita")
    assert said(live)[-1] == "a1.cita"


def test_a_double_tap_is_one_answer(page: Page, live: Live) -> None:
    begin(page)
    page.get_by_role("button", name="Ver lo que sé hacer").dblclick()
    expect(page.get_by_role("button", name="Costura")).to_be_visible()
    assert said(live) == ["Hola", "a1.oficio"]


def test_a_send_whose_answer_was_lost_is_retried_and_counts_once(page: Page, live: Live) -> None:
    begin(page)
    tries: list[str] = []

    def lose_the_first(route: Route) -> None:
        tries.append(json.loads(route.request.post_data or "{}")["id"])
        if len(tries) == 1:
            route.fetch()  # the server has it, the phone never learns
            route.abort()
        else:
            route.continue_()

    page.route("**/webchat/messages", lose_the_first)
    write(page, "¿Me oyen?")
    expect(page.locator("#log").get_by_text("Sin enviar.")).to_be_visible()
    expect(page.locator("#log").get_by_text("Sin enviar.")).to_have_count(0)
    expect(page.locator("#log .them", has_text="Entendí: ¿Me oyen?")).to_have_count(1)
    expect(page.locator("#log .mine", has_text="¿Me oyen?")).to_have_count(1)
    assert len(set(tries)) == 1
    assert len(tries) == 2
    assert said(live) == ["Hola", "¿Me oyen?"]


def test_what_was_written_without_a_network_survives_a_reload(page: Page, live: Live, context: BrowserContext) -> None:
    begin(page)
    page.route("**/webchat/messages", lambda route: route.abort())
    write(page, "primero")
    write(page, "después")
    expect(page.get_by_text("Sin enviar.")).to_have_count(1)
    page.unroute("**/webchat/messages")
    page.reload()
    expect(bubble(page, "them")).to_contain_text("Entendí: después")
    assert said(live) == ["Hola", "primero", "después"]


def test_while_the_phone_is_offline_the_header_says_so(page: Page, context: BrowserContext) -> None:
    begin(page)
    context.set_offline(True)
    expect(page.locator("#presence")).to_have_text("sin conexión")
    write(page, "sin señal")
    context.set_offline(False)
    expect(bubble(page, "them")).to_contain_text("Entendí: sin señal")
    expect(page.locator("#presence")).to_have_text("en línea")


def test_a_database_that_is_away_loses_nothing(page: Page, live: Live) -> None:
    begin(page)
    live.inbox.away = True
    write(page, "¿y ahora?")
    expect(page.get_by_text("Sin enviar.")).to_be_visible()
    live.inbox.away = False
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(bubble(page, "them")).to_contain_text("Entendí: ¿y ahora?")


def test_a_reload_restores_the_conversation_in_order(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Ver lo que sé hacer").click()
    expect(page.get_by_role("button", name="Costura")).to_be_visible()
    before = page.locator("#log .bubble").all_inner_texts()
    page.reload()
    expect(page.locator("#log .bubble")).to_have_text([re.compile(re.escape(t.split("\n")[0])) for t in before])
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.locator(".chosen")).to_have_count(1)


def test_a_facilitators_message_arrives_by_itself(page: Page, live: Live) -> None:
    begin(page)
    live.inbox.tell(live.inbox.events[0].address, Reply("persona.mensaje", "Soy Marta, del centro."))
    expect(bubble(page, "them")).to_contain_text("Soy Marta")


def test_without_a_free_stream_the_page_asks_every_so_often(page: Page, serve: Serve) -> None:
    live = serve(FakeInbox(script=script), limits=WebchatLimits(streams=0))
    page.goto(live.url + "/chat")
    with page.expect_response(re.compile(r"/webchat/messages\?after=\d"), timeout=20_000):
        page.get_by_role("button", name="Empezar", exact=True).click()
    live.inbox.tell(live.inbox.events[0].address, Reply("persona.mensaje", "Soy Marta, del centro."))
    expect(bubble(page, "them")).to_contain_text("Soy Marta", timeout=20_000)


def test_the_session_never_travels_in_an_address(page: Page) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    begin(page)
    page.reload()
    expect(page.locator("#log .bubble").first).to_be_visible()
    session = page.evaluate("JSON.parse(localStorage.getItem('arraigo.session'))")
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", session)
    assert not [address for address in addresses if session in address]


def test_the_quick_exit_leaves_at_once_and_back_does_not_return(page: Page, serve: Serve) -> None:
    live = serve(FakeInbox(script=script), links=Links(exit="/healthz"))
    page.goto(live.url + "/")
    page.goto(live.url + "/chat")
    page.get_by_role("button", name="Empezar", exact=True).click()
    expect(page.locator("#log .them").first).to_be_visible()
    page.get_by_role("link", name="Salir rápido").click()
    page.wait_for_url("**/healthz")
    page.go_back()
    assert page.url == live.url + "/"
    page.goto(live.url + "/chat")
    expect(page.get_by_role("heading", name="¿Mostrar el chat?")).to_be_visible()
    expect(page.locator("#log .bubble")).to_have_count(0)
    expect(page.get_by_role("button", name="Más opciones")).to_be_hidden()
    page.get_by_role("button", name="Soy otra persona").click()
    page.get_by_role("button", name="No borrar").click()
    page.get_by_role("button", name="Mostrar", exact=True).click()
    expect(page.locator("#log .bubble")).to_have_count(2)


def test_erasing_begins_with_a_new_session(page: Page) -> None:
    begin(page)
    before = page.evaluate("localStorage.getItem('arraigo.session')")
    page.get_by_role("button", name="Más opciones").click()
    page.get_by_role("button", name="Borrar este chat de este teléfono").click()
    page.get_by_role("button", name="Borrar de este teléfono", exact=True).click()
    expect(page.locator("#log .bubble")).to_have_count(0)
    expect(page.get_by_role("button", name="Empezar", exact=True)).to_be_visible()
    assert page.evaluate("localStorage.getItem('arraigo.session')") != before
    page.reload()
    expect(page.locator("#log .bubble")).to_have_count(0)


def test_a_place_is_shared_only_after_a_tap_and_a_yes(page: Page, live: Live, context: BrowserContext) -> None:
    begin(page)
    pin = page.locator("#pin")
    pin.click()
    page.get_by_role("button", name="No, gracias").click()
    assert said(live) == ["Hola"]
    pin.click()
    page.get_by_role("button", name="Compartir", exact=True).click()  # not permitted: says what to do instead
    expect(page.locator(".notice")).to_contain_text("Escriba su municipio")
    context.grant_permissions(["geolocation"])
    pin.click()
    page.get_by_role("button", name="Compartir", exact=True).click()
    expect(bubble(page, "them")).to_contain_text("cerca de usted")
    assert live.inbox.events[-1].location == (13.6994, -89.1914)


def test_a_file_is_declined_kindly(page: Page) -> None:
    begin(page)
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(['x'], 'foto.png'));
          document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}));
        }"""
    )
    expect(page.locator(".notice")).to_contain_text("no se pueden enviar fotos")


def test_everything_works_from_the_keyboard(page: Page, live: Live) -> None:
    page.goto("/chat")
    expect(page.locator("#welcome")).to_be_visible()
    for _ in range(6):
        if page.evaluate("document.activeElement.id") == "begin":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("hola")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("otra vez")
    page.keyboard.press("Enter")
    expect(page.locator("#log .mine")).to_have_count(2)
    for _ in range(20):
        if page.evaluate("document.activeElement.dataset.option") == "a1.apoyo":
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(bubble(page, "them")).to_contain_text("Entendí: a1.apoyo")
    assert said(live) == ["Hola", "hola\notra vez", "a1.apoyo"]


def test_words_of_a_person_are_never_read_as_markup(page: Page) -> None:
    begin(page)
    write(page, "<img src=x onerror=alert(1)> *fuerte* https://example.org/a. 2025-2026 y 7777-8888")
    last = page.locator("#log .them .bubble").last
    expect(last).to_contain_text("<img src=x onerror=alert(1)> fuerte https://example.org/a. 2025-2026")
    expect(last.locator("img")).to_have_count(0)
    expect(last.locator("strong")).to_have_text("fuerte")
    links = [link.get_attribute("href") for link in last.get_by_role("link").all()]
    assert links == ["https://example.org/a", "tel:77778888"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_known_barrier_for_anybody(browser: Browser, live: Live, scheme: str) -> None:
    """axe-core's rules (WCAG 2.2 A and AA among them) find nothing, in either colour scheme."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()
    context = browser.new_context(base_url=live.url, viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")

    def barriers() -> list[str]:
        found = axe.run(page).response["violations"]
        return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]

    try:
        page.goto("/")
        assert barriers() == []
        page.goto("/nothing")
        assert barriers() == []
        begin(page)
        page.get_by_role("button", name="Ver lo que sé hacer").click()
        page.get_by_role("button", name="Costura").click()
        expect(page.get_by_role("button", name="Prefiero no decirlo")).to_be_visible()
        assert barriers() == []
        page.get_by_role("button", name="Más opciones").click()
        assert barriers() == []
        page.get_by_role("button", name="Borrar este chat de este teléfono").click()
        assert barriers() == []
    finally:
        context.close()


def test_nothing_is_refused_by_the_pages_own_policy(page: Page) -> None:
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(error.message))
    page.goto("/")
    begin(page)
    write(page, "hola")
    expect(page.locator("#log .them")).to_have_count(2)
    assert troubles == []


def test_a_blocked_storage_does_not_stop_the_chat(page: Page, live: Live) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})")
    begin(page)
    write(page, "sin guardar")
    expect(bubble(page, "them")).to_contain_text("Entendí: sin guardar")
    with pytest.raises(Error):
        page.evaluate("localStorage.length")
