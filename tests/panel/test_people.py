"""«Personas»: found by telephone, code and name within one's country; registered, corrected, joined, erased."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.people import names
from db.tables import audit_log, consents, contacts, handoffs, identities, merges, messages, name_tokens, outbox
from tests.chat import Chat
from tests.panel.conftest import Browser, House

NUMBER = "+50370001234"


def writes(house: House, number: str = NUMBER, name: str = "", country: str = "SV") -> tuple[Chat, int, str]:
    """Somebody on WhatsApp who agreed that answers are kept; returns the chat, id and code."""
    person = house.bot.chat(f"whatsapp:{number}", "whatsapp", number)
    person.says("hola")
    person.taps("Sí, de acuerdo")
    row = house.bot.rows(select(contacts.c.id, contacts.c.code).order_by(contacts.c.id.desc()).limit(1))[0]
    app = house.bot.app

    def fill(connection: Connection) -> None:
        connection.execute(update(contacts).where(contacts.c.id == row.id).values(country=country))
        names.keep(connection, app.cipher, app.hasher, row.id, name, house.bot.now)

    app.database.write_now(fill)
    return person, row.id, row.code


async def in_a_thread(work: Any, *arguments: Any, **named: Any) -> Any:
    """The tester of conversations has an event loop of its own."""
    return await asyncio.to_thread(work, *arguments, **named)


async def finds(browser: Browser, text: str) -> bool:
    """Whether this search ends on somebody's page."""
    await browser.get("/panel/personas")
    await browser.post("/panel/personas", buscar=text)
    assert browser.last.status_code == 200
    return "No encontramos a nadie" not in browser.words


def audited(house: House) -> list[tuple[str, int | None]]:
    return [tuple(row) for row in house.bot.rows(select(audit_log.c.action, audit_log.c.contact_id))]


async def test_a_telephone_is_found_however_it_is_written(house: House) -> None:
    house.add("facilitator", "SV")
    _, contact_id, code = await in_a_thread(writes, house)
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        for text in ("+503 7000-1234", "70001234", "7000 1234", "(503) 7000.1234", "00503 70001234", "50370001234"):
            assert await finds(browser, text), text
            assert code in browser.words
        for text in ("70001235", "+502 70001234", "7000"):
            assert not await finds(browser, text), text
    assert ("person.seen", contact_id) in audited(house)
    kept = str(house.bot.rows(select(audit_log)))
    assert "7000" not in kept


async def test_by_code_of_the_person_and_of_a_case(house: House) -> None:
    house.add("facilitator", "SV")
    person, _, code = await in_a_thread(writes, house)
    await in_a_thread(person.says, "quiero hablar con una persona")
    case = house.bot.rows(select(handoffs.c.code))[0][0]
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        for text in (code, code.lower(), f"{code[:4]}-{code[4:]}", case, case.replace("-", "").lower()):
            assert await finds(browser, text), text
            assert case in browser.words
        assert not await finds(browser, "ZZZZZZZZ")


async def test_by_name_as_it_sounds_and_only_within_ones_country(house: House) -> None:
    house.add("facilitator", "SV")
    house.add("facilitator", "GT", "gt@example.org")
    _, first, _ = await in_a_thread(writes, house, name="María de la Luz Giménez")
    _, second, _ = await in_a_thread(writes, house, "+50370005678", name="Luz Pérez")
    await in_a_thread(writes, house, "+50270005678", name="Luz Quej", country="GT")
    async with house.browser() as browser, house.browser() as other:
        await browser.log_in("facilitator@example.org")
        for text in ("maria jimenez", "Jiménez María", "MARIA LUZ", "giménez"):
            assert await finds(browser, text), text
            assert "María de la Luz Giménez" in browser.words
        assert await finds(browser, "luz")
        assert "Giménez" in browser.words
        assert "Luz Pérez" in browser.words
        assert "Quej" not in browser.words
        assert not await finds(browser, "María Pérez")
        assert not await finds(browser, "mar")
        await other.log_in("gt@example.org")
        assert not await finds(other, "Giménez")
        assert not await finds(other, NUMBER)
        assert (await other.get(f"/panel/personas/{first}")).status_code == 404
    listed = {who for action, who in audited(house) if action == "person.listed"}
    assert {first, second} <= listed
    assert b"Luz" not in b"".join(row[0] for row in house.bot.rows(select(name_tokens.c.token_hash)))


