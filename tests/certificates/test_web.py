"""`/verificar/{code}` as an employer opens it: real, revoked, unknown, mistyped, guessed; alone at its own address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, select
from starlette.applications import Starlette

from bot.certificates import codes, issue
from bot.certificates.web import RATE
from db.tables import certificates, contacts
from tests.certificates.made import evaluated
from tests.panel.conftest import House, house, house_on

__all__ = ["house"]
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
REVEALING = ("deport", "retorn", "volvi", "migra", "devuelt", "arraigo.example", "/chat", "/panel")


def issued(house: House) -> tuple[str, int]:
    """A certificate's code and id."""

    def work(connection: Connection) -> tuple[str, int]:
        evaluation, _ = evaluated(connection, house.bot.app.cipher, NOW)
        code = issue.issue(connection, evaluation, NOW)
        return code, connection.scalars(select(certificates.c.id).where(certificates.c.code == code)).one()

    return house.bot.app.database.write_now(work)


@asynccontextmanager
async def visitor(
    web: Starlette, host: str = "arraigo.example", caller: str = "190.5.1.1"
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(web, raise_app_exceptions=False, client=(caller, 4000))
    async with httpx.AsyncClient(transport=transport, base_url=f"https://{host}") as client:
        yield client


async def test_a_real_one(house: House) -> None:
    code, _ = await asyncio.to_thread(issued, house)
    async with visitor(house.web) as client:
        page = await client.get(f"/verificar/{codes.shown(code)}")
    assert page.status_code == 200
    assert "Este documento es real" in page.text
    assert "Es una constancia" in page.text
    assert "Instalador de tablayeso" in page.text
    assert "M. E. I. d. l. C." in page.text
    assert "María" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert not any(part in page.text.lower() for part in REVEALING)


async def test_a_revoked_one(house: House) -> None:
    code, mine = await asyncio.to_thread(issued, house)
    user = house.add("coordinator")
    house.bot.app.database.write_now(lambda c: issue.revoke(c, mine, "mistake", user, NOW))
    async with visitor(house.web) as client:
        page = await client.get(f"/verificar/{code}")
    assert "ya no es válido" in page.text


async def test_unknown_and_mistyped_look_alike(house: House) -> None:
    async with visitor(house.web) as client:
        pages = [await client.get(f"/verificar/{written}") for written in (codes.new(), "HOLA", "%00", "x" * 500)]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1


async def test_a_code_can_be_typed(house: House) -> None:
    code, _ = await asyncio.to_thread(issued, house)
    async with visitor(house.web) as client:
        assert "Escriba el código" in (await client.get("/verificar")).text
        page = await client.get("/verificar", params={"codigo": code.lower()}, follow_redirects=True)
    assert "Este documento es real" in page.text


async def test_who_guesses_is_made_to_wait_and_nobody_else(house: House) -> None:
    async with visitor(house.web) as client:
        statuses = [(await client.get(f"/verificar/{codes.new()}")).status_code for _ in range(RATE.burst + 5)]
    assert 429 in statuses[RATE.burst :]
    async with visitor(house.web, caller="190.5.9.9") as client:
        assert (await client.get(f"/verificar/{codes.new()}")).status_code == 404


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[House]:
    """The panel whose certificates are checked at an address of their own."""
    with house_on(tmp_path, None, "https://arraigo.example") as made:
        update = {"verify_url": "https://constancias.example"}
        made.bot.app.settings = made.bot.app.settings.model_copy(update=update)
        for part in ("papers", "verification", "panel"):
            made.bot.app.__dict__.pop(part, None)
        yield House(made.bot, made.bot.app.web(sender=False, scheduler=False))


async def test_at_its_own_address_nothing_else_answers(apart: House) -> None:
    assert apart.bot.app.papers.link("0" * 17).startswith("https://constancias.example/verificar/")
    async with visitor(apart.web, "constancias.example") as client:
        for path in ("/", "/chat", "/panel/", "/metrics", "/webchat/messages", "/verificarx"):
            page = await client.get(path)
            assert (page.status_code, page.text) == (404, ""), path
        assert (await client.get("/verificar")).status_code == 200
        assert (await client.get("/static/v/arraigo.css")).status_code == 200
    async with visitor(apart.web) as client:
        assert (await client.get("/")).status_code == 200


async def test_the_panel_numbers_and_revokes(house: House) -> None:
    code, mine = await asyncio.to_thread(issued, house)
    house.add("coordinator", "GT")
    house.add("coordinator", "SV", "otra@example.org")
    async with house.browser() as browser:
        await browser.log_in("coordinator@example.org")
        await browser.get("/panel/constancias")
        assert codes.shown(code) in browser.words
        await browser.get(f"/panel/constancias?codigo={code}", follow=True)
        assert "María Elena" in browser.words
        await browser.post(f"/panel/constancias/{mine}/numero", numero="<b>")
        assert "de 3 a 40" in browser.words
        await browser.post(f"/panel/constancias/{mine}/numero", numero="EC-45")
        assert "EC-45" in browser.words
        paper = await browser.client.get(f"/panel/constancias/{mine}/documento")
        assert paper.content.startswith(b"%PDF")
        assert paper.headers["content-disposition"].endswith('.pdf"')
        await browser.get(f"/panel/constancias/{mine}")
        await browser.post(f"/panel/constancias/{mine}/anular", motivo="fraud")
        assert "Hubo un engaño" in browser.words
        assert (await browser.client.get(f"/panel/constancias/{mine}/documento")).status_code == 404
    async with house.browser() as browser:
        await browser.log_in("otra@example.org")
        await browser.get("/panel/constancias?ver=todas")
        assert codes.shown(code) not in browser.words
        assert (await browser.get(f"/panel/constancias/{mine}")).status_code == 404


async def test_the_network_shows_who_wants_to_be_found(house: House) -> None:
    from db.tables import network_profiles

    await asyncio.to_thread(issued, house)
    now = house.bot.now
    who = house.bot.rows(select(contacts.c.id, contacts.c.code))[0]
    house.add("job_officer")
    async with house.browser() as browser:
        await browser.log_in("job_officer@example.org")
        await browser.get("/panel/red")
        assert who.code not in browser.words
        member = {"created_at": now, "contact_id": who.id, "experience": "4_10", "joined_at": now}
        house.bot.app.database.write_now(lambda c: c.execute(network_profiles.insert().values(**member)))
        await browser.get("/panel/red?oficio=drywall_installer&pais=GT")
        assert f"{who.code} Instalador de tablayeso y cielo falso" in browser.words
        assert "De 4 a 10 años" in browser.words
        assert "María" not in browser.words
        await browser.get("/panel/red?oficio=carpenter")
        assert who.code not in browser.words
        house.bot.app.database.write_now(lambda c: c.execute(network_profiles.update().values(left_at=now)))
        await browser.get("/panel/red")
        assert who.code not in browser.words
