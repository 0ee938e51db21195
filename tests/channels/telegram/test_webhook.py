"""Updates as Telegram posts them (tests/payloads/telegram), and junk, through `TelegramWebhook`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Inbound, Media
from bot.channels.telegram import Reading, Stopped, TelegramWebhook, Unreadable

PAYLOADS = Path(__file__).parents[2] / "payloads" / "telegram"
ROSA = "71234567"
HOOK = TelegramWebhook("s3cret-_")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def recorded(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def said(name: str, **fields: object) -> tuple[Inbound | None, Inbound]:
    """What is read, and what was expected with the update's own number."""
    number = str(json.loads(recorded(name))["update_id"])
    return HOOK.read(recorded(name)).inbound, Inbound("telegram", number, ROSA, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("text", {"text": "Buenas, ¿vos me podés ayudar? 🙏"}),
        ("start", {"text": "/start"}),
        ("start_with_payload", {"source": "gerencia_sv-01"}),
        ("start_with_words", {"text": "/start no aguanto más, ayúdenme"}),
        ("command_to_bot", {"text": "/menu"}),
        ("button", {"option": "7f3a.cocina"}),
        ("button_on_old_message", {"option": "01aa.si"}),
        ("location", {"location": (13.692942, -89.218191)}),
        ("live_location", {"location": (14.081999, -87.202438)}),
        ("venue", {"location": (14.634915, -90.506882)}),
        ("own_contact", {"phone": "+50378124590"}),
        ("other_contact", {}),
        ("contact_without_account", {}),
        ("poll", {}),
        ("from_a_later_api", {"text": "Hola"}),
    ],
)
def test_what_a_person_did(name: str, fields: dict[str, object]) -> None:
    read, expected = said(name, **fields)
    assert read == expected


@pytest.mark.parametrize(
    ("name", "text", "media"),
    [
        ("photo", "Mi casa en obra, la hice yo", Media("image", "AgACAgEAAxkBAAICc", "image/jpeg", 160876)),
        ("voice", "", Media("voice", "AwACAgEAAxkBAAIDv", "audio/ogg", 35104)),
        ("audio", "", Media("audio", "CQACAgEAAxkBAAIDa", "audio/mp4", 512334)),
        ("video", "soldando", Media("video", "BAACAgEAAxkBAAIDb", "video/mp4", 4211223)),
        ("video_note", "", Media("video", "DQACAgEAAxkBAAIDc", "video/mp4", 698721)),
        ("animation", "", Media("video", "CgACAgEAAxkBAAIDd", "video/mp4", 88211)),
        ("sticker", "", Media("sticker", "CAACAgEAAxkBAAIDe", "image/webp", 21112)),
        ("animated_sticker", "", Media("sticker", "CAACAgEAAxkBAAIDf", "application/x-tgsticker", 11112)),
        ("document", "", Media("document", "BQACAgEAAxkBAAIDg", "application/pdf", 90211)),
        ("picture_as_document", "", Media("image", "BQACAgEAAxkBAAIDh", "image/png", 1290211)),
    ],
)
def test_files(name: str, text: str, media: Media) -> None:
    read, expected = said(name, text=text, media=(media,))
    assert read == expected


@pytest.mark.parametrize(
    "name",
    [
        "edited",
        "pinned",
        "group_text",
        "group_renamed",
        "channel_post",
        "from_bot",
        "removed_from_group",
        "reaction",
        "kind_from_a_later_api",
    ],
)
def test_what_nobody_said_to_us_is_nothing(name: str) -> None:
    assert HOOK.read(recorded(name)) == Reading(json.loads(recorded(name))["update_id"])


def test_every_recorded_update_is_read() -> None:
    for path in PAYLOADS.glob("*.json"):
        HOOK.read(path.read_bytes())


def test_a_button_names_the_callback_to_answer() -> None:
    assert HOOK.read(recorded("button")).callback == "305950133279446516"
    assert HOOK.read(recorded("button_in_group")).callback == "305950133279446518"
    assert HOOK.read(recorded("button_in_group")).inbound is None