async def test_the_telephone_is_shown_on_a_tap_and_the_tap_is_logged(house: House) -> None:
    for role in ("facilitator", "evaluator"):
        house.add(role)
    _, contact_id, _ = await in_a_thread(writes, house)
    async with house.browser() as browser, house.browser() as evaluator:
        await browser.log_in("facilitator@example.org")
        await browser.get(f"/panel/personas/{contact_id}")
        assert NUMBER not in browser.last.text
        await browser.post(f"/panel/personas/{contact_id}/telefono")
        assert NUMBER in browser.words
        piece = await browser.client.post(
            f"/panel/personas/{contact_id}/telefono", data={"csrf": browser.token}, headers={"X-Arraigo-Fetch": "1"}
        )
        assert piece.text.startswith('<div id="telefono">')
        await evaluator.log_in("evaluator@example.org")
        await evaluator.get(f"/panel/personas/{contact_id}")
        assert "Ver el teléfono" not in evaluator.words
        assert (await evaluator.post(f"/panel/personas/{contact_id}/telefono")).status_code == 403
    assert audited(house).count(("person.phone_seen", contact_id)) == 2


async def test_nothing_of_danger_or_care_is_on_the_page(house: House) -> None:
    house.add("coordinator")
    house.add("job_officer")
    person, contact_id, _ = await in_a_thread(writes, house)
    await in_a_thread(person.says, "me quiero matar")
    case = house.bot.rows(select(handoffs.c.code))[0][0]
    async with house.browser() as browser, house.browser() as officer:
        await browser.log_in("coordinator@example.org")
        await browser.get(f"/panel/personas/{contact_id}")
        assert case in browser.words
        await officer.log_in("job_officer@example.org")
        await officer.get(f"/panel/personas/{contact_id}")
        assert case not in officer.words
        for page in (browser.words, officer.words):
            assert not re.search("matar|peligro|urgente|crisis|self_harm", page)


async def test_facts_are_corrected_and_the_log_says_which_not_what(house: House) -> None:
    house.add("facilitator", "SV")
    _, contact_id, _ = await in_a_thread(writes, house, name="Rosa")
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        path = f"/panel/personas/{contact_id}"
        await browser.get(path)
        state = browser.hidden("estado")
        form: dict[str, Any] = {
            "estado": state,
            "nombre": "Rosalinda Cruz",
            "oficio": "structural_welder",
            "idioma": "es",
            "edad": "25_34",
        }
        answer = await browser.post(path, **form, lugar_texto="San Antonio")
        assert answer.status_code == 422
        assert "Hay varios lugares así" in browser.words
        picked = re.findall(r'name="lugar" value="([^"]+)"', answer.text)
        await browser.post(path, **form, lugar_texto="San Antonio", lugar=picked[0])
        assert "Los cambios quedaron guardados" in browser.words
        assert "Rosalinda Cruz" in browser.words
        assert (await browser.post(path, **form, lugar_texto="")).status_code == 409
        await browser.get(path)
        form["estado"] = browser.hidden("estado")
        assert (await browser.post(path, **{**form, "oficio": "rey"}, lugar_texto="")).status_code == 422
        assert (await browser.post(path, **form, lugar_texto="Narnia")).status_code == 422
        assert await finds(browser, "rosalinda")
        assert not await finds(browser, "rosa")
    row = house.bot.rows(select(contacts).where(contacts.c.id == contact_id))[0]
    assert (row.trade, row.age_band, row.place) == ("structural_welder", "25_34", picked[0])
    (detail,) = house.bot.rows(select(audit_log.c.detail).where(audit_log.c.action == "person.corrected"))
    assert detail[0] == {"fields": ["age_band", "name", "place", "trade"]}


WALK_IN: dict[str, Any] = {
    "nombre": "Petrona Caal",
    "pais": "GT",
    "lugar_texto": "Cobán",
    "oficio": "structural_welder",
    "idioma": "kek",
    "acepta": "si",
}


