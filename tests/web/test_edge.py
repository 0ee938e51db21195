"""Around every address: bounds, headers, logs that tell nothing, and 4xx for whatever comes."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.app import create_app
from tests.fakes.inbox import FakeInbox
from tests.web.conftest import SECRET, Serve, client_of, services

MEGABYTE = 1024 * 1024
SESSION = "secret-session-0123"
PATHS = [
    "/",
    "/chat",
    "/webhooks/twilio",
    "/webhooks/twilio/status",
    "/webhooks/telegram",
    "/webchat/messages",
    "/webchat/stream",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/v/chat.js",
    "/nothing/here",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_two_megabytes_are_refused_everywhere(
    client: httpx.AsyncClient, inbox: FakeInbox, path: str, method: str
) -> None:
    response = await client.request(method, path, content=b"x" * 2 * MEGABYTE)
    assert response.status_code == 413
    assert not inbox.events


@pytest.mark.parametrize("path", ["/webhooks/twilio", "/webchat/messages"])
async def test_a_chunked_body_is_cut_off_at_the_limit(client: httpx.AsyncClient, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65536
            yield b"x" * 65536

    assert (await client.post(path, content=endless())).status_code == 413
    assert sent <= MEGABYTE + 2 * 65536


async def test_exactly_one_megabyte_is_taken(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    body = b" " * MEGABYTE
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert (await client.post("/webhooks/telegram", content=body, headers=headers)).status_code == 200
    assert inbox.kept == [("telegram", None, body)]


def test_a_body_that_never_ends_is_given_up(inbox: FakeInbox, serve: Serve) -> None:
    live = serve(inbox, body_seconds=0.05)
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /webchat/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_caller_who_hangs_up_leaves_nothing_behind(inbox: FakeInbox) -> None:
    messages = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}],
    )
    status, _ = await call(create_app(services(inbox)), "POST", "/webchat/messages", source=messages)
    assert status == 400
    assert not inbox.events


@pytest.mark.parametrize("path", PATHS)
async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "geolocation=(self)" in headers["permissions-policy"]
    assert headers["strict-transport-security"]


async def test_an_inner_page_may_have_its_own_policy(inbox: FakeInbox) -> None:
    async def own(_: Request) -> Response:
        return Response(headers={"Content-Security-Policy": "default-src 'self'"})

    async with client_of(create_app(services(inbox), [Route("/panel", own)])) as client:
        headers = (await client.get("/panel")).headers
    assert headers.get_list("content-security-policy") == ["default-src 'self'"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/webhooks/nothing", 404),
        ("GET", "/static/v/nothing.js", 404),
        ("GET", "/static/v/..%2Fapp.py", 404),
        ("GET", "/webhooks/twilio", 405),
        ("GET", "/webhooks/telegram", 405),
        ("DELETE", "/webchat/messages", 405),
        ("POST", "/webchat/stream", 405),
        ("POST", "/chat", 405),
        ("POST", "/healthz", 405),
    ],
)
async def test_wrong_addresses_and_methods(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    response = await client.request(method, path)
    assert response.status_code == status
    assert (status != 405) or response.headers["allow"]
    if path.startswith(("/api", "/webhooks", "/webchat", "/healthz")):
        assert response.json()["error"]
    else:
        assert "<html" in response.text


async def test_a_channel_that_is_off_has_no_address(inbox: FakeInbox) -> None:
    off = replace(services(inbox), twilio=None, telegram=None)
    async with client_of(create_app(off)) as client:
        answers = [await client.post(path, content=b"") for path in PATHS[2:5]]
    assert [answer.status_code for answer in answers] == [404] * 3


@pytest.mark.parametrize("path", ["/broken", "/api/broken"])
async def test_a_failure_says_nothing_internal(inbox: FakeInbox, caplog: pytest.LogCaptureFixture, path: str) -> None:
    async def broken(_: Request) -> Response:
        raise LookupError("phone +50370001234")

    async with client_of(create_app(services(inbox), [Route(path, broken)])) as client:
        response = await client.get(path)
    assert response.status_code == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    for secret in ("50370001234", "LookupError", "Traceback", ".py"):
        assert secret not in response.text
    assert "LookupError" in caplog.text
    assert "50370001234" not in caplog.text


async def test_the_access_log_holds_no_query_session_or_body(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "arraigo")
    await client.get("/webchat/messages", params={"session": SESSION})
    await client.post("/webchat/messages", json={"session": SESSION, "id": "1", "text": "mi secreto"})
    await client.get(f"/{SESSION}/{SESSION}")
    await client.request(SESSION, "/chat")
    assert [record.getMessage().rsplit(" ", 2)[0] for record in caplog.records if "arraigo" in record.name] == [
        "GET /webchat/messages 200",
        "POST /webchat/messages 200",
        "GET other 404",
        "other /chat 405",
    ]
    own = "".join(record.getMessage() for record in caplog.records if record.name.startswith("arraigo"))
    assert SESSION not in own
    assert "secreto" not in own


async def test_alive_ready_and_figures(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["database"]) == (200, "ok")
    figures = (await client.get("/metrics")).text
    assert 'arraigo_http_requests_total{route="/healthz",status="200"} 1.0' in figures


async def test_not_ready_names_the_part(inbox: FakeInbox) -> None:
    async def ready() -> dict[str, str]:
        return {"database": "ok", "sender": "the oldest message waits since 900 s"}

    async with client_of(create_app(replace(services(inbox), ready=ready))) as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert "900 s" in response.json()["parts"]["sender"]


async def call(
    app: Starlette,
    method: str,
    path: str,
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    source: Any = None,
) -> tuple[int, bytes]:
    """One request by bare ASGI, which lets through what a client library would not send."""
    messages = source or iter([{"type": "http.request", "body": b""}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": headers or [],
        "client": ("203.0.113.7", 4711),
        "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


HEADER_NAMES = [
    b"host",
    b"content-length",
    b"content-type",
    b"x-twilio-signature",
    b"x-telegram-bot-api-secret-token",
    b"x-arraigo-session",
    b"last-event-id",
    b"if-none-match",
    b"accept-encoding",
]
ANY_HEADERS = st.lists(st.tuples(st.sampled_from(HEADER_NAMES), st.binary(max_size=40)), max_size=6)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
ANY_PATH = st.one_of(st.sampled_from(PATHS), st.text(max_size=30).map(lambda text: "/" + text))


@settings(deadline=None, max_examples=300)
@given(METHODS, ANY_PATH, st.binary(max_size=60), ANY_HEADERS, st.binary(max_size=200))
def test_whatever_comes_is_never_our_failure(
    method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    app = create_app(services(FakeInbox()))
    source = iter([{"type": "http.request", "body": body}])
    status, _ = asyncio.run(call(app, method, path, query, headers, source))
    assert status < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {"session": st.just(SESSION) | JSON, "id": st.text(min_size=1, max_size=8) | JSON},
    optional={"text": JSON, "option": JSON, "location": JSON, "source": JSON},
)


@settings(deadline=None, max_examples=200)
@given(FIELDS)
def test_whatever_json_is_posted_is_stored_whole_or_refused(fields: dict[str, Any]) -> None:
    inbox = FakeInbox()
    source = iter([{"type": "http.request", "body": json.dumps(fields).encode()}])
    app = create_app(services(inbox))
    status, _ = asyncio.run(call(app, "POST", "/webchat/messages", source=source))
    assert status in {200, 400, 422}
    assert len(inbox.events) == (status == 200)
