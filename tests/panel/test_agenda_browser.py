"""The pages of centres, agenda and workshop on a small phone and a desk: they fit, and have no known barrier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from db.tables import availabilities, closures, reminders
from tests.panel.conftest import house_on
from tests.panel.test_browser import CHROMIUM, DESK, PHONE, chromium, on_a_port, small_targets
from tests.panel.test_cases_browser import Open, no_sideways_scroll, open_page
from tests.panel.workshop import WELDER, Workshop

__all__ = ["chromium", "open_page"]  # fixtures
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")


def furnished(workshop: Workshop) -> None:
    """A centre with a bit of everything on one day."""
    centre = workshop.centre("Centro de formación y evaluación de Soyapango")
    eva = workshop.evaluator(centre, trades=(WELDER, "everyday_cook"))
    workshop.office.staff("coordinator", "SV", "carla@example.org")
    day = {"from_day": date(2026, 11, 23), "trade": WELDER, "minutes": 120, "capacity": 2, "evaluator_id": eva}
    workshop.add(availabilities, centre_id=centre, weekday=0, starts="08:00", **day)
    days = {"from_day": date(2026, 12, 24), "until_day": date(2026, 12, 26)}
    workshop.add(closures, centre_id=centre, reason="Navidad", **days)
    workshop.appointment(centre, "Marta Alicia Ramos de Hernández", hours=-1)
    workshop.appointment(centre, "José Adán Pérez", hours=-2, state="attended")
    workshop.appointment(centre, "", hours=-3, state="missed", reason="transport")
    workshop.appointment(centre, "Rosa Elvira Menjívar", hours=2, state="confirmed")
    workshop.appointment(centre, "Kevin López", hours=-24)
    stuck = workshop.appointment(centre, "Ana Lucía Chávez", hours=24)
    blocked = {"kind": "one_day", "state": "blocked", "cause": "template", "due_at": workshop.now}
    workshop.add(reminders, appointment_id=stuck, closed_at=workshop.now, **blocked)
    workshop.slot(centre, hours=48, capacity=3)
    workshop.slot(centre, hours=49, closed_at=workshop.now)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with house_on(tmp_path, None, "") as house:
        made = Workshop(house)
        furnished(made)
        yield made


@pytest.fixture
def address(workshop: Workshop) -> Iterator[str]:
    with on_a_port(workshop.house) as address:
        yield address


PAGES = {
    "carla": (
        "centros",
        "centros/nuevo",
        "centros/1",
        "centros/1/editar",
        "centros/1/horas",
        "agenda",
        "agenda/hoja",
        "agenda/reservar",
        "agenda/reservar/1?centro=1",
    ),
    "eva": ("agenda", "centros/1", "taller", "taller#p1"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_fits_and_has_no_known_barrier(
    workshop: Workshop, open_page: Open, size: ViewportSize, scheme: str, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()
    for who, pages in PAGES.items():
        page: Page = open_page(who, size, scheme)
        for number, path in enumerate(pages):
            page.goto(f"/panel/{path}")
            if path.startswith("taller"):
                expect(page.locator("#estado")).to_contain_text("Al día")
            if path == "taller#p1":
                page.locator("[data-verdict=not_yet]").first.click()
                expect(page.locator("#estado")).to_contain_text("Todo enviado")
            page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true; })")
            page.screenshot(path=tmp_path / f"{who}-{number}.png", full_page=True)
            found = axe.run(page).response["violations"]
            assert [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]] == [], path
            assert no_sideways_scroll(page), path
            assert small_targets(page) == [], path
            thumbs = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5).length"
            assert page.locator(".criterion button, .criterion summary, .turn-who").evaluate_all(thumbs) == 0, path


def test_closing_a_day_by_hand(workshop: Workshop, open_page: Open) -> None:
    page = open_page("carla")
    page.goto("/panel/centros/1/horas")
    page.get_by_text("Cerrar uno o varios días").click()
    page.get_by_label("Desde el día").last.fill("2026-11-24")
    page.get_by_role("button", name="Seguir").click()
    expect(page.get_by_text("1 persona tiene cita.")).to_be_visible()
    page.get_by_role("button", name="Sí, cerrar y avisar").click()
    expect(page.get_by_role("status")).to_contain_text("Los días quedaron cerrados")
