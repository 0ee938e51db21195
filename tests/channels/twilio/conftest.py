"""A Twilio on loopback and channels that send to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from bot.channels.base import Outgoing
from bot.channels.twilio import TwilioChannel
from flows.core.reply import Option, Reply
from tests.fakes.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    PERSON,
    SMS_SENDER,
    WHATSAPP_SENDER,
    MemoryContents,
    TwilioFake,
)

Make = Callable[..., TwilioChannel]


def question(number: int = 2, instance: str = "q1", static: bool = True, **more: str) -> Reply:
    options = tuple(Option(f"{instance}.o{n}", f"Opción {n}", **more) for n in range(1, number + 1))
    return Reply("flujo.paso.pregunta", "¿Seguimos? 👋", options, static=static)


def to(reply: Reply, address: str = PERSON, window_open: bool = True) -> Outgoing:
    return Outgoing(address, reply, window_open)


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioFake]:
    async with TwilioFake() as fake:
        yield fake
        assert fake.violations == []
        assert fake.leaks == []


@pytest.fixture
async def make(twilio: TwilioFake) -> AsyncIterator[Make]:
    made: list[TwilioChannel] = []

    def new(name: str = "whatsapp", store: MemoryContents | None = None, **more: object) -> TwilioChannel:
        sender = WHATSAPP_SENDER if name == "whatsapp" else SMS_SENDER
        settings = {"sender": sender, "api_url": twilio.url, "public_url": "https://bot.example.org/"}
        settings |= {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "list_label": "Ver opciones"}
        settings |= {"status_callback": "https://bot.example.org/webhooks/twilio/status"}
        channel = TwilioChannel(name=name, contents=store or MemoryContents(), **(settings | more))  # type: ignore[arg-type]
        made.append(channel)
        return channel

    yield new
    for channel in made:
        await channel.close()
