"""Takes the README's pictures: the real server, a real browser; a person's conversation, and a panel at work."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from bot import demo
from bot.app import App
from bot.certificates import issue
from bot.settings import Settings
from db.tables import certificates
from tests.chat import KEYS, MODELS
from tests.panel.casework import Office
from tests.panel.scene import DANGER, MARTA, ORDINARY, peopled
from tests.panel.scene_centres import CERTIFICATE, NUMBERED, code_of
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
    "centros": ("carla", "centros"),
    "centro": ("carla", "centros/1"),
    "centro-horas": ("carla", "centros/1/horas"),
    "agenda": ("carla", "agenda?centro=1"),
    "constancias": ("carla", "constancias?ver=todas"),
    "constancia": ("carla", f"constancias/{CERTIFICATE}"),
    "red": ("carla", "red"),
    "plantillas": ("carla", "plantillas"),
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
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=es-419"])
        with on_a_port(office.house) as address:
            _panel(browser, address, folder / "panel", whole=given.whole)
            _workshop(browser, address, folder / "panel", office.house.bot.now)
            _checked(browser, address, folder, office)
        _certificate(folder, office)
        if not given.whole:
            with tempfile.TemporaryDirectory() as chats:
                _trial(Path(chats))
                with serving(Path(chats)) as address:
                    _chat(browser, address, folder)
                    _appointment(browser, address, folder)
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
                    _shot(pages[who], folder / f"entrar-{width}.png")
                sign_in(pages[who], who)
            page = pages[who]
            page.goto(f"{address}/panel/{path}", wait_until="load")
            _shot(page, folder / f"{name}-{width}.png", whole=whole)
            if whole:
                page.emulate_media(color_scheme="dark")
                _shot(page, folder / f"{name}-{width}-dark.png", whole=True)
                page.emulate_media(color_scheme="light")


def _at_work(browser: Browser, address: str, size: ViewportSize, sharpness: float) -> Page:
    page = browser.new_page(viewport=size, device_scale_factor=sharpness, locale="es-SV", base_url=address)
    page.goto("/panel/entrar")
    return page


def _workshop(browser: Browser, address: str, folder: Path, now: datetime) -> None:
    """An evaluator's telephone: the people of today, and one of them with half the criteria, out of reach."""
    page = browser.new_page(
        viewport=PHONE, device_scale_factor=1.5, locale="es-SV", timezone_id="America/El_Salvador", base_url=address
    )
    page.clock.set_fixed_time(now)
    page.goto("/panel/entrar")
    sign_in(page, "esteban")
    page.goto("/panel/taller")
    state = page.locator("#estado")
    expect(state).to_contain_text("Al día")
    page.get_by_role("link", name="Julio César").click()
    page.get_by_label("Vi su documento").check()
    page.get_by_label("Nombre como está en el documento").fill("JULIO CÉSAR PORTILLO")
    page.get_by_role("button", name="Guardar el nombre").click()
    boxes = page.locator(".functions .criterion")
    for number in range(6):
        if number == 2:
            expect(state).to_contain_text("Todo enviado")
            page.context.set_offline(True)
        boxes.nth(number).locator(f"[data-verdict={'not_yet' if number == 4 else 'competent'}]").click()
    expect(state).to_contain_text("4 anotaciones guardadas")
    page.evaluate("document.activeElement.blur()")
    _under_the_bar(boxes.nth(4))
    _shot(page, folder / "taller-persona-360.png")
    page.evaluate("scrollTo(0, 0)")
    _shot(page, folder / "taller-quien-360.png")
    _under_the_bar(page.locator(".end"))
    _shot(page, folder / "taller-terminar-360.png")
    page.get_by_role("link", name="Volver a la lista").first.click()
    expect(page.get_by_role("heading", name="Personas de hoy")).to_be_visible()
    _shot(page, folder / "taller-360.png")
    page.set_viewport_size(WIDE)
    page.get_by_role("link", name="Julio César").click()
    _under_the_bar(boxes.nth(4))
    _shot(page, folder / "taller-persona-1280.png")
    page.context.close()


def _under_the_bar(place: Locator) -> None:
    """The page moved so that this is the first thing to read."""
    place.evaluate("one => one.scrollIntoView()")


# --- a document ----------------------------------------------------------------------------------------------


def _checked(browser: Browser, address: str, folder: Path, office: Office) -> None:
    """What an employer sees: the camera reads the code, the page says what it is worth."""
    code = code_of(office, NUMBERED)
    for width, size, sharpness in (("360", PHONE, 2), ("1280", WIDE, 1)):
        page = browser.new_page(viewport=size, device_scale_factor=sharpness, locale="es-SV")
        page.goto(f"{address}/verificar/{code}")
        _keep(page, folder, f"verificar-{width}")
        page.context.close()


def _certificate(folder: Path, office: Office) -> None:
    """The document itself, as a page of the PDF."""
    app = office.house.bot.app
    query = issue.query().where(certificates.c.id == NUMBERED)
    (row,) = office.house.bot.rows(query)
    page = pypdfium2.PdfDocument(app.papers.render(row))[0]
    page.render(scale=1.4).to_pil().quantize(64).save(folder / "constancia.png", optimize=True)


# --- the chat ------------------------------------------------------------------------------------------------


def _trial(folder: Path) -> None:
    """Centres to book at, as whoever tries the program finds them."""
    app = App(Settings(data_dir=folder, models_dir=MODELS, **KEYS))
    app.database.write_now(lambda c: demo.settle(c, sorted(app.world.trades), app.clock(), trial=True))
    app.database.close()


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


def _appointment(browser: Browser, address: str, folder: Path) -> None:
    """The nearest centres, a day, an hour, and the place that is kept."""
    page = browser.new_page(viewport=PHONE, device_scale_factor=2, locale="es-SV")
    page.goto(f"{address}/chat")
    page.get_by_role("button", name="Empezar", exact=True).click()
    expect(page.locator("#log .them").last).to_be_visible()
    _tap(page, "Sí, de acuerdo")
    _say(page, "34")
    _tap(page, "El Salvador")
    _say(page, "Soyapango")
    _say(page, "quiero una cita de cocinera")
    _keep(page, folder, "cita-lugares")
    for _ in range(2):  # the nearest centre, as soon as may be
        _tap(page, "")
    _tap(page, "Sí, apártelo")
    page.set_viewport_size({"width": 360, "height": 1180})
    _keep(page, folder, "cita")
    page.context.close()


def _say(page: Page, text: str) -> None:
    page.get_by_label("Escriba su mensaje").fill(text)
    with page.expect_response("**/webchat/messages"):
        page.keyboard.press("Enter")
    _settle(page)


def _tap(page: Page, title: str) -> None:
    """A button of the last question; "": the first one."""
    asked = page.locator("#log .options:not(.old) .option:not(.place)")
    with page.expect_response("**/webchat/messages"):
        (page.locator("#log").get_by_role("button", name=title, exact=True).last if title else asked.first).click()
    _settle(page)


def _settle(page: Page) -> None:
    """The answer is on screen: nothing is being typed any more."""
    page.wait_for_timeout(1500)


def _keep(page: Page, folder: Path, name: str) -> None:
    _shot(page, folder / f"{name}.png")


def _shot(page: Page, path: Path, *, whole: bool = False) -> None:
    """A picture of 256 colours: half the bytes, and nobody sees it."""
    picture = Image.open(BytesIO(page.screenshot(full_page=whole)))
    picture.convert("RGB").quantize(dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
