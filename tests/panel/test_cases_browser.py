"""Cases in real browsers: a person on the chat page, two facilitators at once, everything live."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, ViewportSize, expect
from sqlalchemy import insert

from db.tables import canned_answers
from tests.panel.casework import Office
from tests.panel.conftest import PASSWORD, house_on
from tests.panel.test_browser import CHROMIUM, DESK, PHONE, chromium, on_a_port

__all__ = ["chromium"]  # the fixture
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")

Open = Callable[..., Page]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Ana and Beto work for El Salvador; Carla coordinates."""
    with house_on(tmp_path, None, "") as house:
        office = Office(house)
        for role, email in (("facilitator", "ana"), ("facilitator", "beto"), ("coordinator", "carla")):
            office.staff(role, "SV", f"{email}@example.org")
        yield office


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    with on_a_port(office.house) as address:
        yield address


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Open]:
    """A page in a browser of its own; of staff, logged in. What its console says is a failure."""
    contexts, troubles = [], []

    def make(who: str = "", size: ViewportSize = PHONE, scheme: str = "light") -> Page:
        context = chromium.new_context(base_url=address, viewport=size, color_scheme=scheme, locale="es-SV")  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(error.message))
        page.on("console", lambda message: troubles.append(message.text) if is_fault(message) else None)
        if who:
            page.goto("/panel/entrar")
            page.get_by_label("Correo").fill(f"{who}@example.org")
            page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Entrar").click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("Buen")
        return page

    yield make
    for context in contexts:
        context.close()
    assert troubles == []


def is_fault(message: ConsoleMessage) -> bool:
    """Whether something is wrong with the page; that an address was out of reach is what some tests are about."""
    return message.type == "error" and "Failed to load resource" not in message.text


def say(page: Page, text: str) -> None:
    """On the chat page."""
    page.get_by_label("Escriba su mensaje").fill(text)
    page.keyboard.press("Enter")


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_a_wish_to_a_closed_case(office: Office, open_page: Open, size: ViewportSize) -> None:
    ana, beto = open_page("ana", size), open_page("beto", size)
    for page in (ana, beto):
        page.goto("/panel/casos")
        expect(page.get_by_text("No hay casos que esperen.")).to_be_visible()

    person = open_page(size=PHONE)
    person.goto("/chat")
    say(person, "hola")
    person.get_by_role("button", name="Sí, de acuerdo").click()
    say(person, "quiero hablar con una persona")
    expect(person.locator("#log")).to_contain_text("Su caso es el")

    code = office.case["code"]
    for page in (ana, beto):  # the list finds it by itself
        expect(page.get_by_role("heading", name=re.compile("Sin tomar"))).to_be_visible(timeout=15_000)
        assert no_sideways_scroll(page)
        page.get_by_role("link", name=re.compile(code)).click()
        expect(page.get_by_text("Las palabras de la persona se ven al tomar el caso.")).to_be_visible()

    for page in (ana, beto):  # at once: neither waits for the other's answer
        page.evaluate("setTimeout(() => document.querySelector('#p-redactar form.write button').click())")
    first, second = (ana, beto) if won(ana, beto) is ana else (beto, ana)
    expect(second.locator("#p-aviso")).to_contain_text("Este caso lo tiene")
    expect(first.locator("#p-hilo")).to_contain_text("quiero hablar con una persona")
    expect(second.locator("#p-hilo")).to_contain_text("Solo quien tiene el caso ve lo que se dijo")

    first.get_by_label("Su respuesta").fill("Buenos días, soy del equipo.")
    first.get_by_role("button", name="Enviar").click()
    expect(first.locator("#p-hilo .staff")).to_contain_text("Buenos días, soy del equipo.")
    expect(first.get_by_label("Su respuesta")).to_have_value("")
    expect(person.locator("#log .them").last).to_contain_text("soy del equipo", timeout=15_000)
    first.get_by_label("Su respuesta").fill("Estoy escribiendo y")
    say(person, "gracias, ¿me ayuda?")
    expect(first.locator("#p-hilo .person").last).to_contain_text("¿me ayuda?", timeout=15_000)
    expect(first.get_by_label("Su respuesta")).to_have_value("Estoy escribiendo y")
    assert no_sideways_scroll(first)

    office.house.bot.wait(minutes=20)  # nobody is there any more
    office.house.bot.due()
    expect(first.locator("#p-redactar")).to_contain_text("Tomar", timeout=15_000)
    expect(first.locator("#p-redactar textarea")).to_have_value("Estoy escribiendo y")
    expect(second.get_by_role("button", name="Tomar")).to_be_visible(timeout=15_000)
    second.get_by_role("button", name="Tomar").click()
    expect(second.locator("#p-hilo")).to_contain_text("¿me ayuda?")
    second.get_by_text("Cerrar el caso").first.click()
    second.get_by_label("Se le atendió").check()
    second.get_by_role("button", name="Cerrar el caso").click()
    expect(second.locator("#p-estado")).to_contain_text("Se le atendió")
    expect(second.get_by_role("button", name="Abrir otra vez")).to_be_visible()
    assert office.case["state"] == "closed"