@pytest.mark.parametrize(("name", "lifted"), [("blocked", False), ("unblocked", True)])
def test_blocking_and_letting_in_again(name: str, lifted: bool) -> None:
    reading = HOOK.read(recorded(name))
    assert reading.inbound is None
    assert reading.stopped == Stopped("telegram", str(reading.update_id), ROSA, lifted)


def test_text_is_such_as_every_database_takes() -> None:
    body = recorded("text").replace(b"Buenas", b"Bue\\u0000nas \\ud83d")
    inbound = HOOK.read(body).inbound
    assert inbound is not None
    assert inbound.text == "Buenas ?, ¿vos me podés ayudar? 🙏"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["message", "chat"], None),
        (["message", "chat", "id"], "71234567"),
        (["message", "from", "id"], True),
        (["message", "date"], 10**13),
        (["message", "date"], float("inf")),
        (["message", "text"], {"a": 1}),
        (["message"], ["x"]),
    ],
)
def test_authentic_but_unreadable(path: list[str], value: object) -> None:
    update = json.loads(recorded("text"))
    inner = update
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(Unreadable) as raised:
        HOOK.read(json.dumps(update).encode())
    assert raised.value.update_id == update["update_id"]


@pytest.mark.parametrize("point", [(91, 0), (0, -181), (float("nan"), 0)])
def test_a_place_off_this_planet_is_unreadable(point: tuple[float, float]) -> None:
    update = json.loads(recorded("location"))
    update["message"]["location"] = {"latitude": point[0], "longitude": point[1]}
    with pytest.raises(Unreadable):
        HOOK.read(json.dumps(update).encode())


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b'"x"', b"{}", b'{"update_id": true}', b"[" * 99_999])
def test_what_names_no_update(body: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        HOOK.read(body)
    assert raised.value.update_id is None


def test_an_error_does_not_repeat_what_was_said() -> None:
    update = json.loads(recorded("text"))
    update["message"]["chat"]["id"] = "Rosa Méndez"
    with pytest.raises(Unreadable) as raised:
        HOOK.read(json.dumps(update).encode())
    assert "Rosa" not in str(raised.value)
    assert raised.value.__suppress_context__


def survives(body: bytes) -> None:
    """Either read or `Unreadable`; and what is read has the types it promises and can be stored."""
    try:
        reading = HOOK.read(body)
    except Unreadable:
        return
    if reading.inbound is not None:
        assert int(reading.inbound.address) is not None
        texts = (reading.inbound.text, reading.inbound.option or "", reading.inbound.phone or "")
        assert all("\x00" not in text and text.encode() is not None for text in texts)


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    survives(body)


@given(JSON)
def test_any_json(value: object) -> None:
    survives(json.dumps(value).encode())


@given(st.integers(), st.sampled_from(["message", "callback_query", "my_chat_member", "edited_message"]), JSON)
def test_any_json_as_an_update(number: int, kind: str, value: object) -> None:
    survives(json.dumps({"update_id": number, kind: value}).encode())


@given(st.sampled_from(sorted(path.stem for path in PAYLOADS.glob("*.json"))), st.data())
def test_a_recorded_update_with_any_part_replaced(name: str, data: st.DataObject) -> None:
    update = json.loads(recorded(name))
    inner, key = update, data.draw(st.sampled_from(sorted(update)))
    while isinstance(inner[key], dict) and inner[key] and data.draw(st.booleans()):
        inner, key = inner[key], data.draw(st.sampled_from(sorted(inner[key])))
    inner[key] = data.draw(JSON)
    survives(json.dumps(update).encode())


def test_the_secret() -> None:
    assert HOOK.verify("s3cret-_")
    assert not HOOK.verify("s3cret-")
    assert not HOOK.verify(None)
    assert not HOOK.verify("ñ")
    assert not HOOK.verify("\udcff")


def test_an_empty_secret_lets_nobody_in() -> None:
    assert not TelegramWebhook("").verify("")
    assert not TelegramWebhook("").verify(None)
