"""«Contenido»: lines that were called, reviews by people of outside, and what `check` makes of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot import lines, readiness, reviews
from db.seeding import seed
from db.tables import audit_log, crisis_lines, diagnoses, line_calls
from db.tables import reviews as table
from flows.core.copy import Copy
from tests.panel.conftest import Browser, House
from tests.panel.test_people import in_a_thread


def seeded(house: House) -> dict[tuple[str, str], int]:
    """The crisis lines as delivered, by country and number."""
    house.bot.app.database.write_now(lambda c: seed(c, house.bot.now))
    rows = house.bot.rows(select(crisis_lines.c.country, crisis_lines.c.number, crisis_lines.c.id))
    return {(row.country, row.number): row.id for row in rows}


def shown(house: House, country: str = "SV") -> list[tuple[str, str]]:
    found = house.bot.app.database.read_now(lambda c: lines.shown(c, country, house.bot.now))
    return [(line.number, line.hours) for line in found]


async def calls(browser: Browser, line_id: int, outcome: str, **more: Any) -> int:
    caller = re.search(r'<option value="(\d+)" selected>', browser.last.text)
    assert caller
    fields: dict[str, Any] = {"llamo": caller[1], "horas": "", **more}
    answer = await browser.post(f"/panel/contenido/lineas/{line_id}", resultado=outcome, **fields)
    return answer.status_code


async def test_a_line_is_shown_for_three_months_after_somebody_answered(house: House) -> None:
    house.add("coordinator")
    ids = seeded(house)
    async with house.browser() as browser:
        await browser.log_in("coordinator@example.org")
        assert "Líneas de ayuda por llamar" in browser.words
        await browser.get("/panel/contenido?pais=SV")
        assert "Se muestra" not in browser.words
        assert await calls(browser, ids["SV", "126"], "answered", horas="todos los días, 24 horas") == 200
        assert "Quedó anotada la llamada" in browser.words
        assert shown(house) == [("126", "todos los días, 24 horas")]
        house.bot.wait(days=80)
        await browser.log_in("coordinator@example.org")
        await browser.get("/panel/contenido?pais=SV")
        assert browser.words.index("Vence pronto") < browser.words.index("Sin confirmar")
        house.bot.wait(days=6)
        await browser.get("/panel/contenido?pais=SV")
        house.bot.wait(days=5)
        assert shown(house) == []
        await browser.log_in("coordinator@example.org")
        await browser.get("/panel/contenido?pais=SV")
        assert "Venció: ya no se muestra" in browser.words
        assert await calls(browser, ids["SV", "126"], "answered", horas="24 horas") == 200
        assert await calls(browser, ids["SV", "126"], "changed") == 200
        assert "Ya no es esa línea" in browser.words
        assert "Contestaron («24 horas»)" in browser.words
        assert shown(house) == []
        assert await calls(browser, ids["SV", "126"], "answered", llamo="999") == 409
    outcomes = [row.outcome for row in house.bot.rows(select(line_calls.c.outcome).order_by(line_calls.c.id))]
    assert outcomes == ["answered", "answered", "changed"]


async def test_only_who_coordinates_signs_and_only_lines_of_their_country(house: House) -> None:
    house.add("coordinator", "GT")
    house.add("facilitator")
    ids = seeded(house)
    async with house.browser() as browser, house.browser() as facilitator:
        await facilitator.log_in("facilitator@example.org")
        await facilitator.get("/panel/contenido?pais=SV")
        assert "911" in facilitator.words
        assert "Anotar una llamada" not in facilitator.words
        await browser.log_in("coordinator@example.org")
        await browser.get("/panel/contenido?pais=SV")
        assert "Anotar una llamada" not in browser.words
        answer = await browser.post(f"/panel/contenido/lineas/{ids['SV', '911']}", resultado="answered", llamo="1")
        assert answer.status_code == 403


async def reviewed(browser: Browser, kind: str, key: str, **more: str) -> int:
    await browser.get("/panel/contenido/revisiones")
    part = browser.last.text.partition(f'<input type="hidden" name="clase" value="{kind}">')[2]
    version = re.search(rf'name="version_{re.escape(key)}" value="(\w+)"', part)
    fields: dict[str, Any] = {
        "clase": kind,
        "que": key,
        f"version_{key}": version[1] if version else "",
        "nombre": "Ana Ruiz",
        "profesion": "Evaluadora",
        "institucion": "INTECAP",
        "fecha": "2026-11-20",
    }
    return (await browser.post("/panel/contenido/revisiones", **{**fields, **more})).status_code


async def test_a_review_counts_until_the_content_changes(house: House) -> None:
    house.add("admin")
    copy = house.bot.app.copy

    def left(words: Copy = copy) -> str:
        signed = house.bot.app.database.read_now(lambda c: reviews.signed(c, words, house.bot.now))
        return "\n".join(readiness.notes(words, signed))

    assert "trades.yml: carpenter: no institute has reviewed it" in left()
    async with house.browser() as browser:
        await browser.log_in("admin@example.org")
        kinds = (("trade", "carpenter"), ("crisis_words", ""), ("safety_rules", ""), ("mayan", "kek"))
        for kind, key in (*kinds, ("consent", "es"), ("translation", "en/crisis")):
            assert await reviewed(browser, kind, key) == 200, kind
            assert "Quedó anotada la revisión" in browser.words
        assert "Ana Ruiz, Evaluadora, INTECAP" in browser.words
        for gone in ("carpenter", "crisis.toml", "safety.toml", "Q'eqchi'", "lawyer", " crisis,"):
            assert gone not in left(), gone
        changed = Copy(
            {**copy.texts, "crisis": {**copy.texts["crisis"], "nuevo": {"texto": "Otra cosa."}}}, copy.others
        )
        assert "crisis.toml: no psychologist" in left(changed)
        assert await reviewed(browser, "trade", "carpenter", version_carpenter="000000000000") == 409
        await browser.get("/panel/contenido/revisiones")
        first = house.bot.rows(select(table.c.id).where(table.c.kind == "trade"))[0][0]
        await browser.post(f"/panel/contenido/revisiones/{first}/retirar")
        assert "ya no cuenta" in browser.words
        assert "trades.yml: carpenter" in left()
    actions = [row.action for row in house.bot.rows(select(audit_log.c.action))]
    assert (actions.count("review.added"), actions.count("review.withdrawn")) == (6, 1)


async def test_what_is_missing_is_told_and_psychosocial_signs_words_of_danger_only(house: House) -> None:
    house.add("psychosocial")
    house.add("coordinator")
    async with house.browser() as browser, house.browser() as other:
        await other.log_in("coordinator@example.org")
        for wrong in ({"nombre": ""}, {"institucion": ""}, {"fecha": "2026-12-30"}, {"fecha": "ayer"}, {"que": "nada"}):
            assert await reviewed(other, "trade", "carpenter", **wrong) == 422, wrong
        await browser.log_in("psychosocial@example.org")
        assert await reviewed(browser, "crisis_words", "") == 200
        assert await reviewed(browser, "trade", "carpenter") == 403


def test_a_note_of_who_approved_a_file_is_no_change_of_it() -> None:
    item = {"revisado": "", "a": ["x", {"revisado": "B", "y": 1}]}
    assert reviews.digest(item) == reviews.digest({"revisado": "Ana", "a": ["x", {"y": 1}]})
    assert reviews.digest(item) != reviews.digest({"a": ["x", {"y": 2}]})
    some = reviews.Item("trade", "a", "A", "1")
    assert reviews.counts(some, {"version": "1", "withdrawn_at": None})
    assert not reviews.counts(replace(some, version="2"), {"version": "1", "withdrawn_at": None})


async def test_a_diagnosis_is_as_reviewed_as_its_content(house: House) -> None:
    house.add("coordinator")
    welder = house.bot.app.world.trades["structural_welder"]

    async def marked() -> list[bool]:
        return [row.reviewed for row in house.bot.rows(select(diagnoses.c.reviewed).order_by(diagnoses.c.id))]

    await in_a_thread(evaluates, house)
    assert await marked() == [False]
    async with house.browser() as browser:
        await browser.log_in("coordinator@example.org")
        assert await reviewed(browser, "trade", welder.slug) == 200
        await in_a_thread(evaluates, house)
        assert await marked() == [True, True]
        person = house.bot.rows(select(diagnoses.c.contact_id))[0][0]
        await browser.get(f"/panel/personas/{person}")
        assert "Preguntas revisadas" in browser.words
        await browser.get("/panel/contenido/revisiones")
        assert "saludo «Ma sa laa ch'ool»" in browser.words
        first = house.bot.rows(select(table.c.id).where(table.c.kind == "trade"))[0][0]
        await browser.post(f"/panel/contenido/revisiones/{first}/retirar")
        assert await marked() == [False, False]


def evaluates(house: House) -> None:
    """Somebody begins a self-diagnosis."""
    chat = house.bot.chat()
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("quiero evaluarme de soldador")
    chat.says("34")
