"""The panel in a real browser: by keyboard, on a small phone and on a desk, without barriers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from starlette.responses import HTMLResponse, Response

from bot.panel.app import panel_routes
from bot.panel.room import Room, get, post
from bot.panel.rooms import ROOMS
from bot.panel.visit import Visit
from bot.web.app import create_app
from tests.fakes.inbox import FakeInbox
from tests.panel.conftest import PASSWORD, House, house_on
from tests.web.conftest import bound_port, services

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The panel on a real port; an admin and a facilitator have accounts."""
    with house_on(tmp_path, None, "") as house:
        house.add("admin")
        house.add("facilitator", "SV")
        with on_a_port(house) as address:
            yield address


class on_a_port:
    """Serves a house over HTTP."""

    def __init__(self, house: House) -> None:
        config = uvicorn.Config(house.web, port=0, access_log=False, log_level="warning", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{bound_port(self.server, self.thread)}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()


def log_in(page: Page, address: str = "") -> None:
    """By keyboard alone."""
    page.goto(f"{address}/panel/")
    page.get_by_label("Correo").focus()
    page.keyboard.type("admin@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Buenos días")


def sign_in(page: Page, who: str, greeting: str = "Buen") -> None:
    """From the page of the login, as who has this name at example.org; on to the page with this heading."""
    page.get_by_label("Correo").fill(f"{who}@example.org")
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(greeting)


def small_targets(page: Page) -> list[str]:
    """Buttons, fields and links of the menu that a finger misses: less than 44 pixels high."""
    selector = ".button, .menu a, .tabs a, input:not([type=hidden], [type=checkbox], [type=radio]), select, .choice"
    script = """all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
                          .map(e => e.outerHTML.slice(0, 120))"""
    found: list[str] = page.locator(selector).evaluate_all(script)
    return found


async def scratch(visit: Visit) -> Response:
    """A page with a piece that stays fresh, and a form whose answer takes its place."""
    return HTMLResponse(
        f'<html lang="es"><meta name="csrf" content="{visit.csrf}"><title>Prueba</title>'
        '<script type="module" src="/panel/static/v/panel.js"></script>'
        '<div id="piece" data-live="/panel/pieza" data-every="0.1"></div><p id="answer"></p>'
        '<form method="post" action="/panel/pieza" data-swap="#answer"><button>Enviar</button></form></html>'
    )


async def piece(visit: Visit) -> Response:
    """Says how it was asked for."""
    sent = visit.request.method == "POST"
    return HTMLResponse('<p id="answer">POST</p>' if sent else "<em>GET</em>")


def test_pieces_stay_fresh_and_answers_take_their_place(chromium: Browser, tmp_path: Path) -> None:
    actions = (get("/prueba", "home", scratch), get("/pieza", "home", piece), post("/pieza", "home", piece))
    with house_on(tmp_path, None, "") as house:
        house.add("admin")
        house.web = create_app(services(FakeInbox()), panel_routes(house.bot.app.panel, (*ROOMS, Room("x", actions))))
        context = chromium.new_context(locale="es-SV")
        page = context.new_page()
        with on_a_port(house) as address:
            log_in(page, address)
            page.goto(f"{address}/panel/prueba")
            expect(page.locator("#piece")).to_have_text("GET")
            page.get_by_role("button", name="Enviar").click()
            expect(page.locator("#answer")).to_have_text("POST")
            context.clear_cookies()
            expect(page.get_by_role("heading", level=1)).to_have_text("Entrada para el personal")
        context.close()


def test_on_a_phone_the_menu_is_a_drawer(chromium: Browser, served: str) -> None:
    context = chromium.new_context(base_url=served, viewport=PHONE, locale="es-SV")
    page = context.new_page()
    try:
        log_in(page)
        menu = page.get_by_role("navigation", name="Secciones del panel")
        expect(menu).to_be_hidden()
        page.get_by_role("button", name="Menú").click()
        expect(menu.get_by_role("link", name="Hoy")).to_have_attribute("aria-current", "page")
        menu.get_by_role("link", name="Cuentas").click()
        expect(page.get_by_role("heading", name="Cuentas")).to_be_visible()
        page.get_by_role("button", name="Menú").click()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
    finally:
        context.close()


def test_a_form_is_sent_once_and_asks_before_what_is_hard_to_undo(chromium: Browser, served: str) -> None:
    context = chromium.new_context(base_url=served, viewport=DESK, locale="es-SV")
    page = context.new_page()
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    try:
        log_in(page)
        page.goto("/panel/usuarios/2")
        page.locator("summary", has_text="Cerrar la cuenta").click()
        posts.clear()
        page.get_by_role("button", name="Cerrar la cuenta").dblclick()
        expect(page.get_by_role("status")).to_contain_text("La cuenta quedó cerrada")
        assert len(posts) == 1
        page.reload()
        expect(page.get_by_role("status")).to_be_empty()
        page.get_by_role("button", name="Salir").click()
        expect(page.get_by_role("status")).to_contain_text("Usted salió")
    finally:
        context.close()