def won(*pages: Page) -> Page:
    """Which page got the case."""
    for page in pages:
        expect(page.locator("#p-aviso .notice")).to_be_visible(timeout=15_000)
    (winner,) = [page for page in pages if "El caso es suyo" in page.locator("#p-aviso").inner_text()]
    return winner


def test_a_line_that_breaks_keeps_the_text_and_sends_it_once(office: Office, open_page: Open) -> None:
    page = open_page("ana")
    office.wanted()
    office.claim(1)
    page.goto(f"/panel/casos/{office.case['id']}")
    tries: list[str] = []

    def lose_the_first(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            route.fetch()  # the panel has it, the phone never learns
            route.abort()
        else:
            route.continue_()

    page.route("**/responder", lose_the_first)
    box = page.get_by_label("Su respuesta")
    box.fill("¿Puede hablar ahora?")
    page.get_by_role("button", name="Enviar").click()
    expect(page.locator("#p-aviso")).to_contain_text("No hay conexión")
    expect(box).to_have_value("¿Puede hablar ahora?")
    page.get_by_role("button", name="Enviar").click()
    expect(page.locator("#p-aviso")).to_contain_text("Su respuesta quedó guardada")
    expect(box).to_have_value("")
    assert len(tries) == 2
    assert office.heard() == ["¿Puede hablar ahora?"]
    page.context.clear_cookies()
    box.fill("Sigo aquí")
    page.get_by_role("button", name="Enviar").click()
    expect(page.locator("#p-aviso")).to_contain_text("Su sesión terminó")
    expect(box).to_have_value("Sigo aquí")


def test_a_ready_answer_goes_into_the_box_and_a_number_is_shown_on_tap(office: Office, open_page: Open) -> None:
    now = office.house.bot.now
    answer = {"created_at": now, "title": "Saludo", "body": "Buenos días.", "language": "es", "reviewed_at": now}
    office.team.write(lambda c: c.execute(insert(canned_answers), [answer]).rowcount)
    page = open_page("ana")
    chat = office.wanted(channel="whatsapp")
    office.claim(1)
    page.goto(f"/panel/casos/{office.case['id']}")
    page.get_by_role("button", name="Saludo").click()
    expect(page.get_by_label("Su respuesta")).to_have_value("Buenos días.")
    page.get_by_role("button", name="Ver el número").click()
    expect(page.get_by_role("link", name="Llamar al")).to_have_attribute("href", f"tel:{chat.phone}")


def test_an_urgent_case_is_counted_in_the_title(office: Office, open_page: Open) -> None:
    page = open_page("ana")
    page.goto("/panel/casos")
    expect(page).to_have_title("Casos · Arraigo")
    page.get_by_role("button", name="Sonido").click()
    office.in_danger()
    expect(page).to_have_title("(1) Casos · Arraigo", timeout=15_000)
    expect(page.get_by_role("heading", name=re.compile("Urgentes"))).to_be_visible()
    office.claim(2)
    expect(page).to_have_title("Casos · Arraigo", timeout=15_000)
    expect(page.get_by_role("heading", name=re.compile("De otros"))).to_be_visible()


def test_without_the_stream_the_page_asks_every_so_often(office: Office, open_page: Open) -> None:
    page = open_page("ana")
    page.route("**/panel/casos/eventos**", lambda route: route.fulfill(status=503))
    page.clock.install()
    page.goto("/panel/casos")
    expect(page.get_by_text("No hay casos que esperen.")).to_be_visible()
    office.wanted()
    page.clock.run_for(20_000)
    expect(page.get_by_role("heading", name=re.compile("Sin tomar"))).to_be_visible()
