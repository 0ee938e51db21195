"""The public pages: small, cached by content, honest about what is configured."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.web.app import create_app
from bot.web.services import Links
from bot.web.templating import HERE
from tests.fakes.inbox import FakeInbox
from tests.web.conftest import client_of, services

MOST_BYTES = 60 * 1024


async def test_the_whole_chat_weighs_less_than_sixty_kilobytes(client: httpx.AsyncClient) -> None:
    static = sum(path.stat().st_size for path in (HERE / "static").iterdir())
    page = len((await client.get("/chat")).content)
    assert static + page < MOST_BYTES


async def test_every_file_a_page_names_exists_and_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    for path in ("/", "/chat", "/nothing"):
        page = (await client.get(path)).text
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            response = await client.get(address)
            assert response.status_code == 200, address
            kept = "immutable" if path != "/nothing" else "no-cache"
            assert kept in response.headers["cache-control"]


async def test_no_page_has_inline_script_or_style(client: httpx.AsyncClient) -> None:
    for path in ("/", "/chat", "/nothing"):
        page = (await client.get(path)).text
        assert not re.search(r"<style|style=|\son\w+=|javascript:", page)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


async def test_a_page_travels_compressed_and_once(client: httpx.AsyncClient) -> None:
    first = await client.get("/chat", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    again = await client.get("/chat", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await client.get("/chat", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text


async def test_head_is_answered_like_get(client: httpx.AsyncClient) -> None:
    for path in ("/", "/chat", "/healthz", "/webchat/stream?session=" + "s" * 16):
        assert (await client.head(path)).status_code == 200


async def test_the_landing_page_names_its_own_host_and_the_channels(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert "<b>arraigo.example</b>" in page
    assert "https://wa.me/50300000000" in page
    assert "https://t.me/arraigo_bot" in page
    assert "/panel/" not in page


async def test_what_is_not_configured_is_not_offered(inbox: FakeInbox) -> None:
    panel = Mount("/panel", routes=[Route("/", lambda _: Response())])
    bare = replace(services(inbox), links=Links())
    async with client_of(create_app(bare, [panel])) as client:
        page = (await client.get("/")).text
    assert "WhatsApp" not in page
    assert "Telegram" not in page
    assert 'href="/panel/"' in page
