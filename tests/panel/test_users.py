"""Accounts: made, changed, closed, within one's country; the last admin stays."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.panel.app import panel_routes
from bot.web.app import create_app
from db.tables import audit_log, users
from tests.fakes.inbox import FakeInbox
from tests.panel.conftest import PASSWORD, Browser, House
from tests.web.conftest import services

NEW: dict[str, Any] = {
    "correo": "Ana@Example.org",
    "nombre": "Ana <b>",
    "rol": "facilitator",
    "pais": "SV",
    "idiomas": ["es", "quc"],
}


async def admin(house: House, browser: Browser, country: str | None = None) -> int:
    user_id = house.add("admin", country)
    await browser.log_in("admin@example.org")
    return user_id


async def test_a_new_account_logs_in_with_what_the_page_showed(house: House) -> None:
    async with house.browser() as browser, house.browser() as new:
        await admin(house, browser)
        await browser.get("/panel/usuarios/nueva")
        page = await browser.post("/panel/usuarios/nueva", **NEW)
        found = re.search(r'class="secret">([a-z0-9-]+)<', page.text)
        assert found
        await new.log_in("ana@example.org", found[1])
        assert "La que usó es temporal" in new.words
        await browser.get("/panel/usuarios")
        assert "Ana <b>" in browser.words
        assert "Ana <b>" not in browser.last.text
    row = house.bot.rows(select(users).where(users.c.email == "ana@example.org"))[0]
    assert (row.role, row.country, row.languages) == ("facilitator", "SV", ["es", "quc"])
    assert found[1] not in str(house.bot.rows(select(audit_log)))


async def test_what_cannot_be_is_told_beside_its_field(house: House) -> None:
    async with house.browser() as browser:
        await admin(house, browser)
        await browser.get("/panel/usuarios/nueva")
        for wrong, told in (
            ({"correo": "ana"}, "no parece un correo"),
            ({"correo": "admin@example.org"}, "Ya hay una cuenta"),
            ({"rol": "jefa"}, "Elija el rol"),
            ({"pais": "XX"}, "Elija el rol"),
            ({"idiomas": ["xx"]}, "Elija el rol"),
        ):
            answer = await browser.post("/panel/usuarios/nueva", **{**NEW, **wrong})
            assert answer.status_code == 422
            assert told in browser.words
        assert (await browser.post("/panel/usuarios/nueva", **{**NEW, "nombre": "x" * 121})).status_code == 400
        await browser.get("/panel/usuarios/nueva")
        assert (await browser.post("/panel/usuarios/nueva", **{**NEW, "nombre": "A\x00na"})).status_code == 200
    assert len(house.bot.rows(select(users))) == 2


async def test_another_role_means_a_new_login(house: House) -> None:
    user_id = house.add("facilitator", "SV")
    async with house.browser() as browser, house.browser() as theirs:
        await admin(house, browser)
        await theirs.log_in("facilitator@example.org")
        await browser.get(f"/panel/usuarios/{user_id}")
        state = browser.hidden("estado")
        await browser.post(f"/panel/usuarios/{user_id}", estado=state, nombre="Rosa", rol="evaluator", pais="SV")
        assert "Los cambios quedaron guardados" in browser.words
        assert (await theirs.get("/panel/")).status_code == 303
        late = await browser.post(f"/panel/usuarios/{user_id}", estado=state, nombre="", rol="admin", pais="")
        assert late.status_code == 409
        assert "Alguien lo cambió antes que usted" in browser.words
    assert house.bot.rows(select(users.c.role).where(users.c.id == user_id)) == [("evaluator",)]


async def test_closing_an_account_ends_it_at_once_and_hands_over(house: House) -> None:
    left: list[tuple[int, datetime]] = []

    def hand_over(_: Connection, user_id: int, now: datetime) -> None:
        left.append((user_id, now))

    house.bot.app.__dict__.pop("panel")
    house.bot.app.__dict__["on_user_left"] = (hand_over,)
    house.web = create_app(services(FakeInbox()), panel_routes(house.bot.app.panel))
    user_id = house.add("facilitator")
    async with house.browser() as browser, house.browser() as theirs:
        await admin(house, browser)
        await theirs.log_in("facilitator@example.org")
        await browser.get(f"/panel/usuarios/{user_id}")
        await browser.post(f"/panel/usuarios/{user_id}/cerrar", estado=browser.hidden("estado"))
        assert "La cuenta quedó cerrada" in browser.words
        assert (await theirs.get("/panel/")).status_code == 303
        assert left == [(user_id, house.bot.now)]
        await browser.post(f"/panel/usuarios/{user_id}/abrir", estado=browser.hidden("estado"))
        assert (await theirs.log_in("facilitator@example.org")).status_code == 200


async def test_a_reset_ends_sessions_and_shows_a_password_once(house: House) -> None:
    user_id = house.add("evaluator")
    async with house.browser() as browser, house.browser() as theirs:
        await admin(house, browser)
        await theirs.log_in("evaluator@example.org")
        await browser.get(f"/panel/usuarios/{user_id}")
        await browser.post(f"/panel/usuarios/{user_id}/clave", estado=browser.hidden("estado"))
        assert "La mostramos solo ahora" in browser.words
        assert (await theirs.get("/panel/")).status_code == 303
        assert (await theirs.log_in("evaluator@example.org", PASSWORD)).status_code == 401


async def test_nobody_changes_their_own_account_and_an_admin_remains(house: House) -> None:
    async with house.browser() as browser, house.browser() as other:
        own = await admin(house, browser)
        await browser.get(f"/panel/usuarios/{own}")
        assert "Guardar" not in browser.words
        await browser.get("/panel/usuarios/nueva")
        assert (await browser.post(f"/panel/usuarios/{own}/cerrar", estado="x")).status_code == 403
        second = house.add("admin", email="dos@example.org")
        await other.log_in("dos@example.org")
        await other.get(f"/panel/usuarios/{own}")
        await browser.get(f"/panel/usuarios/{second}")
        await other.post(f"/panel/usuarios/{own}/cerrar", estado=other.hidden("estado"))
        assert (await browser.get("/panel/")).status_code == 303
    assert len(house.bot.rows(select(users).where(users.c.active, users.c.role == "admin"))) == 1


async def test_whose_work_is_one_country_sees_only_its_accounts(house: House) -> None:
    there = house.add("facilitator", "GT", "gt@example.org")
    here = house.add("facilitator", "SV", "sv@example.org")
    async with house.browser() as browser:
        await admin(house, browser, "SV")
        await browser.get("/panel/usuarios")
        assert "sv@example.org" in browser.words
        assert "gt@example.org" not in browser.words
        assert (await browser.get(f"/panel/usuarios/{there}")).status_code == 404
        await browser.get(f"/panel/usuarios/{here}")
        state = browser.hidden("estado")
        for country in ("GT", ""):
            answer = await browser.post(f"/panel/usuarios/{here}", estado=state, nombre="", rol="admin", pais=country)
            assert answer.status_code == 403
            await browser.get(f"/panel/usuarios/{here}")


async def test_a_long_list_comes_in_pages(house: House) -> None:
    async with house.browser() as browser:
        await admin(house, browser)
        for number in range(51):
            house.add("facilitator", email=f"f{number:02}@example.org")
        await browser.get("/panel/usuarios")
        assert "f48@example.org" in browser.words
        assert "f49@example.org" not in browser.words
        more = re.search(r'href="(/panel/usuarios\?[^"]+desde[^"]+)"', browser.last.text)
        assert more
        await browser.get(more[1].replace("&amp;", "&"))
        assert "f49@example.org" in browser.words
        assert "Volver al principio" in browser.words
