"""What is done with a case from the panel: claimed, answered, passed on, put to sleep, closed, opened again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from bot.cases.answering import INVITATION
from db.tables import canned_answers, case_notes, contacts, messages, provider_templates
from tests.panel.casework import Office
from tests.panel.conftest import Browser

FETCH = {"X-Arraigo-Fetch": "1"}


@pytest.fixture
def ana(office: Office) -> int:
    return office.staff("facilitator", "SV", "ana@example.org")


@pytest.fixture
def beto(office: Office) -> int:
    return office.staff("facilitator", "SV", "beto@example.org")


async def act(browser: Browser, office: Office, name: str, **fields: str) -> str:
    """Open the newest case, do this with it; what the page says then."""
    path = f"/panel/casos/{office.case['id']}"
    await browser.get(path)
    await browser.post(f"{path}/{name}", follow=True, **fields)
    return browser.words


async def test_of_two_claims_at_once_one_wins_and_the_other_learns_who(office: Office, ana: int, beto: int) -> None:
    office.wanted()
    path = f"/panel/casos/{office.case['id']}"
    async with office.at_work("ana@example.org") as one, office.at_work("beto@example.org") as other:
        await asyncio.gather(one.get(path), other.get(path))
        answers = await asyncio.gather(
            one.post(f"{path}/tomar", follow=False), other.post(f"{path}/tomar", follow=False)
        )
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        loser, holder = (other, "Ana") if answers[0].status_code == 303 else (one, "Beto")
        assert f"Este caso lo tiene {holder} desde" in loser.words
        assert "Solo quien tiene el caso ve lo que se dijo" in loser.words
    assert office.log("case.claimed") == [("case.claimed", office.case["id"])]


async def test_an_answer_reaches_the_person_once(office: Office, ana: int) -> None:
    chat = office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        for _ in range(2):  # the phone never learnt that the first one arrived
            said = await act(browser, office, "responder", texto="Hola, soy Ana.\n¿Cómo le ayudo?", ficha="abc")
            assert "Su respuesta quedó guardada" in said
        assert "Hola, soy Ana. ¿Cómo le ayudo?" in said
    assert office.heard() == ["Hola, soy Ana.\n¿Cómo le ayudo?"]
    assert len(office.log("case.answered")) == 1
    assert office.says(chat, "gracias") == []  # the bot is silent


async def test_after_the_window_the_person_is_asked_to_write_again(office: Office, ana: int) -> None:
    office.wanted(channel="whatsapp")
    bot = office.house.bot
    bot.wait(hours=25)
    async with office.at_work("ana@example.org") as browser:
        assert "Avisarle para que escriba" in await act(browser, office, "tomar")
        assert "WhatsApp todavía no lo aprobó" in await act(browser, office, "invitar")
        form = bot.app.templates[INVITATION]
        row = {"name": form.name, "language": "es", "content_hash": form.hash, "state": "approved"}
        made = insert(provider_templates).values(created_at=bot.now, account_hash=b"a", **row)
        bot.app.database.write_now(lambda connection: connection.execute(made).rowcount)
        assert "Se le avisa por WhatsApp" in await act(browser, office, "invitar")
        assert "todavía no escribe" in await act(browser, office, "invitar")
    assert office.log("case.invited") == [("case.invited", office.case["id"])]


async def test_a_note_is_never_sent(office: Office, ana: int) -> None:
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        before = len(office.house.bot.rows(select(messages.c.id)))
        assert "Prefiere la tarde." in await act(browser, office, "nota", nota="Prefiere la tarde.", ficha="n1")
        await act(browser, office, "nota", nota="Prefiere la tarde.", ficha="n1")
        await act(browser, office, "devolver")
        assert "Prefiere la tarde." not in browser.words
    assert len(office.house.bot.rows(select(messages.c.id))) == before
    assert len(office.house.bot.rows(select(case_notes.c.id))) == 1
    assert office.log("case.noted", "case.released") == [
        ("case.noted", office.case["id"]),
        ("case.released", office.case["id"]),
    ]


async def test_a_window_that_closes_meanwhile_keeps_the_text(office: Office, ana: int) -> None:
    office.wanted(channel="whatsapp")
    office.house.bot.wait(hours=23, minutes=50)
    path = f"/panel/casos/{office.case['id']}"
    async with office.at_work("ana@example.org") as browser:
        assert "Puede escribir hasta hoy 10:00" in await act(browser, office, "tomar")
        office.house.bot.wait(minutes=11)
        answer = await browser.post(f"{path}/responder", texto="Le cuento que sí.", ficha="a")
        assert answer.status_code == 409
        assert "WhatsApp cerró la conversación" in browser.words
        assert "Le cuento que sí." in browser.words
        assert "Ver el número" in browser.words
        answer = await browser.client.post(
            f"{path}/responder", data={"csrf": browser.token, "texto": "Otra vez."}, headers=FETCH
        )
        assert answer.status_code == 200
        assert 'data-mode="WindowClosed"' in answer.text
        assert "Otra vez." in answer.text
    assert office.heard() == []
    assert office.log("case.answered") == []


async def test_until_when_one_may_write_is_told_by_day(office: Office, ana: int) -> None:
    office.wanted(channel="whatsapp")
    async with office.at_work("ana@example.org") as browser:
        assert "Puede escribir hasta mañana 10:00" in await act(browser, office, "tomar")


async def test_who_lost_the_case_while_writing_keeps_the_text_and_can_claim_with_it(office: Office, ana: int) -> None:
    office.wanted()
    path = f"/panel/casos/{office.case['id']}"
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        office.set(state="open", claimed_by=None, lease_until=None)
        await browser.post(f"{path}/responder", texto="Ya le digo.", ficha="a")
        assert "El caso ya no es suyo" in browser.words
        assert "Ya le digo." in browser.words
        await browser.post(f"{path}/tomar", texto="Ya le digo.")
        assert "El caso es suyo" in browser.words
        assert "Ya le digo." in browser.words
    assert office.heard() == []


async def test_a_person_who_is_not_safe_is_not_written_to(office: Office, ana: int) -> None:
    office.in_danger()
    now = office.house.bot.now
    office.set(safe_channel=False, contact_noted_at=now, wished_at=now)
    async with office.at_work("ana@example.org") as browser:
        assert "No es seguro escribirle por aquí" in await act(browser, office, "tomar")
        await browser.post(f"/panel/casos/{office.case['id']}/responder", texto="Hola", ficha="a")
        assert "no es seguro escribirle" in browser.words
    assert office.heard() == []


@pytest.mark.parametrize("text", ["", "x" * 1501])
async def test_a_text_that_no_message_holds_comes_back(office: Office, ana: int, text: str) -> None:
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        assert "Escriba entre 1 y 1500 letras" in await act(browser, office, "responder", texto=text)
        assert text in browser.words


async def test_on_my_way(office: Office, ana: int) -> None:
    office.in_danger()
    async with office.at_work("ana@example.org") as browser:
        assert "Por un rato no avisamos a nadie más" in await act(browser, office, "voy")
        assert "Alguien dijo «ya voy» ahora mismo" in browser.words
    assert office.case["state"] == "open"


@pytest.mark.parametrize(
    ("choice", "more", "until"),
    [
        ("hora", {}, datetime(2026, 11, 23, 17, tzinfo=UTC)),
        ("manana", {}, datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ("laboral", {}, datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ("fecha", {"dia": "2026-11-27", "hora": "09:30"}, datetime(2026, 11, 27, 15, 30, tzinfo=UTC)),
    ],
)
async def test_asleep_until(office: Office, ana: int, choice: str, more: dict[str, str], until: datetime) -> None:
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        assert "El caso duerme" in await act(browser, office, "posponer", hasta=choice, **more)
    assert office.case["snoozed_until"] == until


async def test_a_working_day_is_not_a_sunday(office: Office, ana: int) -> None:
    office.house.bot.wait(days=4)  # Friday
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "posponer", hasta="laboral")
    assert office.case["snoozed_until"] == datetime(2026, 11, 30, 14, tzinfo=UTC)


async def test_a_case_of_danger_does_not_sleep_for_a_week(office: Office, ana: int) -> None:
    office.in_danger()
    async with office.at_work("ana@example.org") as browser:
        said = await act(browser, office, "posponer", hasta="fecha", dia="2026-12-24", hora="08:00")
        assert "No puede dormir tanto. A más tardar, hasta jue 26 nov 2026, 10:00" in said
        assert "Elija un día" in await act(browser, office, "posponer", hasta="fecha", dia="nunca", hora="08:00")
    assert office.case["snoozed_until"] is None


async def test_passed_on_to_a_colleague_a_language_or_the_coordinators(office: Office, ana: int, beto: int) -> None:
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        assert "quedó pasado" in await act(browser, office, "pasar", a=f"usuario:{beto}")
        assert office.case["assigned_to"] == beto
        await act(browser, office, "pasar", a="idioma:kek")
        assert office.case["language"] == "kek"
        await act(browser, office, "pasar", a="rol:coordinacion")
        assert office.case["level"] == 2
        assert "Elija a otra" in await act(browser, office, "pasar", a="usuario:999")
        office.claim(beto)
        assert "Este caso lo tiene Beto" in await act(browser, office, "pasar", a="rol:coordinacion")


async def test_coordination_can_take_a_case_out_of_somebodys_hands(office: Office, ana: int, beto: int) -> None:
    office.staff("coordinator")
    office.staff("admin")
    office.wanted()
    for email, to in (("coordinator", ana), ("admin", beto)):
        office.claim(beto)
        async with office.at_work(f"{email}@example.org") as browser:
            assert "quedó pasado" in await act(browser, office, "pasar", a=f"usuario:{to}")
        assert (office.case["state"], office.case["assigned_to"]) == ("open", to)


async def test_closing_asks_how_it_ended(office: Office, ana: int) -> None:
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        assert "Elija cómo terminó" in await act(browser, office, "cerrar")
        assert "El caso quedó cerrado" in await act(browser, office, "cerrar", resultado="attended")
        assert "Se le atendió" in browser.words
        await browser.post(f"/panel/casos/{office.case['id']}/responder", texto="Adiós", ficha="z")
        assert "El caso está cerrado" in browser.words
        assert "otra vez en la lista" in await act(browser, office, "reabrir")
        assert "ya está abierto" in await act(browser, office, "reabrir")
    assert office.case["state"] == "open"
    assert [action for action, _ in office.log("case.closed", "case.reopened")] == ["case.closed", "case.reopened"]


async def test_a_promise_to_look_after_somebody_is_not_forgotten_at_closing(office: Office, ana: int) -> None:
    office.in_danger()
    office.set(checkin_at=office.in_hours(20))
    held = select(contacts.c.hold_promotions_since)
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        said = await act(browser, office, "cerrar", resultado="attended")
        assert "Quedaron de hablar otra vez: mar 24 nov 2026, 06:00" in said
        await act(browser, office, "cerrar", resultado="attended", sin_seguimiento="si")
        assert office.case["state"] == "closed"
        assert office.house.bot.rows(held)[0][0] is not None
        await act(browser, office, "reabrir")
        await act(browser, office, "cerrar", resultado="attended", avisos="si")
    assert office.house.bot.rows(held)[0][0] is None


async def test_who_is_at_work_keeps_the_case(office: Office, ana: int, beto: int) -> None:
    office.wanted()
    path = f"/panel/casos/{office.case['id']}/latido"
    async with office.at_work("ana@example.org") as browser:
        await act(browser, office, "tomar")
        office.set(unseen=3)
        office.house.bot.wait(minutes=14)
        await browser.get("/panel/casos")
        assert (await browser.post(path, visto="si")).json()["hasta"] == office.in_hours(0.25).isoformat()
        assert office.case["unseen"] == 0
        office.claim(beto, by_force=True)
        await browser.get("/panel/casos")
        assert (await browser.post(path)).status_code == 409


async def test_ready_answers_are_in_the_persons_language_first(office: Office, ana: int) -> None:
    now = office.house.bot.now
    kinds = (("Saludo", "es", now), ("Chiko", "kek", now), ("Borrador", "es", None))
    rows = [
        {"created_at": now, "title": title, "body": f"«{title}» <b>", "language": language, "reviewed_at": reviewed}
        for title, language, reviewed in kinds
    ]
    office.team.write(lambda c: c.execute(insert(canned_answers), rows).rowcount)
    office.wanted()
    office.set(language="kek")
    async with office.at_work("ana@example.org") as browser:
        said = await act(browser, office, "tomar")
        assert said.index("Chiko") < said.index("Saludo")
        assert "Borrador" not in said
        assert 'data-insert="«Chiko» &lt;b&gt;"' in browser.last.text


async def test_who_leaves_hands_their_cases_over(office: Office, ana: int) -> None:
    office.staff("admin")
    office.wanted()
    office.claim(ana)
    async with office.at_work("admin@example.org") as browser:
        await browser.get(f"/panel/usuarios/{ana}")
        await browser.post(f"/panel/usuarios/{ana}/cerrar", estado=browser.hidden("estado"))
        assert "Sus casos vuelven a la lista" in browser.words
    assert (office.case["state"], office.case["level"]) == ("open", 1)
