"""What goes wrong at Twilio, and which decision each error carries."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.base import (
    BadAddress,
    ContactStopped,
    OperatorNeeded,
    Rejected,
    Retry,
    SendError,
    Throttled,
)
from bot.channels.twilio.client import TwilioClient
from bot.channels.twilio.errors import CODES, by_code
from flows.core.reply import Reply
from tests.channels.twilio.conftest import Make, question, to
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, Fault, TwilioFake


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in CODES.items() for code in codes])
async def test_codes(twilio: TwilioFake, make: Make, kind: type[SendError], code: str) -> None:
    twilio.fail(Fault(int(code)))
    with pytest.raises(kind) as caught:
        await make().send(to(Reply("a.b.c", "Hola")))
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert type(by_code(code)) is kind


@pytest.mark.parametrize(
    ("fault", "kind", "code", "after"),
    [
        (Fault(status=429, body=b"", headers={"Retry-After": "7"}), Throttled, "429", 7.0),
        (Fault(20429, 429, headers={"Retry-After": "soon"}), Throttled, "20429", None),
        (Fault(63038, 429), Throttled, "63038", 3600.0),
        (Fault(20003, 401), OperatorNeeded, "20003", None),
        (Fault(status=403, body=b"<html>"), OperatorNeeded, "403", None),
        (Fault(20404, 404), OperatorNeeded, "20404", None),
        (Fault(status=500, body=b"\xff"), Retry, "500", None),
        (Fault(status=503, body=b"[]", headers={"Retry-After": "30"}), Retry, "503", 30.0),
        (Fault(status=302, body=b"", headers={"Location": "/elsewhere"}), Retry, "302", None),
        (Fault(99999), Rejected, "99999", None),
        (Fault(status=201, body=b"<html>"), Retry, "answer", None),
        (Fault(status=201, body=b"{}"), Retry, "answer", None),
        (
            Fault(status=201, body=b'{"sid":"SM1","status":"failed","error_code":21610}'),
            ContactStopped,
            "21610",
            None,
        ),
        (Fault(status=201, body=b'{"sid":"SM1","status":"failed","error_code":1}'), Rejected, "1", None),
        (Fault(drop=True), Retry, "connection", None),
    ],
)
async def test_answers(
    twilio: TwilioFake, make: Make, fault: Fault, kind: type[SendError], code: str, after: float | None
) -> None:
    twilio.fail(fault)
    with pytest.raises(kind) as caught:
        await make().send(to(Reply("a.b.c", "Hola")))
    assert (caught.value.code, caught.value.after) == (code, after)
    assert len(twilio.requests) == 1, "a POST is never repeated"


async def test_wrong_credentials_stop_the_channel(twilio: TwilioFake, make: Make) -> None:
    with pytest.raises(OperatorNeeded):
        await make(auth_token="wrong").send(to(question()))


async def test_nobody_listens(make: Make) -> None:
    with pytest.raises(Retry):
        await make(api_url="http://127.0.0.1:9").send(to(Reply("a.b.c", "Hola")))


async def test_no_error_says_who_or_what(twilio: TwilioFake, make: Make) -> None:
    twilio.fail(Fault(21211))
    with pytest.raises(BadAddress) as caught:
        await make().send(to(Reply("a.b.c", "secreto")))
    assert "5037" not in repr(caught.value)
    assert "secreto" not in repr(caught.value)


async def test_a_server_that_never_answers() -> None:
    hung_up = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    client = TwilioClient(
        ACCOUNT_SID, AUTH_TOKEN, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=0.05
    )
    with pytest.raises(Retry, match="timeout"):
        await client.post_form("api", "/2010-04-01/Accounts.json", [])
    await client.close()
    await hung_up.wait()
    server.close()
    await server.wait_closed()


def test_a_code_that_nobody_knows() -> None:
    assert by_code("12345") is None