async def test_somebody_without_a_telephone_gets_a_code_on_paper(house: House) -> None:
    user_id = house.add("facilitator", "GT")
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        await browser.get("/panel/personas/nueva")
        more: dict[str, Any] = {"tomado": str(user_id), "fecha": "2026-11-20", "boleto": browser.hidden("boleto")}
        await browser.post("/panel/personas/nueva", **WALK_IN, **more)
        shown = re.search(r'class="secret">([A-Z0-9]{4})-([A-Z0-9]{4})<', browser.last.text)
        assert shown
        await browser.get("/panel/personas/nueva")
        await browser.post("/panel/personas/nueva", **WALK_IN, **more)  # sent twice
        assert "ya quedó registrada" in browser.words
        assert await finds(browser, shown[1] + shown[2])
        assert "Petrona Caal" in browser.words
        assert "En papel" in browser.words
    (row,) = house.bot.rows(select(contacts))
    assert (row.code, row.country, row.department, row.trade) == (
        shown[1] + shown[2],
        "GT",
        "Alta Verapaz",
        "structural_welder",
    )
    assert (row.language, row.consent_kept, row.channel_first) == ("kek", True, "in_person")
    (consent,) = house.bot.rows(select(consents))
    assert (consent.taken_by, str(consent.given_on), consent.channel) == (user_id, "2026-11-20", "paper")
    house.bot.wait(days=40)
    house.bot.due()
    assert len(house.bot.rows(select(contacts))) == 1  # who agreed on paper is kept


async def test_nobody_is_registered_without_a_signed_paper(house: House) -> None:
    user_id = house.add("facilitator", "GT")
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        await browser.get("/panel/personas/nueva")
        good: dict[str, Any] = {**WALK_IN, "tomado": str(user_id), "fecha": "2026-11-20"}
        wrongs: tuple[tuple[dict[str, str], str], ...] = (
            ({"acepta": "no"}, "Sin el papel firmado"),
            ({"fecha": "2026-11-30"}, "Escriba el día"),
            ({"fecha": "ayer"}, "Escriba el día"),
            ({"tomado": "999"}, "Elija una opción"),
            ({"pais": "SV", "lugar_texto": ""}, "Elija una opción"),
            ({"lugar_texto": "Narnia"}, "No conocemos ese lugar"),
        )
        for wrong, told in wrongs:
            answer = await browser.post("/panel/personas/nueva", **{**good, **wrong})
            assert (answer.status_code, told in browser.words) == (422, True), wrong
    assert house.bot.rows(select(contacts)) == []


async def join(browser: Browser, kept: int, code: str) -> None:
    await browser.get(f"/panel/personas/{kept}/unir?con={code}")
    fields: dict[str, Any] = {name: browser.hidden(name) for name in ("otra", "estado", "estado_otra")}
    await browser.post(f"/panel/personas/{kept}/unir", queda=str(kept), **fields)


async def test_two_records_of_one_person_become_one_and_two_again(house: House) -> None:
    house.add("facilitator", "SV")
    old, dropped, code = await in_a_thread(writes, house, name="Ana Pop")
    new, kept, _ = await in_a_thread(writes, house, "+50370005678")
    await in_a_thread(old.says, "quiero hablar con una persona")
    await in_a_thread(old.says, "BAJA")
    before = old.session.to_json()
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        await browser.get(f"/panel/personas/{kept}/unir?con={code}")
        assert "Ana Pop" in browser.words
        await join(browser, kept, code)
        assert "ahora son uno" in browser.words
        assert browser.words.count("Pidió no recibir mensajes") == 2  # the stricter of both
        for text in (code, NUMBER, "+50370005678", "ana pop"):
            assert await finds(browser, text), text
            assert browser.last.url.path == f"/panel/personas/{kept}"
        assert (await browser.get(f"/panel/personas/{dropped}")).headers["location"] == f"/panel/personas/{kept}"
        assert old.session.to_json() == before
        house.bot.wait(minutes=1)
        await in_a_thread(new.says, "ALTA")  # each number goes on where it was
        assert "Ya puede recibir mensajes" in new.replies[0].text
        assert old.session.to_json() == before
        await browser.get(f"/panel/personas/{kept}")
        (merge,) = house.bot.rows(select(merges.c.id))
        await browser.post(f"/panel/personas/{kept}/separar/{merge.id}")
        assert "están separados otra vez" in browser.words
        assert await finds(browser, code)
        assert browser.last.url.path == f"/panel/personas/{dropped}"
        assert "Pidió no recibir mensajes" in browser.words  # they were two: the other one's ALTA was not theirs
        await browser.get(f"/panel/personas/{kept}")
        assert "Pidió no recibir mensajes" not in browser.words
    whose = house.bot.rows(select(handoffs.c.contact_id))
    assert whose == [(dropped,)]
    assert {("person.joined", kept), ("person.joined", dropped), ("person.parted", kept)} <= set(audited(house))


