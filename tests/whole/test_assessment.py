"""From a spreadsheet to somebody with work: the whole way of an assessment on the running product, as a story."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import pytest_asyncio
import zxingcpp
from playwright.async_api import Browser, ViewportSize, expect

from tests.whole.assessment import COOK, FIRST, LATER, LINK, PLACE, Person, Town, fetched, local, tables, wednesday
from tests.whole.product import CHROMIUM, a_browser, at_once, running
from tests.whole.workbench import finished, identified, mark, opened

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
REVEALING = ("deport", "retorn", "repatri", "devuelt", "migra")
LEGAL = "ZOILA XIOMARA QUETGLAS"
BEFORE = tuple(f"cita_recordatorio_{when}" for when in ("3d", "1d", "2h"))
KINDS = ("three_days", "one_day", "two_hours", "result")
TELEPHONE: ViewportSize = {"width": 360, "height": 740}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """`arraigo serve` in a process of its own, on a Wednesday at ten."""
    ahead = (wednesday(datetime.now(UTC)) - datetime.now(UTC)).total_seconds()
    async with running(tmp_path_factory.mktemp("served"), module_url, ahead=ahead) as product:
        yield Town(product)


@pytest_asyncio.fixture(loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with a_browser() as browser:
        yield browser


async def test_from_a_list_in_a_spreadsheet_to_work(town: Town, chromium: Browser, tmp_path: Path) -> None:
    """Zoila books by words, Mateo by buttons; both are reminded, come, and are assessed on one day."""
    await at_once(lists(town), templates(town))
    town.evaluator("Eva")
    zoila, mateo = Person(town.product), Person(town.product)
    await books_by_words(zoila)
    await books_by_buttons(mateo)
    await reminded_of_the_day(town, zoila, mateo)
    await reminded_on_the_day(town, zoila, mateo)
    await assessed(town, chromium, zoila, mateo)
    await told_with_dignity(town, zoila, mateo)
    await certificate_is_real(zoila)
    await found_by_a_job_officer(town, chromium, zoila)
    await asked_later(town, zoila)
    await exported(town, tmp_path / "export", zoila, mateo)


async def lists(town: Town) -> None:
    """Centres from a CSV, times from a workbook."""
    places, times = town.lists()
    assert "added: 1" in await town.runs("import", "centres", str(places))
    assert "added: 2" in await town.runs("import", "slots", str(times))


async def templates(town: Town) -> None:
    """Handed in and approved, every one."""
    assert "pending" in await town.runs("templates", "push")
    town.product.twilio.review("")
    table = await town.runs("templates", "status")
    assert table.count(" approved ") == len(town.product.twilio.approvals) > 0


async def books_by_words(zoila: Person) -> None:
    """One sentence says trade, town, day and part of the day: what it says is not asked."""
    await zoila.says("hola", "¿Está de acuerdo?")
    await zoila.says("sí", "¿Cuántos años tiene?")
    await zoila.says("34", "¿En qué municipio vive?")
    await zoila.says("San Miguel", "¿En qué le ayudo?")
    asked = await zoila.says("quiero una cita de cocina en San Miguel el martes en la tarde", "¿Le aparto este lugar?")
    assert "a las 2:00 de la tarde" in asked
    await zoila.says("sí, por favor", "Es gratis.")
    await address_and_calendar(zoila)
    await zoila.says("gracias", "Que le vaya bien")


async def books_by_buttons(mateo: Person) -> None:
    """By way of the diagnosis; his greeting and the town are all that he writes."""
    await mateo.says("hola", "¿Está de acuerdo?")
    await mateo.taps("Sí, de acuerdo", "¿Cuántos años tiene?")
    await mateo.taps("35 a 44", "¿En qué municipio vive?")
    await mateo.says("San Miguel", "¿En qué le ayudo?")
    await mateo.taps("Cuánto vale mi oficio", "¿En qué oficio ha trabajado?")
    await mateo.taps("Cocina diaria", "¿Lo hace usted?")
    while "¿Lo hace usted?" in mateo.shown[-1].body:
        await mateo.taps("Sí, solo/a", "1. ")
    while "Para repasar" in mateo.shown[-1].body:
        await mateo.taps("A", "1. ")
    await mateo.taps("Pedir evaluación", "¿Qué día puede?")
    await mateo.taps("Martes", "¿Le aparto este lugar?")
    await mateo.taps("Sí, apártelo", "Es gratis.")
    await address_and_calendar(mateo)
    await mateo.taps("Está bien", "Que le vaya bien")


async def address_and_calendar(person: Person) -> None:
    """Where it is, how to get there, what to bring, and a file for the calendar."""
    made = next(message.body for message in person.shown if "su lugar está apartado" in message.body)
    for fact in (PLACE, "Calle Siramá 12", "maps.google.com", "Bus 301", "Su DUI y zapatos cerrados"):
        assert fact in made
    kind, calendar = await fetched(LINK.findall(made)[-1])
    assert kind == "text/calendar"
    assert b"BEGIN:VEVENT" in calendar
    assert not any(part in calendar.decode().lower() for part in REVEALING)


async def reminded_of_the_day(town: Town, zoila: Person, mateo: Person) -> None:
    """Three days and one day before, as templates: by the command while the server is down, and by its own clock."""
    zoila.away()
    mateo.away()
    await town.wait_until(town.at(7.9, days=-3))
    await town.product.process.stop()
    assert (await town.due(town.at(8, days=-3)))["remind"] == 1
    await town.product.process.start()
    first = await mateo.gets("cita_recordatorio_3d")
    assert first.body.startswith("Hola. Le recordamos su cita: el martes")
    await town.wait_until(town.at(14, days=-3))
    asked = await zoila.gets("cita_recordatorio_3d")
    await town.wait_until(town.at(19, days=-3))
    zoila.back()
    assert "le esperamos" in await zoila.taps("Sí, voy", "a las 2:00 de la tarde", on=asked)
    assert zoila.appointment()["state"] == "confirmed"
    await town.wait_until(town.at(8, days=-1))
    assert "mañana martes" in (await mateo.gets("cita_recordatorio_1d")).body
    zoila.away()
    await town.wait_until(town.at(14, days=-1))
    await zoila.gets("cita_recordatorio_1d")


async def reminded_on_the_day(town: Town, zoila: Person, mateo: Person) -> None:
    """Two hours before, but nobody is woken: for eight o'clock it comes at seven."""
    await town.wait_until(town.at(6.25))
    await town.product.until(lambda: mateo.due("two_hours") == town.at(7), "a reminder moved out of the night")
    assert "cita_recordatorio_2h" not in mateo.templates()
    await town.wait_until(town.at(7))
    assert "hoy" in (await mateo.gets("cita_recordatorio_2h")).body
    mateo.back()
    await mateo.taps("Sí, voy", "le esperamos")
    await town.wait_until(town.at(12))
    await zoila.gets("cita_recordatorio_2h")
    for person in (zoila, mateo):
        assert person.appointment()["state"] == "confirmed"
        assert person.templates() == dict.fromkeys(BEFORE, 1)
        assert all(values["2"] == PLACE for _, values in person.sent())
        for reminder in person.reminders().values():
            assert reminder["state"] == "sent"
            assert 7 <= local(reminder["closed_at"]).hour < 20


