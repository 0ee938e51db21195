"""The workshop on a telephone in real browsers: the signal goes and comes, and nothing is lost or counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select
from starlette.routing import Mount

from bot.panel.app import Panel
from db.tables import appointments, centres, evaluation_marks, evaluations
from tests.panel.conftest import house_on
from tests.panel.test_browser import CHROMIUM, chromium, on_a_port
from tests.panel.test_cases_browser import Open, open_page
from tests.panel.workshop import Workshop

__all__ = ["chromium", "open_page"]  # fixtures
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """Eva evaluates welders; Marta and José come today."""
    with house_on(tmp_path, None, "") as house:
        made = Workshop(house)
        centre = made.centre()
        made.evaluator(centre)
        made.appointment(centre, "Marta Alicia Ramos")
        made.appointment(centre, "José Adán Pérez", hours=1)
        yield made


@pytest.fixture
def address(workshop: Workshop) -> Iterator[str]:
    with on_a_port(workshop.house) as address:
        yield address


def open_workshop(open_page: Open, who: str = "eva") -> Page:
    page: Page = open_page(who)
    page.goto("/panel/taller")
    expect(page.locator("#estado")).to_contain_text("Al día")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def mark(page: Page, item: str, verdict: str = "competent") -> None:
    button = page.locator(f"[data-item={item}] [data-verdict={verdict}]")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def stored(workshop: Workshop) -> list[tuple[str, str]]:
    marks = evaluation_marks.c
    return [tuple(row) for row in workshop.house.bot.rows(select(marks.item, marks.verdict).order_by(marks.id))]


def criteria(workshop: Workshop) -> list[str]:
    return [each.id for each in workshop.house.bot.app.world.trades["structural_welder"].criteria]


def test_the_signal_goes_in_the_middle_and_nothing_is_lost(workshop: Workshop, open_page: Open) -> None:
    page = open_workshop(open_page)
    items = criteria(workshop)
    page.get_by_role("link", name="Marta").click()
    mark(page, items[0])
    expect(page.locator("#estado")).to_contain_text("Todo enviado a las")
    page.context.set_offline(True)
    for item in items[1:6]:
        mark(page, item)
    expect(page.locator("#estado")).to_contain_text("Sin señal – 5 anotaciones guardadas en este teléfono")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marta Alicia Ramos")
    for item in items[:6]:
        button = page.locator(f"[data-item={item}] [data-verdict=competent]")
        expect(button).to_have_attribute("aria-pressed", "true")
    mark(page, items[6], "not_yet")
    expect(page.locator("#estado")).to_contain_text("6 anotaciones guardadas")
    assert len(stored(workshop)) == 1
    page.context.set_offline(False)
    expect(page.locator("#estado")).to_contain_text("Todo enviado a las", timeout=20_000)
    assert stored(workshop) == [(item, "competent") for item in items[:6]] + [(items[6], "not_yet")]
    assert workshop.rows(appointments)[0].state == "attended"


@pytest.mark.parametrize("trouble", ["503", "lost answer", "no answer"])
def test_what_may_have_arrived_is_sent_again_and_stored_once(workshop: Workshop, open_page: Open, trouble: str) -> None:
    page = open_workshop(open_page)
    items, tries = criteria(workshop), []

    def in_the_way(route: Route) -> None:
        tries.append(route.request.post_data)
        if len(tries) > 2:
            route.continue_()
        elif trouble == "503":
            route.fulfill(status=503)
        elif trouble == "lost answer":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.fetch()
            route.abort("timedout")

    page.context.route("**/taller/marcas", in_the_way)
    page.get_by_role("link", name="Marta").click()
    mark(page, items[0])
    mark(page, items[1])
    expect(page.locator("#estado")).to_contain_text("2 anotaciones guardadas en este teléfono")
    mark(page, items[2])
    for _ in range(3):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(700)
    expect(page.locator("#estado")).to_contain_text("Todo enviado", timeout=20_000)
    assert sorted(stored(workshop)) == sorted((item, "competent") for item in items[:3])
    assert len(tries) >= 3


def test_from_the_document_to_the_result(workshop: Workshop, open_page: Open) -> None:
    page = open_workshop(open_page)
    page.get_by_role("link", name="Marta").click()
    page.get_by_role("button", name="Terminar la evaluación").click()
    expect(page.get_by_role("alert")).to_contain_text("Falta decir quién es")
    page.context.set_offline(True)
    page.get_by_label("Vi su documento").check()
    page.get_by_label("Nombre como está en el documento").fill("MARTA ALICIA  RAMOS DE PÉREZ")
    page.get_by_role("button", name="Guardar el nombre").click()
    items = criteria(workshop)
    for item in items:
        mark(page, item, "not_yet" if item == items[4] else "competent")
    note = page.locator(f"[data-item={items[4]}]")
    note.get_by_text("Nota", exact=True).click()
    note.get_by_label("Nota de este criterio").fill("Le falta el ángulo")
    note.get_by_label("Nota de este criterio").blur()
    page.get_by_label("Todavía no", exact=True).check()
    expect(page.locator(f".practise input[value={items[4]}]")).to_be_checked()
    page.get_by_label("Nota para el equipo").fill("Volver en enero")
    page.reload()
    expect(page.get_by_label("Nota para el equipo")).to_have_value("Volver en enero")
    expect(page.get_by_label("Todavía no", exact=True)).to_be_checked()
    page.get_by_role("button", name="Terminar la evaluación").click()
    page.get_by_role("button", name="Sí, terminar").click()
    expect(page.locator("[data-when=finished]")).to_contain_text("Falta enviarla")
    page.context.set_offline(False)
    expect(page.locator("[data-when=finished]")).to_contain_text("Terminada a las", timeout=20_000)
    evaluation = workshop.rows(evaluations)[0]
    assert (evaluation.result, evaluation.practise) == ("not_yet", [items[4]])
    cipher = workshop.house.bot.app.cipher
    assert cipher.open(evaluation.legal_name_enc, "name") == "MARTA ALICIA RAMOS DE PÉREZ"
    assert cipher.open(evaluation.notes_enc, "evaluation notes") == "Volver en enero"


def test_a_login_that_ran_out_asks_again_and_loses_nothing(workshop: Workshop, open_page: Open) -> None:
    page = open_workshop(open_page)
    items = criteria(workshop)
    page.get_by_role("link", name="Marta").click()
    page.context.clear_cookies()
    mark(page, items[0])
    expect(page.locator("#entrar")).to_contain_text("Su sesión terminó")
    expect(page.locator("#estado")).to_contain_text("Falta entrar – 1 anotación guardada")
    page.get_by_role("link", name="Entrar otra vez").click()
    page.get_by_label("Correo").fill("eva@example.org")
    page.get_by_label("Contraseña", exact=True).fill("maíz lluvia puente azul")
    page.get_by_role("button", name="Entrar").click()
    expect(page.locator("#estado")).to_contain_text("Todo enviado", timeout=20_000)
    assert stored(workshop) == [(items[0], "competent")]


def test_notes_belong_to_who_made_them_and_names_go_with_the_logout(workshop: Workshop, open_page: Open) -> None:
    workshop.evaluator(workshop.rows(centres)[0].id, "beto")
    page = open_workshop(open_page)
    items = criteria(workshop)
    page.get_by_role("link", name="Marta").click()
    page.context.route("**/taller/marcas", lambda route: route.abort())
    mark(page, items[0])
    expect(page.locator("#estado")).to_contain_text("1 anotación")
    page.goto("/panel/cuenta")
    page.get_by_role("button", name="Menú").click()
    page.get_by_role("button", name="Salir", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Usted salió")
    kept = """() => new Promise((done) => { const r = indexedDB.open('arraigo-taller'); r.onsuccess = () => {
        const t = r.result.transaction(['days', 'queue', 'meta']); const n = {};
        for (const name of ['days', 'queue', 'meta']) {
          t.objectStore(name).getAll().onsuccess = (e) => { n[name] = e.target.result; };
        }
        t.oncomplete = () => done(JSON.stringify(n)); }; })"""
    text = page.evaluate(kept)
    assert "Marta" not in text
    assert items[0] in text
    page.context.unroute("**/taller/marcas")
    page.get_by_label("Correo").fill("beto@example.org")
    page.get_by_label("Contraseña", exact=True).fill("maíz lluvia puente azul")
    page.get_by_role("button", name="Entrar").click()
    page.goto("/panel/taller")
    expect(page.locator("#ajenas")).to_contain_text("1 anotación de otra persona")
    assert stored(workshop) == []


def test_a_new_version_meanwhile_and_what_is_kept_of_a_day_that_is_over(workshop: Workshop, open_page: Open) -> None:
    page = open_workshop(open_page)
    items = criteria(workshop)
    page.get_by_role("link", name="Marta").click()
    page.context.set_offline(True)
    mark(page, items[0])
    (panel,) = (route.app for route in workshop.house.web.routes if isinstance(route, Mount) and route.path == "/panel")
    assert isinstance(panel, Panel)
    renderer = panel.render
    old = renderer.version
    renderer.version = "another"  # as after an update of the panel
    renderer.environment.globals["static"] = "/panel/static/another"
    page.reload()
    expect(page.locator(f"[data-item={items[0]}] [data-verdict=competent]")).to_have_attribute("aria-pressed", "true")
    page.context.set_offline(False)
    expect(page.locator("#estado")).to_contain_text("Todo enviado", timeout=20_000)
    assert stored(workshop) == [(items[0], "competent")]
    page.reload()
    page.wait_for_function(
        "old => caches.keys().then((names) => names.length === 1 && !names[0].endsWith(old))", arg=old
    )
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marta")
    page.context.set_offline(False)
    workshop.house.bot.wait(hours=30)
    over = """() => new Promise((done) => { const r = indexedDB.open('arraigo-taller'); r.onsuccess = () => {
        const t = r.result.transaction('days', 'readwrite'); const s = t.objectStore('days');
        s.getAll().onsuccess = (e) => { for (const day of e.target.result) s.put({ ...day, until: '2020-01-01' }); };
        t.oncomplete = () => done(true); }; })"""
    page.context.set_offline(True)
    page.evaluate(over)
    page.reload()
    expect(page.locator("#nadie")).to_contain_text("Abra esta página una vez con señal")
    assert "Marta" not in page.content()
