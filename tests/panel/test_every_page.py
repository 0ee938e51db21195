"""Every page of the panel, by the table of its addresses, in a browser: no known barrier, nothing beyond the edge."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from bot.panel.roles import ANYBODY, may
from bot.panel.room import Action
from bot.panel.rooms import ROOMS
from bot.panel.sessions import Reached
from tests.panel.casework import Office
from tests.panel.scene import EXAMPLES, STAFF, peopled
from tests.panel.test_browser import CHROMIUM, DESK, PHONE, chromium, on_a_port, sign_in, small_targets
from tests.panel.test_cases_browser import is_fault

__all__ = ["chromium"]
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")

PAGES = [action for room in ROOMS for action in room.actions if action.method == "GET"]
FIRST = ("carla", "gloria", "esteban", "fatima", "ana")  # who opens a page, if they may
ROLE = {name: role for role, _, name, _ in STAFF}
GUEST, HALF_WAY = "", "daniela"  # not logged in; asked for the second step
NOT_FOUND = "nada"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Pages are looked at and nothing is changed: one for all."""
    with peopled(tmp_path_factory.mktemp("panel")) as office:
        yield office


@pytest.fixture(scope="module")
def address(office: Office) -> Iterator[str]:
    with on_a_port(office.house) as address:
        yield address


def addresses(action: Action) -> list[str]:
    """Where a page of the table is found among the invented records; a number without an example is the first one."""
    plain = [action.path] if "{" not in action.path else []
    return [*plain, *EXAMPLES.get(action.path, () if plain else (re.sub(r"\{[^}]+\}", "1", action.path),))]


def visitor(action: Action) -> str:
    """Who opens it."""
    if action.permission == ANYBODY:
        return GUEST
    if action.since is Reached.KNOWN:
        return HALF_WAY
    return next(name for name in FIRST if may(ROLE[name], action.permission))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_fits_and_has_no_known_barrier(
    chromium: Browser, office: Office, address: str, size: ViewportSize
) -> None:
    look = Look()
    pages: dict[str, Page] = {}
    for action in PAGES:
        who = visitor(action)
        if who not in pages:
            pages[who] = page = chromium.new_page(base_url=address, viewport=size, locale="es-SV")
            look.listen(page)
            page.goto("/panel/entrar")
            if who:
                sign_in(page, who, "Segundo paso" if who == HALF_WAY else "Buen")
        for path in addresses(action):
            look(pages[who], path)
    look(pages["carla"], f"/{NOT_FOUND}", status=404)
    assert not look.troubles, "\n".join(look.troubles)
    assert look.seen > len(PAGES) / 2
    for page in pages.values():
        page.context.close()


class Look:
    """Judges one page after another."""

    def __init__(self) -> None:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
        self.axe = axe.Axe()
        self.troubles: list[str] = []
        self.seen = 0

    def listen(self, page: Page) -> None:
        """What a script or a forbidden style complains of is a trouble."""
        page.on("pageerror", lambda error: self.troubles.append(error.message))
        page.on("console", lambda message: self.troubles.append(message.text) if is_fault(message) else None)

    def __call__(self, page: Page, path: str, status: int = 200) -> None:
        """In light with everything unfolded, and its colours in the dark. What is no page is passed over."""
        answer = page.request.get(f"/panel{path}", headers={"Accept": "text/html"})
        if "text/html" not in answer.headers["content-type"] or "<html" not in answer.text():
            return
        page.goto(f"/panel{path}")
        self.seen += 1
        if answer.status != status:
            self.troubles.append(f"{path}: {answer.status}; a page of a record needs one: EXAMPLES in scene.py")
        page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        self._barriers(page, path, {})
        page.emulate_media(color_scheme="dark")
        self._barriers(page, f"{path} (dark)", {"runOnly": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.troubles.append(f"{path}: wider than the screen")
        self.troubles += [f"{path}: too small for a finger: {each}" for each in small_targets(page)]

    def _barriers(self, page: Page, path: str, options: dict[str, object]) -> None:
        for rule in self.axe.run(page, options=options).response["violations"]:
            self.troubles += [f"{path}: {rule['id']}: {node['html']}" for node in rule["nodes"]]