async def assessed(town: Town, chromium: Browser, zoila: Person, mateo: Person) -> None:
    """On a telephone whose signal goes and comes: what was marked arrives, once; then the result."""
    await town.wait_until(town.at(14.5))
    page = await town.product.panel(chromium, "Eva", "/panel/taller", TELEPHONE)
    state = page.locator("#estado")
    await expect(state).to_contain_text("Al día")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await opened(page, zoila)
    await identified(page, LEGAL)
    found = page.locator("[data-item]:has([data-verdict=competent])")
    items: list[str] = await found.evaluate_all("all => all.map((one) => one.dataset.item)")
    await mark(page, items[0])
    await town.product.until(zoila.marks, "the first mark")
    await expect(state).to_contain_text("Todo enviado")
    await page.context.set_offline(True)
    for item in items[1:5]:
        await mark(page, item)
    await expect(state).to_contain_text("Sin señal – 4 anotaciones guardadas")
    await page.reload()
    kept = page.locator(f"[data-item={items[4]}] [data-verdict=competent]")
    await expect(kept).to_have_attribute("aria-pressed", "true")
    for item in items[5:]:
        await mark(page, item)
    assert zoila.marks() == [(items[0], "competent")]
    await page.context.set_offline(False)
    await finished(page, "Competente")
    assert zoila.marks() == [(item, "competent") for item in items]
    assert await page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]

    await page.goto("/panel/taller")
    await opened(page, mateo)
    await identified(page, "MATEO")
    for item in items:
        await mark(page, item, "not_yet" if item == items[-1] else "competent")
    await finished(page, "Todavía no")
    await page.context.close()


async def told_with_dignity(town: Town, zoila: Person, mateo: Person) -> None:
    """By template, or in the chat of who wrote today; what it is, only on a tap; nobody hears that they failed."""
    town.product.wait(minutes=2)
    await zoila.gets("resultado_listo")
    zoila.back()
    assert "Felicidades" in await zoila.taps("Ver mi resultado", "¿Qué quiere ver?")
    await mateo.hears("Ya está listo el resultado")
    assert "resultado_listo" not in mateo.templates()
    before = len(mateo.shown)
    await mateo.taps("Ver mi resultado", "Puede volver a intentarlo")
    told = "\n".join(message.body for message in mateo.shown[before:])
    for words in ("Gracias por venir", "Esto lo hizo bien", "Le falta practicar"):
        assert words in told
    assert not re.search("reprob|fall|fracas|mal ", told)


