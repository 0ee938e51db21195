"""The web chat's addresses: what is taken, what is refused and why, and that an id counts once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.channels.base import Inbound
from bot.web.app import create_app
from bot.web.limits import Rate, WebchatLimits
from flows.core.reply import Option, Reply
from tests.fakes.inbox import FakeInbox
from tests.web.conftest import Serve, client_of, services

URL, STREAM = "/webchat/messages", "/webchat/stream"
SESSION = "s" * 16
GOOD: dict[str, Any] = {"session": SESSION, "id": "m1", "text": "hola"}
MENU = Reply(
    "menu.inicio.texto",
    "¿Qué necesita?",
    (Option("a1.si", "Sí", "con detalle"), Option("a1.no", "No")),
    wants="location",
    media=("media/folio.png",),
)


async def post(client: httpx.AsyncClient, body: object) -> httpx.Response:
    return await client.post(URL, json=body)


async def test_the_answer_has_the_shape_of_the_contract(inbox: FakeInbox) -> None:
    inbox.script = lambda _: [MENU, Reply("menu.inicio.fin", "Gracias")]
    async with client_of(create_app(services(inbox))) as client:
        response = await post(client, GOOD)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "messages": [
            {
                "id": 10,
                "key": "menu.inicio.texto",
                "text": "¿Qué necesita?",
                "options": [
                    {"id": "a1.si", "title": "Sí", "description": "con detalle"},
                    {"id": "a1.no", "title": "No"},
                ],
                "media": ["/media/folio.png"],
                "wants": "location",
            },
            {"id": 20, "key": "menu.inicio.fin", "text": "Gracias", "options": [], "media": []},
        ]
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": "  hola\n"}, {"text": "  hola\n"}),
        ({"text": "a" * 4096}, {"text": "a" * 4096}),
        ({"text": "¡\ud83d\udc4b!"}, {"text": "¡👋!"}),
        ({"text": "cut \ud83d"}, {"text": "cut \ufffd"}),
        ({"text": "a\0b"}, {"text": "ab"}),
        ({"text": "hola", "option": None, "location": None}, {"text": "hola"}),
        ({"option": "a1.si"}, {"option": "a1.si"}),
        ({"location": {"latitude": 13.7, "longitude": -89}}, {"location": (13.7, -89.0)}),
        ({"text": "hola", "source": "cartel-7"}, {"text": "hola", "source": "cartel-7"}),
        ({"text": "hola", "source": "no such code!"}, {"text": "hola"}),
        ({"text": "hola", "unknown": {"deep": [1]}}, {"text": "hola"}),
    ],
)
async def test_what_is_said_arrives_as_one_event(
    client: httpx.AsyncClient, inbox: FakeInbox, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    body = json.dumps({"session": SESSION, "id": "m1", **given}).encode()
    assert (await client.post(URL, content=body)).status_code == 200
    [event] = inbox.events
    assert event == Inbound("webchat", event.provider_id, SESSION, **expected)
    assert SESSION not in event.provider_id


TOO_LONG = "a" * 4097


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"session": None}, "session"),
        ({"session": "short"}, "session"),
        ({"session": "a" * 65}, "session"),
        ({"session": "a" * 15 + "ñ"}, "session"),
        ({"session": SESSION + "\n"}, "session"),
        ({"session": 1234567890123456}, "session"),
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": "a" * 129}, "id"),
        ({"id": 7}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"text": None}, "exactly one"),
        ({"text": ""}, "empty"),
        ({"text": " \n\0"}, "empty"),
        ({"text": 5}, "text"),
        ({"text": ["hola"]}, "text"),
        ({"text": TOO_LONG}, "4096"),
        ({"option": "a1.si"}, "exactly one"),
        ({"text": None, "option": ""}, "option"),
        ({"text": None, "option": "a" * 201}, "option"),
        ({"text": None, "option": "a\0"}, "option"),
        ({"text": None, "option": True}, "option"),
        ({"text": None, "location": [1, 2]}, "location"),
        ({"text": None, "location": {}}, "latitude"),
        ({"text": None, "location": {"latitude": 91, "longitude": 0}}, "latitude"),
        ({"text": None, "location": {"latitude": 0, "longitude": -181}}, "longitude"),
        ({"text": None, "location": {"latitude": True, "longitude": 0}}, "latitude"),
        ({"text": None, "location": {"latitude": "13.7", "longitude": 0}}, "latitude"),
        ({"text": None, "location": {"latitude": 10**400, "longitude": 0}}, "latitude"),
        ({"source": 7}, "source"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name_and_nothing_is_stored(
    client: httpx.AsyncClient, inbox: FakeInbox, change: dict[str, Any], named: str
) -> None:
    response = await client.post(URL, content=json.dumps(GOOD | change).encode())
    assert response.status_code == 422
    assert named in response.json()["error"]
    assert not inbox.events


@pytest.mark.parametrize("field", ["session", "id", "text"])
async def test_a_missing_field_is_refused(client: httpx.AsyncClient, inbox: FakeInbox, field: str) -> None:
    response = await post(client, {name: value for name, value in GOOD.items() if name != field})
    assert response.status_code == 422
    assert not inbox.events


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"hola", 400),
        (b"\xff\xfe\xfa", 400),
        (b"[" * 200_000, 400),
        (b'{"id": NaN}', 400),
        (b"9" * 5000, 400),
        (b"[]", 422),
        (b'"hola"', 422),
        (b"null", 422),
        (b"{}", 422),
    ],
)
async def test_broken_json_is_a_bad_request(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    response = await client.post(URL, content=body)
    assert response.status_code == status
    assert response.json()["error"]


async def test_the_same_id_again_gives_the_same_answer_and_changes_nothing(
    client: httpx.AsyncClient, inbox: FakeInbox
) -> None:
    first = await post(client, GOOD)
    again = await post(client, GOOD | {"text": "otra cosa"})
    at_once = await asyncio.gather(*(post(client, GOOD | {"id": "m2"}) for _ in range(8)))
    assert again.json() == first.json()
    assert len({answer.text for answer in at_once}) == 1
    assert len(inbox.events) == 2


async def test_the_same_id_of_another_person_is_another_event(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    await post(client, GOOD)
    await post(client, GOOD | {"session": "t" * 16})
    assert len(inbox.events) == 2


async def test_the_database_is_away(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    inbox.away = True
    answers = [
        await post(client, GOOD),
        await client.get(URL, params={"session": SESSION}),
        await client.get(STREAM, params={"session": SESSION}),
    ]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)


async def test_everything_after_a_message_is_read_again(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    await post(client, GOOD)
    inbox.tell(SESSION, Reply("persona.mensaje", "Soy Marta."))
    inbox.tell("t" * 16, Reply("otra.persona", "No es para usted."))

    async def texts(**query: str) -> list[str]:
        response = await client.get(URL, params={"session": SESSION, **query})
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        return [message["text"] for message in response.json()["messages"]]

    assert await texts() == ["hola", "Soy Marta."]
    assert await texts(after="10") == ["Soy Marta."]
    assert await texts(after="20") == []
    by_header = await client.get(URL, headers={"X-Arraigo-Session": SESSION})
    assert len(by_header.json()["messages"]) == 2
    stranger = await client.get(URL, params={"session": "x" * 20})
    assert stranger.json() == {"messages": []}


@pytest.mark.parametrize("path", [URL, STREAM])
@pytest.mark.parametrize(
    "query", ["", "session=", "session=short", "session=" + "a" * 20 + "&after=x", "session=" + "%FF" * 20]
)
async def test_a_reading_without_a_good_session_or_cursor_is_refused(
    client: httpx.AsyncClient, path: str, query: str
) -> None:
    response = await client.get(f"{path}?{query}")
    assert response.status_code == 422
    assert response.json()["error"]


@pytest.mark.parametrize("after", ["-1", "1.5", "٣", "9" * 30, "1e3"])
async def test_a_cursor_is_a_whole_number(client: httpx.AsyncClient, after: str) -> None:
    response = await client.get(URL, params={"session": SESSION, "after": after})
    assert response.status_code == 422


async def test_one_session_cannot_flood_and_learns_when_to_come_back(inbox: FakeInbox) -> None:
    now = 100.0
    limits = WebchatLimits(session=Rate(per_second=0.5, burst=3))
    app = create_app(replace(services(inbox), limits=limits, monotonic=lambda: now))
    async with client_of(app) as client:
        sent = [(await post(client, GOOD | {"id": str(n)})).status_code for n in range(4)]
        refused = await post(client, GOOD | {"id": "4"})
        other = await post(client, GOOD | {"session": "t" * 16})
        now += int(refused.headers["retry-after"])
        later = await post(client, GOOD | {"id": "4"})
    assert sent == [200, 200, 200, 429]
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) == 2
    assert other.status_code == later.status_code == 200


async def test_one_address_cannot_flood_with_new_sessions(inbox: FakeInbox) -> None:
    limits = WebchatLimits(address=Rate(per_second=1, burst=5))
    app = create_app(replace(services(inbox), limits=limits, monotonic=lambda: 1.0))
    async with client_of(app) as client:
        answers = [await post(client, GOOD | {"session": f"session-number-{n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


async def read_events(response: httpx.Response, count: int) -> list[tuple[int, str]]:
    """The first `count` events of a stream: id and text."""
    events: list[tuple[int, str]] = []
    last = 0
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            last = int(line[4:])
        elif line.startswith("data: "):
            events.append((last, json.loads(line[6:])["text"]))
        if len(events) == count:
            break
    return events


def two_messages(_: Inbound) -> Sequence[Reply]:
    return [Reply("a.b.uno", "uno\ndos"), Reply("a.b.dos", "tres")]


async def test_the_stream_tells_what_was_and_what_comes(inbox: FakeInbox, serve: Serve) -> None:
    inbox.script = two_messages
    live = serve(inbox)
    async with httpx.AsyncClient(base_url=live.url) as client:
        await post(client, GOOD)
        async with client.stream("GET", STREAM, headers={"X-Arraigo-Session": SESSION}) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
            assert await read_events(response, 2) == [(10, "uno\ndos"), (20, "tres")]
        inbox.tell(SESSION, Reply("persona.mensaje", "Soy Marta."))
        headers = {"Last-Event-ID": "20"}
        async with client.stream("GET", STREAM, params={"session": SESSION}, headers=headers) as response:
            assert await read_events(response, 1) == [(30, "Soy Marta.")]


async def test_a_quiet_stream_sends_heartbeats(inbox: FakeInbox, serve: Serve) -> None:
    live = serve(inbox)
    async with (
        httpx.AsyncClient(base_url=live.url) as client,
        client.stream("GET", STREAM, params={"session": SESSION}) as response,
    ):
        lines = response.aiter_lines()
        assert [await anext(lines) for _ in range(3)] == ["retry: 3000", "", ": "]


async def test_streams_are_limited_and_a_place_is_free_after_a_hang_up(inbox: FakeInbox, serve: Serve) -> None:
    live = serve(inbox, limits=WebchatLimits(streams=1))
    async with httpx.AsyncClient(base_url=live.url) as client:
        async with client.stream("GET", STREAM, params={"session": SESSION}) as first:
            assert first.status_code == 200
            second = await client.get(STREAM, params={"session": SESSION})
            assert second.status_code == 429
            assert int(second.headers["retry-after"]) > 0
        status = 429
        async with asyncio.timeout(10):
            while status == 429:
                async with client.stream("GET", STREAM, params={"session": SESSION}) as third:
                    status = third.status_code
        assert status == 200


async def test_a_stream_ends_when_the_database_goes_away(inbox: FakeInbox, serve: Serve) -> None:
    live = serve(inbox)
    async with (
        httpx.AsyncClient(base_url=live.url) as client,
        client.stream("GET", STREAM, params={"session": SESSION}) as response,
    ):
        inbox.away = True
        assert (await response.aread()).startswith(b"retry: 3000")