async def test_what_cannot_be_joined_says_why(house: House) -> None:
    house.add("coordinator")
    _, kept, code = await in_a_thread(writes, house)
    unkept = await in_a_thread(house.bot.chat, "whatsapp:+50370009999", "whatsapp", "+50370009999")
    await in_a_thread(unkept.says, "hola")
    stranger = house.bot.rows(select(contacts.c.code).order_by(contacts.c.id.desc()).limit(1))[0][0]
    async with house.browser() as browser:
        await browser.log_in("coordinator@example.org")
        await browser.get(f"/panel/personas/{kept}/unir?con={code}", follow=True)
        assert "Es el mismo registro" in browser.words
        await browser.get(f"/panel/personas/{kept}/unir?con=ZZZZZZZZ")
        assert "No encontramos ese código" in browser.words
        await join(browser, kept, stranger)
        assert "Falta el permiso" in browser.words


async def test_erasing_asks_twice_says_farewell_and_takes_joined_records_too(house: House) -> None:
    house.add("coordinator")
    house.add("facilitator")
    person, kept, code = await in_a_thread(writes, house, name="Ana Pop")
    _, dropped, other = await in_a_thread(writes, house, "+50370005678", name="Ana Maribel")
    async with house.browser() as browser, house.browser() as facilitator:
        await facilitator.log_in("facilitator@example.org")
        await facilitator.get("/panel/personas")
        assert (await facilitator.post(f"/panel/personas/{kept}/borrar")).status_code == 403
        await browser.log_in("coordinator@example.org")
        await join(browser, kept, other)
        path = f"/panel/personas/{kept}/borrar"
        await browser.get(path)
        state = browser.hidden("estado")
        assert (await browser.post(path, estado=state, codigo=other, despedida="si")).status_code == 422
        house.bot.app.database.write_now(
            lambda c: c.execute(
                insert(handoffs).values(
                    created_at=house.bot.now,
                    contact_id=kept,
                    code="PEL-GRO",
                    reason="violence",
                    priority=1,
                    next_at=house.bot.now,
                )
            )
        )
        await browser.get(path)
        await browser.post(path, estado=state, codigo=code, despedida="si")
        assert "Hay un caso de peligro abierto" in browser.words
        house.bot.app.database.write_now(lambda c: c.execute(update(handoffs).values(state="closed")))
        await browser.get(path)
        await browser.post(path, estado=state, codigo=code.lower(), despedida="si")
        assert "La persona quedó borrada" in browser.words
        for text in (code, other, NUMBER, "ana pop", "maribel"):
            assert not await finds(browser, text), text
    rows = house.bot.rows(select(contacts.c.id, contacts.c.name_enc).where(contacts.c.erased_at.is_not(None)))
    assert [tuple(row) for row in rows] == [(kept, None), (dropped, None)]
    assert house.bot.rows(select(identities)) == house.bot.rows(select(merges)) == []
    farewell = select(messages.c.key, outbox.c.identity_id, outbox.c.state).join(
        outbox, outbox.c.message_id == messages.c.id
    )
    said = [tuple(row) for row in house.bot.rows(farewell.where(messages.c.conversation_id.is_(None)))]
    assert ("borrar.confirmar.borrado", None, "pending") in said
    assert person.address