async def certificate_is_real(zoila: Person) -> None:
    """«Mi certificado» gives a PDF; its code, read by a camera, leads to a page that says so, and no more."""
    before = len(zoila.shown)
    await zoila.says("mi certificado", "¿Quiere que quien busca trabajadores")
    given = [link for message in zoila.shown[before:] for link in (*message.media, *LINK.findall(message.body))]
    (address,) = (link for link in given if link.endswith(".pdf"))
    kind, paper = await fetched(address)
    assert kind == "application/pdf"
    (page,) = pypdfium2.PdfDocument(paper)
    (read,) = zxingcpp.read_barcodes(page.render(scale=2).to_numpy())
    assert read.text in given
    words = page.get_textpage().get_text_range()
    assert LEGAL.lower() in words.lower()
    _, checked = await fetched(read.text)
    assert "Este documento es real" in checked.decode()
    assert "zoila" not in checked.decode().lower()
    for text in (words, checked.decode()):
        assert not any(part in text.lower() for part in REVEALING)


async def found_by_a_job_officer(town: Town, chromium: Browser, zoila: Person) -> None:
    """She agrees to be found; who looks for workers sees her code, trade and years, not her name or number."""
    town.product.staff("Olga", "job_officer", "SV")
    page = await town.product.panel(chromium, "Olga", "/panel/red")
    code = zoila.row()["code"]
    await expect(page.locator("main")).not_to_contain_text(code)
    await zoila.taps("Cuénteme", "¿Quiere entrar?")
    await zoila.taps("Sí, quiero entrar", "¿Cuántos años")
    await zoila.taps("De 4 a 10 años", "ya está en la red")
    await page.reload()
    await expect(page.get_by_role("row").filter(has_text=code)).to_contain_text("De 4 a 10 años")
    shown = (await page.content()).lower()
    assert "quetglas" not in shown
    assert zoila.number not in shown
    await page.context.close()


async def asked_later(town: Town, zoila: Person) -> None:
    """After one, three and six months, by template and buttons; she is asked whether we may, once."""
    for days, template, leads_to, answers in LATER:
        zoila.away()
        await town.wait_until(town.at(14, days=days))
        await zoila.gets(template)
        zoila.back()
        await zoila.taps("Sí, pregunte", leads_to)
        if leads_to != FIRST:
            await zoila.taps("Sí, pregunte", FIRST)
        for number, answer in enumerate(answers, 1):
            await zoila.taps(answer, "eso fue todo" if number == len(answers) else "?")
    assert zoila.templates() == dict.fromkeys((*BEFORE, "resultado_listo", *(asked for _, asked, _, _ in LATER)), 1)


async def exported(town: Town, out: Path, zoila: Person, mateo: Person) -> None:
    """Every fact of this story stands in the files under pseudonyms; who they are and what they wrote does not."""
    await town.runs("export", "--out", str(out))
    files = tables(out)
    her, his = zoila.row()["code"], mateo.row()["code"]

    def column(name: str, *columns: str) -> list[tuple[str, ...]]:
        return sorted(tuple(row[column] for column in columns) for row in files[name])

    assert column("people", "person", "department") == sorted((who, "San Miguel") for who in (her, his))
    assert column("slots", "centre", "trade", "capacity", "booked") == [("smi", COOK, "1", "1")] * 2
    assert column("diagnoses", "person", "trade") == [(his, COOK)]
    came = sorted((who, "smi", "attended") for who in (her, his))
    assert column("appointments", "person", "centre", "state") == came
    assert all(row["confirmed_at"] for row in files["appointments"])
    assert column("reminders", "kind", "state") == sorted((kind, "sent") for kind in KINDS * 2)
    assert column("evaluations", "result") == [("competent",), ("not_yet",)]
    assert column("evaluation_marks", "item", "verdict") == sorted(zoila.marks() + mateo.marks())
    assert column("certificates", "person", "trade", "centre") == [(her, COOK, "smi")]
    assert column("followups", "person", "state") == [(her, "answered")] * 3
    given = [row["answer"] for row in files["followup_answers"]]
    assert len(given) == sum(len(answers) for _, _, _, answers in LATER)
    assert given.count("sin_decir") == 1
    assert column("network", "person", "experience", "left_at") == [(her, "4_10", "")]
    assert {("network", "1"), ("followups", "1")} <= set(column("consents", "purpose", "granted"))
    everything = str(files).lower()
    written = (*LEGAL.lower().split(), "mateo", "gracias", zoila.appointment()["code"].lower())
    assert not [secret for secret in (*written, zoila.number, mateo.number) if secret in everything]
