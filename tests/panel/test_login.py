"""Getting in and out: passwords, lock-outs, sessions that end, forms that are one's own."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import select, update

from db.tables import audit_log, login_attempts, panel_sessions, users
from tests.panel.conftest import PASSWORD, House

NEW = "nueve gatos cruzan despacio"


async def test_in_and_out(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.get("/panel/", follow=True)
        assert "Entrada para el personal" in browser.words
        await browser.log_in(" Admin@example.org ")
        assert "Buenos días" in browser.words
        await browser.post("/panel/salir")
        assert "Usted salió del panel" in browser.words
        assert (await browser.get("/panel/cuenta")).status_code == 303
    actions = [row.action for row in house.bot.rows(select(audit_log.c.action).order_by(audit_log.c.id))]
    assert actions == ["login", "logout"]


async def test_after_the_login_the_page_that_was_asked_for(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.get("/panel/usuarios", follow=True)
        await browser.post("/panel/entrar", correo="admin@example.org", clave=PASSWORD, sig=browser.hidden("sig"))
        assert browser.last.url.path == "/panel/usuarios"


async def test_the_login_leads_nowhere_else(house: House) -> None:
    house.add("admin")
    fields = {"correo": "admin@example.org", "clave": PASSWORD}
    for elsewhere in ("https://evil.example/", "//evil.example", "/panel//evil.example", "/panel/\\x"):
        async with house.browser() as browser:
            await browser.get("/panel/entrar")
            answer = await browser.post("/panel/entrar", sig=elsewhere, follow=False, **fields)
            assert answer.headers["location"] == "/panel/"


async def test_an_unknown_account_is_refused_in_the_same_words(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        known = await browser.log_in("admin@example.org", "otra cosa")
        words = browser.words
        unknown = await browser.log_in("nadie@example.org", "otra cosa")
        assert (known.status_code, unknown.status_code) == (401, 401)
        assert browser.words == words


@pytest.mark.parametrize("email", ["admin@example.org", "nadie@example.org"])
async def test_an_account_locks_is_told_and_opens_again(house: House, email: str) -> None:
    house.add("admin")
    async with house.browser() as browser:
        for _ in range(5):
            assert (await browser.log_in(email, "otra cosa")).status_code == 401
        for password in (PASSWORD, "otra cosa"):
            assert (await browser.log_in(email, password)).status_code == 429
            assert "Espere 1 min" in browser.words
        house.bot.wait(minutes=1, seconds=1)
        assert (await browser.log_in(email, "otra cosa")).status_code == 401
        house.bot.wait(minutes=1)
        assert (await browser.log_in(email, "otra cosa")).status_code == 429  # twice as long
        house.bot.wait(minutes=2)
        expected = 200 if email.startswith("admin") else 401
        assert (await browser.log_in(email)).status_code == expected


async def test_the_right_password_forgets_the_failures(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        for _ in range(4):
            await browser.log_in("admin@example.org", "otra cosa")
        await browser.log_in("admin@example.org")
        await browser.post("/panel/salir")
        for _ in range(4):
            assert (await browser.log_in("admin@example.org", "otra cosa")).status_code == 401


async def test_many_at_once_count_as_many(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.get("/panel/entrar")
        fields = {"csrf": browser.token, "correo": "admin@example.org", "clave": "otra cosa"}
        answers = await asyncio.gather(*(browser.client.post("/panel/entrar", data=fields) for _ in range(20)))
    assert sorted({answer.status_code for answer in answers}) == [401, 429]
    assert sum(answer.status_code == 401 for answer in answers) == 5


async def test_an_address_that_tries_many_accounts_waits_and_others_do_not(house: House) -> None:
    house.add("admin")
    async with house.browser("203.0.113.9") as attacker, house.browser() as browser:
        for number in range(30):
            assert (await attacker.log_in(f"{number}@example.org", "otra cosa")).status_code == 401
        assert (await attacker.log_in("31@example.org", "otra cosa")).status_code == 429
        assert (await browser.log_in("admin@example.org")).status_code == 200
    house.bot.wait(days=1, minutes=1)
    async with house.browser() as browser:
        await browser.log_in("otra@example.org", "otra cosa")
    assert len(house.bot.rows(select(login_attempts))) == 2  # what is a day old is gone


async def test_a_session_ends_after_eight_hours_without_use(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.log_in("admin@example.org")
        for _ in range(3):
            house.bot.wait(hours=7, minutes=50)
            assert (await browser.get("/panel/")).status_code == 200
        house.bot.wait(hours=8)
        await browser.get("/panel/cuenta", follow=True)
        assert "Su sesión terminó" in browser.words
        assert browser.session == ""


async def test_a_session_ends_after_seven_days_whatever_happens(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.log_in("admin@example.org")
        for _ in range(27):
            house.bot.wait(hours=6)
            assert (await browser.get("/panel/")).status_code == 200
        house.bot.wait(hours=6)
        assert (await browser.get("/panel/")).status_code == 303


async def test_every_login_has_a_token_of_its_own(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser, house.browser() as thief:
        await browser.log_in("admin@example.org")
        first = browser.session
        thief.client.cookies.set("__Host-arraigo", first, domain="arraigo.example")
        assert (await thief.get("/panel/")).status_code == 200
        await browser.get("/panel/cuenta/clave")
        await browser.post("/panel/cuenta/clave", actual=PASSWORD, nueva=NEW)
        assert "Su contraseña nueva quedó guardada" in browser.words
        assert browser.session != first
        assert (await thief.get("/panel/")).status_code == 303
    kept = house.bot.rows(select(panel_sessions.c.token_hash))
    assert first.encode() not in kept[0][0]


async def test_out_everywhere(house: House) -> None:
    house.add("admin")
    async with house.browser() as one, house.browser() as other:
        await one.log_in("admin@example.org")
        await other.log_in("admin@example.org")
        await one.get("/panel/cuenta")
        assert "En 2, contando este" in one.words
        await one.post("/panel/salir/todas")
        assert (await other.get("/panel/")).status_code == 303


async def test_a_temporary_password_is_changed_before_anything_else(house: House) -> None:
    house.add("admin", temporary=True)
    async with house.browser() as browser:
        await browser.log_in("admin@example.org")
        assert "La que usó es temporal" in browser.words
        assert (await browser.get("/panel/usuarios")).headers["location"] == "/panel/cuenta/clave"
        await browser.get("/panel/cuenta/clave")
        for weak in ("corta", "aaaaaaaaaaaaaa", "admin contra la lluvia", PASSWORD):
            assert (await browser.post("/panel/cuenta/clave", actual=PASSWORD, nueva=weak)).status_code == 422
        assert (await browser.post("/panel/cuenta/clave", actual="otra cosa", nueva=NEW)).status_code == 422
        assert "Esta no es su contraseña de ahora" in browser.words
        await browser.post("/panel/cuenta/clave", actual=PASSWORD, nueva=NEW)
        assert "Buenos días" in browser.words


async def test_a_temporary_password_runs_out(house: House) -> None:
    house.add("admin", temporary=True)
    house.bot.wait(days=7)
    async with house.browser() as browser:
        assert (await browser.log_in("admin@example.org")).status_code == 401
        assert "ya venció" in browser.words


async def test_who_was_deactivated_is_out_at_the_next_click(house: House) -> None:
    user_id = house.add("facilitator")
    async with house.browser() as browser:
        await browser.log_in("facilitator@example.org")
        close = update(users).where(users.c.id == user_id).values(active=False)
        house.bot.app.database.write_now(lambda c: c.execute(close).rowcount)
        assert (await browser.get("/panel/")).status_code == 303
        assert (await browser.log_in("facilitator@example.org")).status_code == 401


async def test_a_form_without_its_token_changes_nothing(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser, house.browser() as other:
        await other.get("/panel/entrar")
        fields = {"correo": "admin@example.org", "clave": PASSWORD}
        for token in ({}, {"csrf": ""}, {"csrf": "ñ"}, {"csrf": other.token}):
            refused = await browser.client.post("/panel/entrar", data={**fields, **token})
            assert refused.status_code == 403
            assert "estuvo abierta mucho tiempo" in refused.text
        await browser.log_in("admin@example.org")
        token = {"X-Arraigo-Csrf": browser.token}
        cross = {"Sec-Fetch-Site": "cross-site"}
        assert (await browser.client.post("/panel/salir", headers={**token, **cross})).status_code == 403
        assert (await browser.client.post("/panel/salir")).status_code == 403
        assert (await browser.client.post("/panel/salir", headers=token)).status_code == 303


async def test_a_call_of_the_script_is_told_that_the_session_is_over(house: House) -> None:
    async with house.browser() as browser:
        answer = await browser.client.get("/panel/", headers={"X-Arraigo-Fetch": "1"})
    assert answer.status_code == 401


async def test_cookies_and_headers_keep_to_this_host(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.get("/panel/entrar")
        answer = await browser.post("/panel/entrar", correo="admin@example.org", clave=PASSWORD, follow=False)
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-arraigo="))
        for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        page = await browser.get("/panel/")
    check_private(page)


def check_private(page: httpx.Response) -> None:
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_without_https_the_cookies_still_work(house: House) -> None:
    house.add("admin")
    plain = House(house.bot, house.web)
    del house.bot.app.__dict__["panel"]
    house.bot.app.settings = house.bot.app.settings.model_copy(update={"public_url": ""})
    plain.web = house.bot.app.web(sender=False, scheduler=False)
    async with plain.browser() as browser:
        browser.client.base_url = httpx.URL("http://127.0.0.1:8000")
        await browser.log_in("admin@example.org")
        assert "Buenos días" in browser.words
