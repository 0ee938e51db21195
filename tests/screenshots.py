"""Takes the README's pictures: the real server, a real browser; a person's conversation, and a panel at work."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.panel.scene import DANGER, MARTA, ORDINARY, peopled
from tests.panel.test_browser import CHROMIUM, PHONE, on_a_port, sign_in
from tests.web.live import serving

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pantallas"
WIDE: Final[ViewportSize] = {"width": 1280, "height": 700}  # a small laptop
PANEL: Final = {  # name of the picture: who looks, and at what
    "hoy": ("carla", ""),
    "casos": ("carla", "casos"),
    "caso-peligro": ("carla", f"casos/{DANGER}"),
    "caso": ("carla", f"casos/{ORDINARY}"),
    "llamadas": ("carla", "llamadas"),
    "turnos": ("carla", "turnos"),
    "personas": ("carla", "personas"),
    "persona": ("carla", f"personas/{MARTA}"),
    "lineas": ("carla", "contenido"),
    "revisiones": ("carla", "contenido/revisiones"),
    "cuentas": ("gloria", "usuarios"),
    "registro": ("gloria", "registro"),
}


def main() -> None:
    """Write docs/pantallas/*.png and docs/pantallas/panel/*.png."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, default=FOLDER, help="another folder")
    arguments.add_argument("--whole", action="store_true", help="pages of the panel from top to bottom, and dark ones")
    given = arguments.parse_args()
    folder: Path = given.out
    (folder / "panel").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, peopled(Path(data)) as office, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with on_a_port(office.house) as address:
            _panel(browser, address, folder / "panel", whole=given.whole)
        if not given.whole:
            with tempfile.TemporaryDirectory() as chats, serving(Path(chats)) as address:
                _chat(browser, address, folder)
        browser.close()
    print(f"Written to {folder}", file=sys.stderr)


# --- the panel -----------------------------------------------------------------------------------------------


def _panel(browser: Browser, address: str, folder: Path, *, whole: bool) -> None:
    for width, size, sharpness in (("360", PHONE, 1.5), ("1280", WIDE, 1)):
        pages: dict[str, Page] = {}
        for name, (who, path) in PANEL.items():
            if who not in pages:
                pages[who] = _at_work(browser, address, size, sharpness)
                if not pages.keys() - {who}:
                    pages[who].screenshot(path=folder / f"entrar-{width}.png")
                sign_in(pages[who], who)
            page = pages[who]
            page.goto(f"{address}/panel/{path}", wait_until="load")
            page.screenshot(path=folder / f"{name}-{width}.png", full_page=whole)
            if whole:
                page.emulate_media(color_scheme="dark")
                page.screenshot(path=folder / f"{name}-{width}-dark.png", full_page=True)
                page.emulate_media(color_scheme="light")


def _at_work(browser: Browser, address: str, size: ViewportSize, sharpness: float) -> Page:
    page = browser.new_page(viewport=size, device_scale_factor=sharpness, locale="es-SV", base_url=address)
    page.goto("/panel/entrar")
    return page


# --- the chat ------------------------------------------------------------------------------------------------


def _chat(browser: Browser, address: str, folder: Path) -> None:
    page = browser.new_page(viewport=PHONE, device_scale_factor=2, locale="es-SV")
    page.goto(address)
    _keep(page, folder, "portada")
    page.goto(f"{address}/chat")
    page.get_by_role("button", name="Empezar", exact=True).click()
    expect(page.locator("#log .them").last).to_be_visible()
    _say(page, "quiero evaluarme como soldador")
    _keep(page, folder, "bienvenida")
    _tap(page, "Sí, de acuerdo")
    _say(page, "34")
    _keep(page, folder, "diagnostico")
    for number in range(12):
        _tap(page, "Con ayuda" if number in (4, 9) else "Sí, solo/a")
    for _ in range(3):
        _tap(page, "A")
    page.set_viewport_size({"width": 360, "height": 1180})
    page.locator("#log").get_by_role("button").last.scroll_into_view_if_needed()
    _keep(page, folder, "resultado")


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


def _keep(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    main()
