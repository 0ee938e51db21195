"""«Personas» and «Contenido» in a real browser: found, registered, joined, signed, on a small phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from bot.people import writing
from bot.people.writing import WalkIn
from db.seeding import seed
from db.tables import contacts
from tests.panel.conftest import PASSWORD, House, house_on
from tests.panel.test_browser import CHROMIUM, DESK, PHONE, chromium, on_a_port, small_targets
from tests.panel.test_people import NUMBER, writes

__all__ = ["chromium"]
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A coordinator; somebody who writes, and the same person registered without a telephone."""
    with house_on(tmp_path, None, "") as made:
        me = made.add("coordinator")
        with ThreadPoolExecutor(1) as elsewhere:  # the browser's driver has this thread's event loop
            elsewhere.submit(writes, made, name="Rosalinda Cruz").result()
        deps, now = made.bot.app.deps, made.bot.now
        walk_in = WalkIn("Rosa Cruz", "SV", None, "carpenter", "es", me, now.date())
        made.bot.app.database.write_now(lambda c: writing.register(c, deps, walk_in, now))
        made.bot.app.database.write_now(lambda c: seed(c, now))
        yield made


def log_in(page: Page) -> None:
    page.goto("/panel/")
    page.get_by_label("Correo").fill("coordinator@example.org")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Buenos días")


def look(page: Page) -> None:
    """No known barrier, nothing beyond the edge, nothing too small for a finger."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()
    found = axe.run(page).response["violations"]
    assert [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert small_targets(page) == [], page.url


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_somebody_is_found_called_joined_and_a_line_is_signed(
    chromium: Browser,
    house: House,
    size: ViewportSize,
) -> None:
    with on_a_port(house) as address:
        context = chromium.new_context(base_url=address, viewport=size, locale="es-SV")
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(error.message))
        try:
            log_in(page)
            page.goto("/panel/personas")
            page.get_by_label("Teléfono, código o nombre").fill("cruz")
            page.keyboard.press("Enter")
            expect(page.get_by_role("link", name="Rosa Cruz")).to_be_visible()
            look(page)
            page.get_by_role("link", name="Rosalinda Cruz").click()
            page.get_by_role("button", name="Ver el teléfono").click()
            expect(page.get_by_role("link", name=NUMBER)).to_be_visible()
            _join(page, _code_of(house))
            _sign(page)
            assert troubles == []
        finally:
            context.close()


def _code_of(house: House) -> str:

    code: str = house.bot.rows(select(contacts.c.code).where(contacts.c.channel_first == "in_person"))[0][0]
    return code


def _join(page: Page, code: str) -> None:
    page.get_by_role("link", name="Unir con otro registro").click()
    page.get_by_label("Código del otro registro").fill(code.lower())
    page.get_by_role("button", name="Comparar").click()
    look(page)
    page.get_by_role("button", name="Sí, son la misma persona: unir").click()
    expect(page.get_by_role("status")).to_contain_text("ahora son uno")
    look(page)
    page.locator("summary", has_text="Separar lo que se unió").click()
    page.get_by_role("button", name="Separar", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("separados otra vez")


def _sign(page: Page) -> None:
    page.goto("/panel/contenido?pais=SV")
    line = page.locator("section", has=page.get_by_role("link", name="126"))
    line.locator("summary").click()
    line.get_by_label("Horario que dijeron").fill("todos los días, 24 horas")
    line.get_by_role("button", name="Llamé y contestaron").click()
    expect(page.get_by_role("status")).to_contain_text("Quedó anotada la llamada")
    expect(page.locator("section", has=page.get_by_role("link", name="126"))).to_contain_text("Se muestra")
    look(page)
