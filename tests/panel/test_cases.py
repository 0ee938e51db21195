"""Who sees which case in the panel, and whose words; and that every look at words is in the log."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from bot.cases.errors import CaseError
from bot.cases.policy import REASONS
from bot.panel.accounts import AccountError
from bot.panel.render import HERE, Texts
from bot.people.errors import PersonError
from bot.refusal import Refusal
from db.tables import messages
from tests.panel.casework import Office

WORDS = "quiero hablar con una persona"
HIDDEN = ("se ven al tomar el caso", "Solo quien tiene el caso", "Su cuenta ve los casos, no lo que se dijo")


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_has_a_name_for_staff(code: str) -> None:
    assert f"casos.motivos.{code}" in Texts(HERE / "textos").words, "add it to bot/panel/textos/casos.toml [motivos]"


def reasons(kind: type[Refusal]) -> list[type[Refusal]]:
    """What may stand in the way, without the types that only gather others."""
    below = [reason for each in kind.__subclasses__() for reason in reasons(each)]
    return below or [kind]


def test_every_refusal_is_told_to_staff_in_words() -> None:
    words = Texts(HERE / "textos").words
    told = [reason for kind in (CaseError, PersonError, AccountError) for reason in reasons(kind)]
    assert [reason.__name__ for reason in told if reason.key not in words] == []
    assert [reason.__name__ for reason in told if not reason.__doc__] == []


async def test_the_list_has_groups_and_what_matters_of_each_case(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    beto = office.staff("facilitator", "SV", "beto@example.org")
    codes = {}
    for name in ("free", "mine", "other", "asleep"):
        office.wanted()
        codes[name] = office.case["code"]
        if name != "free":
            office.claim(beto if name == "other" else ana)
        if name == "asleep":
            office.set(state="open", claimed_by=None, snoozed_until=office.in_hours(2))
    office.in_danger()
    codes["urgent"] = office.case["code"]
    office.set(country="SV", department="La Unión", source="cartel-7", unseen=2)
    office.house.bot.wait(minutes=12)
    async with office.at_work("ana@example.org") as browser:
        await browser.get("/panel/casos")
        places = [browser.words.index(word) for word in ("Urgentes", "Míos (", "Sin tomar (", "De otros", "Pospuestos")]
        assert places == sorted(places)
        cases = [browser.words.index(codes[name]) for name in ("urgent", "mine", "free", "other", "asleep")]
        assert cases == sorted(cases)
        urgent = browser.words[cases[0] : cases[1]]
        for word in ("Urgente", "2 nuevos", "Peligro de hacerse daño", "hace 12 min", "Vence en 3 min", "Español"):
            assert word in urgent
        assert "El Salvador, La Unión" in urgent
        assert "Vino por cartel-7" in urgent
        assert "Lo tiene Beto" in browser.words
        assert "Despierta hoy 12:00" in browser.words
        office.house.bot.wait(minutes=10)
        await browser.get("/panel/casos")
        assert "Venció hace 7 min" in browser.words
        await browser.get("/panel/casos?mios=si")
        assert codes["mine"] in browser.words
        assert codes["free"] not in browser.words
        await browser.get("/panel/casos?motivo=self_harm&idioma=es")
        assert codes["urgent"] in browser.words
        assert codes["mine"] not in browser.words
        await browser.get("/panel/casos?idioma=kek")
        assert "No hay casos que esperen" in browser.words


async def test_today_counts_what_waits(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    office.claim(ana)
    office.wanted()
    office.in_danger()
    async with office.at_work("ana@example.org") as browser:
        await browser.get("/panel/")
        for figure in ("1 Urgentes sin tomar", "1 Míos que esperan respuesta", "1 Casos sin tomar"):
            assert figure in browser.words


async def test_a_case_of_another_country_is_not_there(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    case = office.case
    async with office.at_work("ana@example.org") as browser:
        for country, seen in ((None, True), ("SV", True), ("MX", True), ("GT", False)):
            office.set(country=country)
            await browser.get("/panel/casos")
            assert (case["code"] in browser.words) is seen
            answer = await browser.get(f"/panel/casos/{case['id']}")
            assert answer.status_code == (200 if seen else 404)
        await browser.get("/panel/casos")
        assert (await browser.post(f"/panel/casos/{case['id']}/tomar")).status_code == 404
    assert office.case["state"] == "open"


async def test_a_case_is_found_by_its_code(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await browser.get(f"/panel/casos/buscar?codigo={office.case['code'].lower()}", follow=True)
        assert browser.last.url.path == f"/panel/casos/{office.case['id']}"
        await browser.get("/panel/casos/buscar?codigo=ZZZ-ZZZ", follow=True)
        assert "No hay ningún caso con ese código" in browser.words
        assert (await browser.get("/panel/casos/99")).status_code == 404


ROLES = ("facilitator", "psychosocial", "coordinator", "admin")


@pytest.mark.parametrize(
    ("reason", "state", "readers"),
    [
        ("person", "open", {"coordinator"}),
        ("person", "theirs", {"coordinator", "holder"}),
        ("person", "closed", {"coordinator"}),
        ("self_harm", "open", {"coordinator", "psychosocial"}),
        ("self_harm", "theirs", {"coordinator", "psychosocial", "holder"}),
        ("child", "open", {"coordinator", "psychosocial"}),
    ],
)
async def test_words_are_for_who_has_the_case_and_for_some_roles(
    office: Office, reason: str, state: str, readers: set[str]
) -> None:
    holder = office.staff("facilitator", "SV", "holder@example.org")
    office.wanted()
    office.set(reason=reason)
    case = office.case["id"]
    if state == "theirs":
        office.claim(holder)
    elif state == "closed":
        office.set(state="closed", claimed_by=holder, outcome="attended", closed_at=office.house.bot.now)
    for role in (*ROLES, "holder"):
        if role != "holder":
            office.staff(role)
        async with office.at_work(f"{role}@example.org") as browser:
            before = len(office.log("case.seen"))
            await browser.get(f"/panel/casos/{case}")
            assert (WORDS in browser.words) is (role in readers), role
            assert any(reason in browser.words for reason in HIDDEN) is (role not in readers)
            assert len(office.log("case.seen")) - before == (role in readers)


async def test_words_of_danger_said_in_another_case_stay_hidden(office: Office) -> None:
    ana = office.staff("facilitator", None, "ana@example.org")
    office.staff("coordinator")
    office.wanted()
    office.claim(ana)
    office.team.write(lambda c: c.execute(update(messages).values(sensitive=True)).rowcount)
    path = f"/panel/casos/{office.case['id']}"
    async with office.at_work("ana@example.org") as browser:
        await browser.get(path)
        assert WORDS not in browser.words
        assert "Las ve apoyo psicosocial" in browser.words
    async with office.at_work("coordinator@example.org") as browser:
        await browser.get(path)
        assert WORDS in browser.words


async def test_a_page_that_stays_fresh_is_one_look_in_the_log(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    office.claim(ana)
    path, fetch = f"/panel/casos/{office.case['id']}", {"X-Arraigo-Fetch": "1"}
    async with office.at_work("ana@example.org") as browser:
        await browser.client.get(path, headers=fetch)
        assert len(office.log("case.seen")) == 1
        await browser.get(path)
        await browser.client.get(path, headers=fetch)
        assert len(office.log("case.seen")) == 2
        office.house.bot.wait(minutes=6)
        await browser.client.get(path, headers=fetch)
        assert len(office.log("case.seen")) == 3


async def test_a_tap_is_told_by_the_buttons_title(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    office.claim(ana)
    async with office.at_work("ana@example.org") as browser:
        await browser.get(f"/panel/casos/{office.case['id']}")
        assert "Sí, de acuerdo La persona · 10:00" in browser.words


async def test_what_helps_stands_beside_the_conversation(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    chat = office.wanted(channel="whatsapp")
    office.claim(ana)
    office.set(wants="call", call_hours="tarde", call_language="kek", safe_channel=False, safe_hours="tarde")
    async with office.at_work("ana@example.org") as browser:
        await browser.get(f"/panel/casos/{office.case['id']}")
        for word in ("Pide que le llamen", "En la tarde (12 a 18)", "Q’eqchi’", "WhatsApp", "No es seguro escribirle"):
            assert word in browser.words
        assert "Sí, dio permiso" in browser.words
        number = (chat.phone or "").removeprefix("+")
        assert number not in browser.last.text
        await browser.post(f"/panel/casos/{office.case['id']}/numero")
        assert f'href="tel:+{number}"' in browser.last.text
    assert office.log("case.number_seen") == [("case.number_seen", office.case["id"])]


async def test_a_number_is_not_for_who_may_not_read(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    office.wanted(channel="whatsapp")
    async with office.at_work("ana@example.org") as browser:
        await browser.get(f"/panel/casos/{office.case['id']}")
        assert (await browser.post(f"/panel/casos/{office.case['id']}/numero")).status_code == 403
    assert office.log("case.number_seen") == []


async def test_the_call_list_begins_with_who_can_be_called_now(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    codes = []
    for hours, language in (("noche", "es"), ("manana", "kek")):
        office.wanted()
        office.set(wants="call", call_hours=hours, call_language=language)
        codes.append(office.case["code"])
    office.wanted()
    async with office.at_work("ana@example.org") as browser:
        await browser.get("/panel/llamadas")
        assert browser.words.index("Se les puede llamar ahora") < browser.words.index(codes[1])
        assert browser.words.index(codes[1]) < browser.words.index("Al anochecer") < browser.words.index(codes[0])
        assert office.case["code"] not in browser.words
        await browser.get("/panel/llamadas?idioma=kek")
        assert codes[0] not in browser.words
        assert codes[1] in browser.words


async def test_the_last_closed_ones_are_listed(office: Office) -> None:
    office.staff("facilitator", "SV", "ana@example.org")
    office.wanted()
    office.set(state="closed", outcome="referred", closed_at=office.house.bot.now)
    async with office.at_work("ana@example.org") as browser:
        await browser.get("/panel/casos/cerrados")
        assert re.search(f"{office.case['code']}.*Se le derivó", browser.words)
