"""What stops a launch, and what is promised to people only where it can be kept."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from bot import readiness
from bot.app import TEXTS, App
from bot.settings import Settings
from flows.core.copy import Copy
from tests.chat import KEYS, START

STAFF: dict[str, Any] = {"telegram_staff_chat": "-100777", "staff_hours": "mon-sun 00:00-23:59"}
TELEGRAM: dict[str, Any] = {"telegram_token": SecretStr("1:x"), "telegram_secret": SecretStr("s")}


def stops(**settings: Any) -> str:
    return "\n".join(readiness.stops_launch(Settings(**settings), Copy.load(TEXTS)))


def test_one_channel_is_enough_and_none_is_not() -> None:
    assert "WhatsApp: off" in stops()
    whole = stops(public_url="https://arraigo.example", **TELEGRAM)
    assert "WhatsApp: off" not in whole
    assert "SMS: off" not in whole


def test_somebody_must_be_there_to_answer() -> None:
    assert "nobody can answer a case" in stops()
    staffed = readiness.stops_launch(Settings(**KEYS), Copy.load(TEXTS), staff=1)
    assert "nobody can answer a case" not in "\n".join(staffed)


def test_what_people_write_does_not_travel_in_the_clear() -> None:
    assert "https://" in stops(public_url="http://arraigo.example")
    assert "in the clear" not in stops(public_url="https://arraigo.example")


def test_nobody_is_promised_who_cannot_be_told() -> None:
    assert App(Settings(**KEYS, **STAFF)).world.staff_hours(START) is None
    assert App(Settings(**KEYS, **STAFF, telegram_token=SecretStr("1:x"))).world.staff_hours(START) is not None
