"""The fake is as strict as Twilio, and what it posts is what Twilio posts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import Inbound, Status
from bot.channels.twilio import TwilioWebhook
from tests.channels.twilio.conftest import Make, question, to
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, PERSON, WHATSAPP_SENDER, TwilioFake

FORM = "application/x-www-form-urlencoded"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
GOOD = {"To": PERSON, "From": WHATSAPP_SENDER}
SID = "HX" + f"{1:032x}"
TWO = {
    "friendly_name": "dos",
    "language": "es",
    "variables": {"1": "1", "2": "2"},
    "types": {
        "twilio/quick-reply": {
            "body": "¿Seguimos?",
            "actions": [{"type": "QUICK_REPLY", "title": t, "id": f"{{{{{n}}}}}"} for n, t in ((1, "Sí"), (2, "No"))],
        }
    },
}


def buttons(number: int, title: str = "Sí {}", body: str = "¿Seguimos?") -> dict[str, Any]:
    numbers = range(1, number + 1)
    actions = [{"type": "QUICK_REPLY", "title": title.format(n), "id": f"{{{{{n}}}}}"} for n in numbers]
    types = {"twilio/quick-reply": {"body": body, "actions": actions}}
    return {"language": "es", "variables": {str(n): str(n) for n in numbers}, "types": types}


def rows(number: int, button: str = "Ver", **more: str) -> dict[str, Any]:
    numbers = range(1, number + 1)
    items = [{"item": f"Fila {n}", "id": f"{{{{{n}}}}}"} | more for n in numbers]
    types = {"twilio/list-picker": {"body": "¿Cuál?", "button": button, "items": items}}
    return {"language": "es", "variables": {str(n): str(n) for n in numbers}, "types": types}


@pytest.fixture
async def strict() -> AsyncIterator[TwilioFake]:
    async with TwilioFake() as fake:
        fake.contents[SID] = TWO
        yield fake


async def call(fake: TwilioFake, path: str, body: bytes, mime: str) -> int:
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN), "Content-Type": mime}
    async with (
        aiohttp.ClientSession() as session,
        session.post(fake.url + path, data=body, headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.parametrize(
    "fields",
    [
        {"Body": "x" * 1600},
        {"ContentSid": SID, "ContentVariables": json.dumps({"1": "q.si", "2": "q.no"})},
        {"MediaUrl": "https://bot.example.org/f/1.pdf"},
    ],
)
async def test_good_messages(strict: TwilioFake, fields: dict[str, str]) -> None:
    assert await call(strict, MESSAGES, urlencode(GOOD | fields).encode(), FORM) == 201
    assert strict.violations == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Body": ""},
        {"Body": "x" * 1601},
        {"Body": "👍" * 801},
        {"Body": "x", "To": "whatsapp:70000000"},
        {"Body": "x", "To": "whatsapp:+0370000000"},
        {"Body": "x", "To": "+50370000000"},
        {"Body": "x", "From": "nobody"},
        {"Body": "x", "Bodi": "x"},
        {"Body": "x", "StatusCallback": "/webhooks/twilio/status"},
        {"Body": "x", "ContentSid": SID, "ContentVariables": json.dumps({"1": "a", "2": "b"})},
        {"ContentSid": SID},
        {"ContentSid": "HX1"},
        {"ContentSid": "HX" + "f" * 32, "ContentVariables": "{}"},
        {"ContentSid": SID, "ContentVariables": "no JSON"},
        {"ContentSid": SID, "ContentVariables": "[]"},
        {"ContentSid": SID, "ContentVariables": json.dumps({"1": "a"})},
        {"ContentSid": SID, "ContentVariables": json.dumps({"1": "a", "2": ""})},
        {"ContentSid": SID, "ContentVariables": json.dumps({"1": "a", "2": None})},
        {"ContentSid": SID, "ContentVariables": json.dumps({"1": "a", "2": "x" * 256})},
        {"ContentVariables": json.dumps({"1": "a", "2": "b"}), "Body": "x"},
        {"MediaUrl": "/f/1.pdf"},
        {"MediaUrl": "https://bot.example.org/f/1.png", "Body": "x" * 1025},
    ],
)
async def test_bad_messages(strict: TwilioFake, fields: dict[str, str]) -> None:
    assert await call(strict, MESSAGES, urlencode(GOOD | fields).encode(), FORM) == 400
    assert strict.violations
    assert strict.messages == []


async def test_two_files_and_no_recipient(strict: TwilioFake) -> None:
    files = [*GOOD.items(), ("MediaUrl", "https://a.example/1"), ("MediaUrl", "https://a.example/2")]
    for body in (urlencode(files), "Body=x&From=whatsapp%3A%2B14155550100", ""):
        assert await call(strict, MESSAGES, body.encode(), FORM) == 400
    assert await call(strict, MESSAGES, json.dumps(GOOD | {"Body": "x"}).encode(), "application/json") == 400


@pytest.mark.parametrize("content", [TWO, buttons(3), rows(10, description="Más"), rows(1)])
async def test_good_contents(strict: TwilioFake, content: dict[str, Any]) -> None:
    assert await call(strict, "/v1/Content", json.dumps(content).encode(), "application/json") == 201


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"language": "es"},
        {"types": TWO["types"]},
        TWO | {"variables": {"1": "1"}},
        TWO | {"variables": {"1": "1", "2": "2", "3": "3"}},
        TWO | {"types": {}},
        TWO | {"types": {"twilio/text": {"body": "{{1}} {{2}}"}}},
        buttons(4),
        buttons(1, body="x" * 1025),
        buttons(1, body="{{1}}"),
        buttons(1, body=""),
        buttons(2, title="Sí"),
        buttons(1, title="x" * 21),
        buttons(1, title="👍" * 11),
        rows(11),
        rows(1, button=""),
        rows(1, button="x" * 21),
        rows(1, item="x" * 25),
        rows(1, description="x" * 73),
        rows(1, description=""),
        rows(1, extra="x"),
    ],
)
async def test_bad_contents(strict: TwilioFake, content: dict[str, Any]) -> None:
    assert await call(strict, "/v1/Content", json.dumps(content).encode(), "application/json") == 400
    assert strict.violations


async def test_a_resource_as_a_form_as_twilios_async_client_sends_it(strict: TwilioFake) -> None:
    body = b"friendly_name=x&language=es&types=twilio%2Ftext"
    assert await call(strict, "/v1/Content", body, "application/json") == 400


async def test_paths_that_twilio_does_not_have(strict: TwilioFake) -> None:
    assert await call(strict, "/v1/Nothing", b"{}", "application/json") == 400
    assert await call(strict, "/elsewhere", b"{}", "application/json") == 400


@pytest.mark.parametrize("number", [2, 5])
async def test_a_tap_comes_back_as_the_option(twilio: TwilioFake, make: Make, number: int) -> None:
    await make().send(to(question(number, instance="q7")))
    reader = TwilioWebhook(AUTH_TOKEN, "https://bot.example.org")
    body, headers = twilio.signed("https://bot.example.org/webhooks/twilio", twilio.tap(twilio.messages[0], 2))
    assert reader.verify("/webhooks/twilio", body, headers["X-Twilio-Signature"])
    tapped = reader.read(body)
    assert (tapped.option, tapped.text, tapped.address) == ("q7.o2", "Opción 2", PERSON)


async def test_a_status_comes_back(twilio: TwilioFake, make: Make) -> None:
    provider_id = await make().send(to(question()))
    reader = TwilioWebhook(AUTH_TOKEN, "https://bot.example.org")
    body, _ = twilio.signed("https://bot.example.org/x", twilio.status(twilio.messages[0], "failed", 63016))
    assert reader.read_status(body) == Status("whatsapp", provider_id, "failed", "63016")


async def test_a_webhook_over_http_signed_for_the_public_address(twilio: TwilioFake) -> None:
    reader = TwilioWebhook(AUTH_TOKEN, "https://bot.example.org")
    read: list[Inbound] = []

    async def webhook(request: web.Request) -> web.Response:
        body = await request.read()
        if not reader.verify(request.path_qs, body, request.headers.get("X-Twilio-Signature")):
            return web.Response(status=403)
        read.append(reader.read(body))
        return web.Response(text="<Response/>")

    application = web.Application()
    application.router.add_post("/webhooks/twilio", webhook)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/twilio"
    form = twilio.form(PERSON, "Hola 👋 ")
    assert await twilio.post(url, form, "https://bot.example.org/webhooks/twilio") == (200, "<Response/>")
    assert (await twilio.post(url, form))[0] == 403
    assert [message.text for message in read] == ["Hola 👋 "]
    await runner.cleanup()
