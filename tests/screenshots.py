"""Takes the README's pictures of the chat: the real server, a real browser, a person's conversation."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.web.live import serving

FOLDER = Path(__file__).parent.parent / "docs" / "pantallas"
PHONE: ViewportSize = {"width": 360, "height": 740}


def main() -> None:
    """Write docs/pantallas/*.png."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, serving(Path(data)) as address, sync_playwright() as player:
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport=PHONE, device_scale_factor=2, locale="es-SV")
        page.goto(address)
        _keep(page, "portada")
        page.goto(f"{address}/chat")
        page.get_by_role("button", name="Empezar", exact=True).click()
        expect(page.locator("#log .them").last).to_be_visible()
        _say(page, "quiero evaluarme como soldador")
        _keep(page, "bienvenida")
        _tap(page, "Sí, de acuerdo")
        _say(page, "34")
        _keep(page, "diagnostico")
        for number in range(12):
            _tap(page, "Con ayuda" if number in (4, 9) else "Sí, solo/a")
        for _ in range(3):
            _tap(page, "A")
        page.set_viewport_size({"width": 360, "height": 1180})
        page.locator("#log").get_by_role("button").last.scroll_into_view_if_needed()
        _keep(page, "resultado")
        browser.close()
    print(f"Written to {FOLDER}", file=sys.stderr)


def _say(page: Page, text: str) -> None:
    page.get_by_label("Escriba su mensaje").fill(text)
    with page.expect_response("**/webchat/messages"):
        page.keyboard.press("Enter")
    _settle(page)


def _tap(page: Page, title: str) -> None:
    with page.expect_response("**/webchat/messages"):
        page.locator("#log").get_by_role("button", name=title, exact=True).last.click()
    _settle(page)


def _settle(page: Page) -> None:
    """The answer is on screen: nothing is being typed any more."""
    page.wait_for_timeout(1500)


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
