"""Sending, fetching and setting up, against a Bot API server on loopback."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
from aiohttp import web
from telegram.error import TimedOut

from bot.channels.base import (
    BadAddress,
    Channel,
    ContactStopped,
    Media,
    MediaGone,
    OperatorNeeded,
    Outgoing,
    Rejected,
    Retry,
    SendError,
    Throttled,
)
from bot.channels.telegram import Finding, TelegramChannel, TelegramWebhook
from bot.channels.telegram.errors import send_error
from flows.core.reply import Option, Reply
from tests.fakes.telegram import BOT, FakeTelegram, Refusal

ROSA, STAFF = 71234567, -1001987654321
YES_NO = (Option("7f3a.si", "Sí"), Option("7f3a.no", "No"))
HOOK_URL = "https://arraigo.example/webhooks/telegram"


def to_rosa(text: str = "Hola <b>& _buenas_", **more: object) -> Outgoing:
    return Outgoing(str(ROSA), Reply("inicio.saludo.texto", text, **more))  # type: ignore[arg-type]


def test_is_a_channel(channel: TelegramChannel) -> None:
    promised: Channel = channel
    assert promised.name == "telegram"
    assert promised.rate == 30


async def test_text_goes_as_it_is(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    provider_id = await channel.send(to_rosa())
    (sent,) = telegram.messages
    assert provider_id == str(sent["message_id"])
    assert sent["text"] == "Hola <b>& _buenas_"
    assert "parse_mode" not in sent
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert sent["reply_markup"] == {"remove_keyboard": True}


async def test_options_are_buttons_one_a_row(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    await channel.send(to_rosa("¿Empezamos?", options=YES_NO))
    (sent,) = telegram.messages
    assert sent["text"] == "¿Empezamos?"
    assert sent["reply_markup"]["inline_keyboard"] == [
        [{"text": "Sí", "callback_data": "7f3a.si"}],
        [{"text": "No", "callback_data": "7f3a.no"}],
    ]


async def test_descriptions_go_below_the_text(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    options = (Option("1.a", "INSAFORP", "San Salvador"), Option("1.b", "Otro"))
    await channel.send(to_rosa("¿Dónde?", options=options))
    assert telegram.messages[0]["text"] == "¿Dónde?\n\n• INSAFORP: San Salvador"


async def test_a_location_button(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    await channel.send(to_rosa("¿Dónde vive?", wants="location"))
    (sent,) = telegram.messages
    keyboard = sent["reply_markup"]
    assert keyboard["keyboard"] == [[{"text": "📍 Compartir mi ubicación", "request_location": True}]]
    assert keyboard["one_time_keyboard"] is True


async def test_a_location_button_beside_options(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    provider_id = await channel.send(to_rosa("¿Dónde vive?", wants="location", options=YES_NO))
    question, hint = telegram.messages
    assert provider_id == str(question["message_id"])
    assert "inline_keyboard" in question["reply_markup"]
    assert hint["reply_markup"]["keyboard"][0][0]["request_location"] is True


async def test_a_lost_hint_does_not_repeat_the_question(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    telegram.failures = [
        web.json_response(telegram_message(), status=200),
        Refusal(500, "Internal Server Error"),
    ]
    assert await channel.send(to_rosa("¿Dónde vive?", wants="location", options=YES_NO)) == "77"


def telegram_message() -> dict[str, object]:
    chat = {"id": ROSA, "type": "private"}
    return {"ok": True, "result": {"message_id": 77, "date": 1_793_000_000, "chat": chat, "text": "¿Dónde?"}}


async def test_no_location_button_in_a_group(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.group(STAFF)
    await channel.send(Outgoing(str(STAFF), Reply("aviso.caso.nuevo", "Caso A12", wants="location")))
    assert "reply_markup" not in telegram.messages[0]


async def test_one_file_carries_the_text(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    telegram.web = {"https://arraigo.example/media/qr.png"}
    await channel.send(to_rosa("Su código", media=("media/qr.png",), options=YES_NO))
    (sent,) = telegram.messages
    assert sent["photo"] == "https://arraigo.example/media/qr.png"
    assert sent["caption"] == "Su código"
    assert "inline_keyboard" in sent["reply_markup"]


async def test_files_go_before_a_long_text(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    telegram.web = {"https://arraigo.example/m/certificado.pdf?t=1"}
    await channel.send(to_rosa("á" * 1025, media=("/m/certificado.pdf?t=1",)))
    document, text = telegram.messages
    assert document["document"] == "https://arraigo.example/m/certificado.pdf?t=1"
    assert text["text"] == "á" * 1025


@pytest.mark.parametrize("path", ["m/mapa.png", "m/cita.ics"])
async def test_what_telegram_cannot_fetch_is_a_link(
    path: str, telegram: FakeTelegram, channel: TelegramChannel
) -> None:
    telegram.person(ROSA)
    await channel.send(to_rosa("Su cita", media=(path,), options=YES_NO))
    (sent,) = telegram.messages
    assert sent["text"] == f"Su cita\n\nhttps://arraigo.example/{path}"
    assert "inline_keyboard" in sent["reply_markup"]


@pytest.mark.parametrize(
    ("code", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", ContactStopped),
        (403, "Forbidden: user is deactivated", ContactStopped),
        (403, "Forbidden: bot can't initiate conversation with a user", ContactStopped),
        (400, "Bad Request: chat not found", BadAddress),
        (400, "Bad Request: PEER_ID_INVALID", BadAddress),
        (400, "Bad Request: message is too long", Rejected),
        (400, "Bad Request: BUTTON_DATA_INVALID", Rejected),
        (401, "Unauthorized", OperatorNeeded),
        (404, "Not Found", OperatorNeeded),
        (500, "Internal Server Error", Retry),
        (502, "Bad Gateway", Retry),
    ],
)
async def test_refusals(
    code: int,
    description: str,
    expected: type[SendError],
    telegram: FakeTelegram,
    channel: TelegramChannel,
) -> None:
    telegram.failures = [Refusal(code, description)]
    with pytest.raises(expected):
        await channel.send(to_rosa(options=YES_NO))


async def test_refusals_by_what_the_server_knows(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    with pytest.raises(BadAddress):
        await channel.send(to_rosa())
    telegram.person(ROSA)
    with pytest.raises(Rejected, match="too long"):
        await channel.send(to_rosa("x" * 4097))
    with pytest.raises(Rejected, match="Button_data_invalid"):
        await channel.send(to_rosa(options=(Option("ñ" * 33, "Sí"),)))
    telegram.block(ROSA)
    with pytest.raises(ContactStopped):
        await channel.send(to_rosa())
    with pytest.raises(BadAddress):
        await channel.send(Outgoing("", Reply("a.b.c", "x")))


async def test_a_file_for_nobody_is_a_bad_address(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.web = {"https://arraigo.example/qr.png"}
    with pytest.raises(BadAddress):
        await channel.send(to_rosa(media=("qr.png",)))
    assert len(telegram.calls) == 1


async def test_a_group_that_became_a_supergroup(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    upgraded = "Bad Request: group chat was upgraded to a supergroup chat"
    telegram.failures = [Refusal(400, upgraded, migrate_to_chat_id=STAFF)]
    with pytest.raises(BadAddress, match=str(STAFF)):
        await channel.send(Outgoing("-1987", Reply("a.b.c", "x")))


async def test_a_flood_holds_the_channel_back(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.failures = [Refusal(429, "Too Many Requests: retry after 7", retry_after=7)]
    with pytest.raises(Throttled) as raised:
        await channel.send(to_rosa())
    assert raised.value.after == 7


async def test_a_flood_in_a_group_holds_that_message_back() -> None:
    async with FakeTelegram(clock=lambda: 5.0) as telegram:
        telegram.group(STAFF)
        channel = TelegramChannel(telegram.token, telegram.url)
        alert = Outgoing(str(STAFF), Reply("aviso.caso.nuevo", "Caso A12"))
        for _ in range(20):
            await channel.send(alert)
        with pytest.raises(Retry) as raised:
            await channel.send(alert)
        await channel.close()
    assert raised.value.after == 61


def test_a_time_out_leaves_the_outcome_open() -> None:
    assert isinstance(send_error(TimedOut(), str(ROSA)), Retry)


async def test_nobody_answers(channel: TelegramChannel, telegram: FakeTelegram) -> None:
    away = TelegramChannel(telegram.token, "http://127.0.0.1:9")
    with pytest.raises(Retry):
        await away.send(to_rosa())
    assert not await away.answer_callback("1")
    with pytest.raises(Retry):
        await away.fetch(Media("image", "x"), 10)
    await away.close()


async def test_a_tap_and_its_answer(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.person(ROSA)
    await channel.send(to_rosa("¿Empezamos?", options=YES_NO))
    reading = TelegramWebhook("s").read(json.dumps(telegram.tap_update(ROSA, "No")).encode())
    assert reading.inbound is not None
    assert reading.inbound.option == "7f3a.no"
    assert reading.callback in telegram.callbacks
    assert await channel.answer_callback(reading.callback)
    assert not await channel.answer_callback(reading.callback)


async def test_fetching_a_file(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.files["F"] = ("photos/file 0.jpg", b"\xff\xd8" * 500)
    assert await channel.fetch(Media("image", "F", "image/png"), 1000) == (b"\xff\xd8" * 500, "image/png")
    assert (await channel.fetch(Media("image", "F"), 1000))[1] == "image/jpeg"


async def test_files_that_cannot_be_had(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.files["F"] = ("photos/f.jpg", b"x" * 11)
    for media in (Media("image", "F"), Media("image", "F", size=11), Media("image", "unknown")):
        with pytest.raises(MediaGone):
            await channel.fetch(media, 10)
    telegram.failures = [Refusal(400, "Bad Request: file is too big")]
    with pytest.raises(MediaGone):
        await channel.fetch(Media("image", "F"), 10)


@pytest.mark.parametrize(
    ("refusal", "after"),
    [
        (Refusal(429, "Too Many Requests: retry after 3", retry_after=3), 3),
        (Refusal(401, "Unauthorized"), None),
        (Refusal(500, "Internal Server Error"), None),
    ],
)
async def test_files_to_try_again(
    refusal: Refusal, after: float | None, telegram: FakeTelegram, channel: TelegramChannel
) -> None:
    telegram.failures = [refusal]
    with pytest.raises(Retry) as raised:
        await channel.fetch(Media("image", "F"), 10)
    assert raised.value.after == after


async def test_setting_up(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    await channel.set_webhook(HOOK_URL, "s3cret-_")
    assert telegram.webhook["url"] == HOOK_URL
    assert telegram.webhook["secret_token"] == "s3cret-_"
    assert telegram.webhook["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert {command["command"] for command in telegram.commands} == {
        "menu",
        "atras",
        "ayuda",
        "persona",
        "baja",
    }


async def test_a_secret_that_telegram_refuses(channel: TelegramChannel) -> None:
    with pytest.raises(Rejected, match="unallowed characters"):
        await channel.set_webhook(HOOK_URL, "no spaces")


async def test_findings(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    telegram.group(STAFF)
    found = await channel.verify_credentials(HOOK_URL, str(STAFF))
    assert [finding.ok for finding in found] == [True, False, True]
    assert "not set" in found[1].text
    await channel.set_webhook(HOOK_URL, "s")
    found = await channel.verify_credentials(HOOK_URL, "-5")
    assert [finding.ok for finding in found] == [True, True, False]
    assert found[0] == Finding(True, "The token belongs to @ArraigoBot.")


async def test_findings_about_an_address_telegram_never_calls(channel: TelegramChannel) -> None:
    found = await channel.verify_credentials("https://arraigo.example:9000/webhooks/telegram")
    assert not found[1].ok
    assert "port" in found[1].text


async def test_findings_about_a_failing_webhook(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    info = {"url": HOOK_URL, "has_custom_certificate": False, "pending_update_count": 4}
    info |= {"last_error_date": 1_793_000_000, "last_error_message": "Wrong response from the webhook: 500"}
    telegram.failures = [
        web.json_response({"ok": True, "result": BOT}),
        web.json_response({"ok": True, "result": info}),
    ]
    found = await channel.verify_credentials(HOOK_URL)
    assert not found[2].ok
    assert "500" in found[2].text


async def test_the_token_is_in_no_log_and_no_error(telegram: FakeTelegram, caplog: pytest.LogCaptureFixture) -> None:
    secret = "999:wrong-but-secret"
    caplog.set_level(logging.DEBUG)
    channel = TelegramChannel(secret, telegram.url)
    with pytest.raises(OperatorNeeded) as raised:
        await channel.send(to_rosa())
    with pytest.raises(Retry):
        await channel.fetch(Media("image", "F"), 10)
    findings = await channel.verify_credentials()
    await channel.close()
    chain = [raised.value, raised.value.__cause__]
    assert "HTTP Request" in caplog.text
    assert all(secret not in repr(part) for part in [caplog.text, *chain, *findings])
    assert telegram.calls == []


async def test_the_token_reaches_the_server(telegram: FakeTelegram, channel: TelegramChannel) -> None:
    assert (await channel.verify_credentials())[0].ok
    assert telegram.calls[0].method == "getMe"


@pytest.mark.parametrize(
    ("api_url", "expected"), [("https://api.telegram.org", "http://127.0.0.1:3128"), ("http://localhost", "")]
)
def test_the_machines_proxy(api_url: str, expected: str) -> None:
    code = "import sys; from bot.channels.telegram.transport import proxy_for; print(proxy_for(sys.argv[1]) or '')"
    environment = {"HTTPS_PROXY": "http://127.0.0.1:3128", "NO_PROXY": "localhost", "PATH": ""}
    printed = subprocess.check_output([sys.executable, "-c", code, api_url], env=environment, text=True)
    assert printed.strip() == expected
