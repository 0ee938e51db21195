"""The providers' addresses: who is let in, what is committed before 200, and what is asked to come again."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import httpx
import pytest

from bot.channels.base import Status
from tests.fakes.inbox import FakeInbox
from tests.web.conftest import SECRET, Callbacks, signature, update

TWILIO, STATUS, TELEGRAM = "/webhooks/twilio", "/webhooks/twilio/status", "/webhooks/telegram"
FORM = {
    "MessageSid": "SM0123456789abcdef",
    "From": "whatsapp:+50370001234",
    "To": "whatsapp:+50320000000",
    "Body": "Sé coser, ¿y qué?",
    "NumMedia": "0",
    "ButtonText": "",
}
SENT = {
    "MessageSid": "SM1",
    "MessageStatus": "delivered",
    "To": "whatsapp:+50370001234",
    "From": "whatsapp:+1",
}
PERSON = {"id": 7, "is_bot": False, "first_name": "Ana"}
CHAT = {"id": 7, "type": "private"}
MESSAGE = {"message_id": 1, "date": 1790000000, "chat": CHAT, "from": PERSON, "text": "hola"}
TAP = {"id": "99", "from": PERSON, "chat_instance": "1", "data": "a1.si", "message": MESSAGE}


def signed(path: str, form: dict[str, str]) -> dict[str, object]:
    body = urlencode(form).encode()
    headers = {
        "X-Twilio-Signature": signature(path, body),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return {"content": body, "headers": headers}


async def post_twilio(client: httpx.AsyncClient, path: str, form: dict[str, str]) -> httpx.Response:
    return await client.post(path, **signed(path, form))  # type: ignore[arg-type]


async def post_telegram(client: httpx.AsyncClient, body: bytes, secret: str = SECRET) -> httpx.Response:
    return await client.post(TELEGRAM, content=body, headers={"X-Telegram-Bot-Api-Secret-Token": secret})


async def test_a_signed_message_is_committed_and_answered_with_an_empty_response(
    client: httpx.AsyncClient, inbox: FakeInbox
) -> None:
    response = await post_twilio(client, TWILIO, FORM)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/xml")
    assert response.text.endswith("<Response/>")
    assert [(event.channel, event.text) for event in inbox.events] == [("whatsapp", "Sé coser, ¿y qué?")]


async def test_the_signature_counts_for_the_public_url_whatever_the_host_header(
    client: httpx.AsyncClient, inbox: FakeInbox
) -> None:
    request = signed(TWILIO + "?kind=a%20b", FORM)
    assert (await client.post(TWILIO + "?kind=a%20b", **request)).status_code == 200  # type: ignore[arg-type]
    assert (await client.post(TWILIO, **request)).status_code == 403  # type: ignore[arg-type]
    assert len(inbox.events) == 1


@pytest.mark.parametrize("path", [TWILIO, STATUS])
@pytest.mark.parametrize("header", [None, "", "forged", "Zm9yZ2Vk", "\x7f"])
async def test_a_forged_or_missing_signature_is_forbidden(
    client: httpx.AsyncClient, inbox: FakeInbox, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"X-Twilio-Signature": header}
    response = await client.post(path, data=FORM, headers=headers)
    assert response.status_code == 403
    assert "error" in response.json()
    assert not inbox.events


async def test_a_signature_for_another_body_is_forbidden(client: httpx.AsyncClient) -> None:
    request = signed(TWILIO, FORM)
    request["content"] = urlencode(FORM | {"Body": "otra cosa"}).encode()
    assert (await client.post(TWILIO, **request)).status_code == 403  # type: ignore[arg-type]


async def test_a_signed_form_without_sender_or_id_is_a_bad_request(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    for missing in ("MessageSid", "From"):
        form = {name: value for name, value in FORM.items() if name != missing}
        response = await post_twilio(client, TWILIO, form)
        assert response.status_code == 400
        assert missing in response.json()["error"]
    assert not inbox.events


async def test_while_the_database_is_away_providers_are_asked_to_come_again(
    client: httpx.AsyncClient, inbox: FakeInbox
) -> None:
    inbox.away = True
    answers = [
        await post_twilio(client, TWILIO, FORM),
        await post_twilio(client, STATUS, SENT),
        await post_telegram(client, update(1, message=MESSAGE)),
        await post_telegram(client, b"no JSON"),
    ]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    inbox.away = False
    assert (await post_twilio(client, TWILIO, FORM)).status_code == 200
    assert len(inbox.events) == 1


async def test_a_signed_flood_is_never_told_to_slow_down(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    forms = [FORM | {"MessageSid": f"SM{n}"} for n in range(400)]
    statuses = {(await post_twilio(client, TWILIO, form)).status_code for form in forms}
    assert statuses == {200}
    assert len(inbox.events) == 400


async def test_the_same_message_twice_at_once_is_one_event(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    await asyncio.gather(*(post_twilio(client, TWILIO, FORM) for _ in range(5)))
    assert len(inbox.events) == 1


async def test_status_callbacks_are_taken_in_any_order(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    for state in ("read", "delivered", "queued", "failed", "delivered"):
        assert (await post_twilio(client, STATUS, SENT | {"MessageStatus": state})).status_code == 200
    assert [status.state for status in inbox.statuses] == ["read", "delivered", "failed", "delivered"]
    assert inbox.statuses[0] == Status("whatsapp", "SM1", "read")


async def test_a_telegram_message_is_committed(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    assert (await post_telegram(client, update(5, message=MESSAGE))).status_code == 200
    assert [(event.provider_id, event.address, event.text) for event in inbox.events] == [("5", "7", "hola")]


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "\xff"])
async def test_a_wrong_telegram_secret_is_forbidden(client: httpx.AsyncClient, inbox: FakeInbox, secret: str) -> None:
    headers = {b"X-Telegram-Bot-Api-Secret-Token": secret.encode("latin-1")}
    response = await client.post(TELEGRAM, content=update(5, message=MESSAGE), headers=headers)
    assert response.status_code == 403
    assert not inbox.events
    assert not inbox.kept


@pytest.mark.parametrize(
    ("body", "update_id"),
    [(b"{", None), (b"[1]", None), (b"", None), (update(8, message={"x": 1}), 8), (b"[" * 100_000, None)],
)
async def test_what_cannot_be_read_is_kept_aside_and_answered_200(
    client: httpx.AsyncClient,
    inbox: FakeInbox,
    body: bytes,
    update_id: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert (await post_telegram(client, body)).status_code == 200
    assert inbox.kept == [("telegram", update_id, body)]
    assert f"update {update_id} " in caplog.text


async def test_a_tap_is_answered_beside_the_commit_and_never_delays_it(
    client: httpx.AsyncClient, inbox: FakeInbox, callbacks: Callbacks
) -> None:
    callbacks.held.clear()
    assert (await post_telegram(client, update(6, callback_query=TAP))).status_code == 200
    assert [event.option for event in inbox.events] == ["a1.si"]
    assert callbacks.answered == []
    callbacks.held.set()
    await asyncio.sleep(0)
    assert callbacks.answered == ["99"]


async def test_a_tap_that_cannot_be_answered_is_still_committed(
    client: httpx.AsyncClient, inbox: FakeInbox, callbacks: Callbacks
) -> None:
    callbacks.broken = True
    assert (await post_telegram(client, update(6, callback_query=TAP))).status_code == 200
    assert len(inbox.events) == 1


async def test_a_person_who_blocks_the_bot_is_noted(client: httpx.AsyncClient, inbox: FakeInbox) -> None:
    member = {"status": "member", "user": PERSON}
    kicked = {"status": "kicked", "user": PERSON, "until_date": 0}
    change = {
        "chat": CHAT,
        "from": PERSON,
        "date": 1790000000,
        "old_chat_member": member,
        "new_chat_member": kicked,
    }
    assert (await post_telegram(client, update(9, my_chat_member=change))).status_code == 200
    assert [stop.address for stop in inbox.stops] == ["7"]
