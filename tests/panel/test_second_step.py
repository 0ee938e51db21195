"""The second step: an app's codes, each once, and recovery codes for a lost phone."""

from __future__ import annotations

import re

import pyotp
from sqlalchemy import select

from db.tables import recovery_codes, users
from tests.panel.conftest import PASSWORD, Browser, House

EMAIL = "admin@example.org"


def code(house: House, secret: str) -> str:
    """What the app shows now."""
    return pyotp.TOTP(secret).at(house.bot.now)


async def enrol(house: House, browser: Browser) -> tuple[str, list[str]]:
    """Switch it on; the secret, and the recovery codes."""
    await browser.log_in(EMAIL)
    await browser.get("/panel/cuenta/segundo-paso")
    await browser.post("/panel/cuenta/segundo-paso/empezar", actual=PASSWORD)
    found = re.search(r'class="secret">([A-Z2-7]+)<', browser.last.text)
    assert found
    await browser.post("/panel/cuenta/segundo-paso", codigo=code(house, found[1]))
    assert "El segundo paso quedó puesto" in browser.words
    return found[1], re.findall(r"<li><code>([^<]+)</code>", browser.last.text)


async def test_the_password_alone_no_longer_opens(house: House) -> None:
    house.add("admin")
    async with house.browser() as phone, house.browser() as browser:
        secret, _ = await enrol(house, phone)
        house.bot.wait(minutes=5)
        await browser.log_in(EMAIL)
        assert "Escriba los seis números" in browser.words
        for path in ("/panel/", "/panel/usuarios", "/panel/cuenta", "/panel/cuenta/clave"):
            assert (await browser.get(path)).headers["location"] == "/panel/codigo"
        await browser.get("/panel/codigo")
        before = browser.session
        await browser.post("/panel/codigo", codigo="000000")
        assert "Ese código no es el de ahora" in browser.words
        await browser.post("/panel/codigo", codigo=code(house, secret))
        assert "Buenos días" in browser.words
        assert browser.session != before


async def test_a_code_counts_once(house: House) -> None:
    house.add("admin")
    async with house.browser() as one, house.browser() as other:
        secret, _ = await enrol(house, one)
        house.bot.wait(minutes=5)
        for browser, expected in ((one, 200), (other, 401)):
            await browser.post("/panel/salir")
            await browser.log_in(EMAIL)
            assert (await browser.post("/panel/codigo", codigo=code(house, secret))).status_code == expected


async def test_codes_lock_apart_from_passwords(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        secret, _ = await enrol(house, browser)
        await browser.post("/panel/salir")
        await browser.log_in(EMAIL)
        for _ in range(5):
            assert (await browser.post("/panel/codigo", codigo="000000")).status_code == 401
        await browser.log_in(EMAIL)  # the right password does not forgive wrong codes
        house.bot.wait(seconds=40)
        assert (await browser.post("/panel/codigo", codigo=code(house, secret))).status_code == 429
        house.bot.wait(seconds=40)
        assert (await browser.post("/panel/codigo", codigo=code(house, secret))).status_code == 200


async def test_between_password_and_code_are_ten_minutes(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        secret, _ = await enrol(house, browser)
        await browser.post("/panel/salir")
        await browser.log_in(EMAIL)
        house.bot.wait(minutes=10)
        await browser.post("/panel/codigo", codigo=code(house, secret))
        assert "Entrada para el personal" in browser.words


async def test_a_recovery_code_opens_once(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        _, codes = await enrol(house, browser)
        assert len(set(codes)) == 10
        for attempt, expected in ((codes[3].upper().replace("-", " "), 200), (codes[3], 401), (codes[4], 200)):
            await browser.post("/panel/salir")
            await browser.log_in(EMAIL)
            assert (await browser.post("/panel/codigo", codigo=attempt)).status_code == expected
    kept = [bytes(row.code_hash) for row in house.bot.rows(select(recovery_codes))]
    assert not [code for code in codes if code.encode() in kept]


async def test_it_is_switched_on_and_off_with_the_password(house: House) -> None:
    house.add("admin")
    async with house.browser() as browser:
        await browser.log_in(EMAIL)
        await browser.get("/panel/cuenta/segundo-paso")
        assert (await browser.post("/panel/cuenta/segundo-paso/empezar", actual="otra cosa")).status_code == 422
        await browser.post("/panel/cuenta/segundo-paso/empezar", actual=PASSWORD)
        assert (await browser.post("/panel/cuenta/segundo-paso", codigo="000000")).status_code == 422
        assert (await browser.get("/panel/")).status_code == 200  # not on before its first code
        await enrol(house, browser)
        await browser.get("/panel/cuenta/segundo-paso")
        assert (await browser.post("/panel/cuenta/segundo-paso/quitar", actual="otra cosa")).status_code == 422
        await browser.post("/panel/cuenta/segundo-paso/quitar", actual=PASSWORD)
        assert "El segundo paso quedó quitado" in browser.words
        await browser.post("/panel/salir")
        await browser.log_in(EMAIL)
        assert "Buenos días" in browser.words
    kept = house.bot.rows(select(users.c.totp_enc))
    assert kept == [(None,)]
