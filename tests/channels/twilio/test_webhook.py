"""Reading what Twilio posts: recorded forms, signatures, and anything else that may come."""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.channels.base import Inbound, Media, Status
from bot.channels.twilio import TwilioWebhook, Unreadable

PAYLOADS = Path(__file__).parents[2] / "payloads" / "twilio"
TOKEN = "not-a-secret"
PATH = "/webhooks/twilio"
webhook = TwilioWebhook(TOKEN, "https://bot.example.org/")


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.txt").read_bytes().rstrip(b"\n")


def read(name: str) -> Inbound:
    return webhook.read(payload(name))


def sign(body: bytes, url: str = "https://bot.example.org/webhooks/twilio") -> str:
    """Twilio's algorithm, written down once more from its documentation."""
    form = parse_qs(body.decode(), keep_blank_values=True)
    text = url + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_text_survives_as_it_is() -> None:
    message = read("text")
    assert message.channel == "whatsapp"
    assert message.address == "whatsapp:+50370000000"
    assert message.phone == "+50370000000"
    assert message.text == "Hola 👋🏽 buenos días, soy de Usulután & busco trabajo\n¿me ayudan? 100% gracias 🙏 "
    assert message.option is None
    assert message.media == ()


def test_tap_on_a_button() -> None:
    message = read("quick_reply")
    assert (message.option, message.text) == ("q7f3.si", "Sí, empezar")


def test_choice_from_a_list() -> None:
    message = read("list_reply")
    assert (message.option, message.text) == ("q9a1.albanil", "Albañilería")


@pytest.mark.parametrize("unfilled", ["{{1}}", "2"])
def test_a_button_whose_variable_was_not_filled_in_says_its_title(unfilled: str) -> None:
    form = {
        "MessageSid": "SM1",
        "From": "whatsapp:+50370000000",
        "ButtonPayload": unfilled,
        "ButtonText": "Sí",
    }
    message = webhook.read(urlencode(form).encode())
    assert (message.option, message.text) == (None, "Sí")


def test_location() -> None:
    assert read("location").location == (13.69294, -89.218191)


@pytest.mark.parametrize("latitude", ["", "x", "nan", "inf", "91", "1e999"])
def test_an_impossible_place_does_not_cost_the_message(latitude: str) -> None:
    form = {"MessageSid": "SM1", "From": "+50370000000", "Body": "hola"}
    message = webhook.read(urlencode(form | {"Latitude": latitude, "Longitude": "0"}).encode())
    assert (message.location, message.text) == (None, "hola")


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [("image", "image", "image/jpeg"), ("voice", "voice", "audio/ogg"), ("sticker", "sticker", "image/webp")],
)
def test_files(name: str, kind: str, mime: str) -> None:
    (file,) = read(name).media
    assert file == Media(kind, file.source, mime)
    assert file.source.startswith("https://api.twilio.com/2010-04-01/Accounts/AC")


def test_a_person_without_a_phone() -> None:
    message = read("business_scoped")
    assert message.address == "whatsapp:US.13491208655302741918"
    assert (message.phone, message.aliases) == (None, ())


def test_both_of_a_persons_ids() -> None:
    message = read("phone_and_business_scoped")
    assert message.address == "whatsapp:+50370000000"
    assert message.aliases == ("whatsapp:US.13491208655302741918",)


def test_sms_is_another_channel_and_vouches_for_no_phone() -> None:
    message = read("sms")
    assert (message.channel, message.address, message.phone) == ("sms", "+50370000000", None)


def test_twilios_own_opt_out_is_a_text_like_any_other() -> None:
    assert read("sms_stop").text == "STOP"


def test_blank_body() -> None:
    assert read("blank_body").text == ""


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"From": "whatsapp:+50370000000", "Body": "hola"},
        {"MessageSid": "", "From": "whatsapp:+50370000000"},
        {"MessageSid": "SM1\x00", "From": "whatsapp:+50370000000"},
        {"MessageSid": "SM1", "Body": "hola"},
        {"MessageSid": "SM1", "From": "messenger:123"},
        {"MessageSid": "SM1", "From": "whatsapp:"},
        {"MessageSid": "SM1", "From": "whatsapp:+503 7000"},
    ],
)
def test_unreadable(form: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        webhook.read(urlencode(form).encode())


def test_a_million_fields_are_unreadable() -> None:
    with pytest.raises(Unreadable):
        webhook.read(b"a=1&" * 100_000)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("status_sent", Status("whatsapp", f"SM{501:032x}", "sent")),
        ("status_delivered", Status("whatsapp", f"SM{501:032x}", "delivered")),
        ("status_read", Status("whatsapp", f"SM{501:032x}", "read")),
        ("status_queued", None),
        ("status_window_closed", Status("whatsapp", f"SM{503:032x}", "failed", "63016")),
        ("status_sms_undelivered", Status("sms", f"SM{504:032x}", "failed", "30006")),
    ],
)
def test_status(name: str, expected: Status | None) -> None:
    assert webhook.read_status(payload(name)) == expected


