"""A person's copy of their data, behind a link that works for a day; and the workers that a server runs."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.channels.base import Inbound
from bot.web.app import create_app
from db.database import DatabaseAway
from tests.chat import Bot, bot
from tests.fakes.inbox import FakeInbox
from tests.media.conftest import Desk
from tests.web.conftest import client_of, services

MINE = "sesion-de-prueba-01"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Bot]:
    with bot(tmp_path) as made:
        yield made


@pytest.fixture
async def client(running: Bot) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(running.app.web(sender=False, scheduler=False)) as made:
        yield made


async def link(running: Bot) -> str:
    """The path that somebody gets who asks for a copy."""
    for number, words in enumerate(("hola", "sí, de acuerdo", "34", "El Salvador", "Guazapa", "mis datos")):
        outcome = await running.app.inbox.receive(Inbound("webchat", f"e{number}", MINE, text=words))
    (_, menu) = outcome.replies[-1]
    copy = next(option.id for option in menu.options if option.title == "Recibir una copia")
    outcome = await running.app.inbox.receive(Inbound("webchat", "copia", MINE, option=copy))
    return next(reply.media[0] for _, reply in outcome.replies if reply.media)


async def test_the_file_comes_as_a_file_that_nobody_keeps(running: Bot, client: httpx.AsyncClient) -> None:
    answer = await client.get(await link(running))
    assert answer.status_code == 200
    assert "Guazapa" in answer.content.decode()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="mis-datos.txt"'
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_messenger_may_ask_how_long_it_is(running: Bot, client: httpx.AsyncClient) -> None:
    path = await link(running)
    whole, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"] == str(len(whole.content))
    assert head.headers["content-type"] == whole.headers["content-type"]


async def test_after_a_day_the_page_is_the_one_for_no_page(running: Bot, client: httpx.AsyncClient) -> None:
    path = await link(running)
    running.now += timedelta(hours=24)
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "Esta página no existe" in answer.text
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "noindex" in answer.headers["x-robots-tag"]
    assert (await client.head(path)).status_code == 404


@pytest.mark.parametrize("token", ["x" * 32, "", "a", "../../etc/passwd", "%00" * 16, "ñ" * 32, "x" * 5000])
async def test_no_such_link(client: httpx.AsyncClient, token: str) -> None:
    assert (await client.get(f"/archivos/{token}/mis-datos.txt")).status_code == 404


async def test_the_link_is_of_one_file_only(running: Bot, client: httpx.AsyncClient) -> None:
    path = await link(running)
    for other in (path.replace("mis-datos.txt", "otro.txt"), path.removesuffix("/mis-datos.txt")):
        assert (await client.get(other)).status_code == 404
    assert (await client.post(path)).status_code == 405


async def test_the_token_is_in_no_log(
    running: Bot, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "arraigo")
    path = await link(running)
    await client.get(path)
    running.now += timedelta(hours=24)
    await client.get(path)
    figures = (await client.get("/metrics")).text
    token = re.split("/", path)[2]
    assert "/archivos/…" in caplog.text
    assert token not in caplog.text
    assert token not in figures


async def test_a_database_that_is_away_is_not_a_missing_page() -> None:
    async def away(_: str) -> bytes | None:
        raise DatabaseAway

    made = services(FakeInbox())
    app = create_app(type(made)(made.inbox, made.ready, made.public_url, made.clock, offered=away))
    async with client_of(app) as client:
        assert (await client.get(f"/archivos/{'x' * 32}/mis-datos.txt")).status_code == 503


async def test_a_server_fetches_by_itself(small_desk: Desk) -> None:
    web = small_desk.bot.app.web(scheduler=False)
    async with web.router.lifespan_context(web), asyncio.timeout(60):
        await small_desk.sends_by_whatsapp(b"x")
        while (await small_desk.row()).state == "pending":
            pass  # each look is a read of the database
        assert small_desk.content(await small_desk.row()) == b"x"