@pytest.mark.parametrize("name", [path.stem for path in sorted(PAYLOADS.glob("*.txt"))])
def test_signed_forms_are_genuine_and_only_for_our_url(name: str) -> None:
    body = payload(name)
    assert webhook.verify(PATH, body, sign(body))
    assert not webhook.verify("/webhooks/twilio/status", body, sign(body))
    assert not webhook.verify(PATH, body + b"&Body=x", sign(body))
    assert not TwilioWebhook(TOKEN, "https://other.example.org").verify(PATH, body, sign(body))
    assert not TwilioWebhook("another", "https://bot.example.org").verify(PATH, body, sign(body))


def test_blank_values_count() -> None:
    body = b"MessageSid=SM1&Body=&From=%2B50370000000"
    assert webhook.verify(PATH, body, sign(body))
    assert not webhook.verify(PATH, body.replace(b"&Body=", b""), sign(body))


def test_repeated_parameters() -> None:
    body = b"A=2&A=1&A=2&MessageSid=SM1"
    assert webhook.verify(PATH, body, sign(body))


def test_the_options_after_the_number_sign_are_no_part_of_the_address() -> None:
    configured = TwilioWebhook(TOKEN, "https://bot.example.org/#rc=3&rp=5xx,ct,rt")
    body = payload("text")
    assert configured.verify(PATH + "#rc=3", body, sign(body))


def test_the_query_is_part_of_the_address() -> None:
    body = payload("status_read")
    signature = sign(body, "https://bot.example.org/webhooks/twilio?m=7")
    assert webhook.verify("/webhooks/twilio?m=7", body, signature)
    assert not webhook.verify(PATH, body, signature)


def test_port_or_none_is_the_same() -> None:
    body = payload("text")
    assert webhook.verify(PATH, body, sign(body, "https://bot.example.org:443/webhooks/twilio"))


@pytest.mark.parametrize("signature", [None, "", " ", "AAAA", "é" * 28, "=" * 28])
def test_no_signature_no_trust(signature: str | None) -> None:
    assert webhook.verify(PATH, payload("text"), signature) is False


def test_a_public_url_without_a_host_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="needs a host"):
        TwilioWebhook(TOKEN, "bot.example.org")


NAMES = st.sampled_from(
    [
        "MessageSid",
        "From",
        "To",
        "Body",
        "NumMedia",
        "MediaUrl0",
        "MediaContentType0",
        "Latitude",
        "Longitude",
        "ButtonPayload",
        "ListId",
        "ExternalUserId",
        "MessageStatus",
        "ErrorCode",
        "MessageType",
    ]
)
FORMS = st.dictionaries(NAMES | st.text(max_size=8), st.text(max_size=40)).map(
    lambda form: urlencode(form, errors="replace").encode()
)


@given(
    body=FORMS | st.binary(max_size=200),
    signature=st.none() | st.text(max_size=40),
    path=st.text(max_size=20),
)
def test_anything_may_come(body: bytes, signature: str | None, path: str) -> None:
    assert webhook.verify(path, body, signature) is False
    for reader in (webhook.read, webhook.read_status):
        with suppress(Unreadable):
            reader(body)


@given(form=st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=8))
def test_whatever_twilio_signs_is_genuine(form: dict[str, str]) -> None:
    signature = RequestValidator(TOKEN).compute_signature("https://bot.example.org/webhooks/twilio", form)
    assert webhook.verify(PATH, urlencode(form).encode(), signature)


@given(text=st.text(max_size=200))
def test_text_round_trip(text: str) -> None:
    form = {"MessageSid": "SM1", "From": "whatsapp:+50370000000", "Body": text}
    assert webhook.read(urlencode(form).encode()).text == text
