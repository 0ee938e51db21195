"""What the web application needs from the rest of Arraigo; tests hand in their own."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry

from bot.channels.base import Inbound, Status
from bot.inbox.outcome import Outcome
from bot.web.limits import WebchatLimits
from flows.core.reply import Reply

if TYPE_CHECKING:  # the provider's library is loaded only where the channel is on
    from bot.channels.telegram import Reading, StaffUpdate, Stopped


class InboxPort(Protocol):
    """The way into the conversation. Every method may raise `DatabaseAway`: the caller gets a 503."""

    async def receive(self, inbound: Inbound) -> Outcome:
        """Take in one event and return when it is committed. The same event again gives the same outcome."""

    async def status(self, status: Status) -> None:
        """Note what became of a message of ours."""

    async def transcript(self, session: str, after: int) -> tuple[tuple[int, Reply], ...]:
        """What this web chat was told after message `after`, oldest first; nothing for a stranger."""

    async def stopped(self, stopped: Stopped) -> None:
        """Note that a person blocked the bot at the provider, or let it in again."""

    async def keep_aside(self, channel: str, update_id: int | None, raw: bytes) -> None:
        """Keep an authentic webhook call that could not be read; `update_id` where at least that could."""


class TwilioPort(Protocol):
    """What the two Twilio addresses need of `bot.channels.twilio.TwilioWebhook`."""

    def verify(self, path: str, raw_body: bytes, signature: str | None) -> bool: ...

    def read(self, raw_body: bytes) -> Inbound: ...

    def read_status(self, raw_body: bytes) -> Status | None: ...


class TelegramPort(Protocol):
    """What the Telegram address needs of `bot.channels.telegram.TelegramWebhook`."""

    def verify(self, header: str | None) -> bool: ...

    def read(self, body: bytes) -> Reading: ...


class CallbackPort(Protocol):
    """What it needs of `bot.channels.telegram.TelegramChannel`: stopping a tapped button's spinner."""

    async def answer_callback(self, callback: str, text: str = "") -> bool:
        """False: it was too late, or Telegram is away; nothing to do."""


class StaffPort(Protocol):
    """Where the staff's own updates go, apart from all conversations."""

    async def take(self, update: StaffUpdate) -> str:
        """Do it; returns what who tapped is shown. Raises `DatabaseAway` alone."""


Offered = Callable[[str], Awaitable[bytes | None]]
"""The file behind the secret part of a link; None if it never was or is over."""


async def nothing_offered(_: str) -> bytes | None:
    """Where no files are given out."""
    return None


@dataclass(frozen=True, slots=True)
class Telegram:
    """Telegram's way in and the one call that goes straight back."""

    webhook: TelegramPort
    channel: CallbackPort
    staff: StaffPort | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that the public pages point to; an empty one is left out."""

    whatsapp: str = ""  # https://wa.me/…
    telegram: str = ""  # https://t.me/…
    exit: str = "https://es.wikipedia.org/"  # where the quick exit goes: a page nobody asks about


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that `bot.web.app.create_app` wires to addresses. A channel that is None answers 404."""

    inbox: InboxPort
    ready: Callable[[], Awaitable[dict[str, str]]]  # part -> "ok", or what is wrong with it
    public_url: str  # without a slash at the end
    clock: Callable[[], datetime]
    notes: Callable[[], dict[str, str]] = dict  # part -> how it is, where the bot does without it
    twilio: TwilioPort | None = None
    telegram: Telegram | None = None
    links: Links = field(default_factory=Links)
    offered: Offered = nothing_offered
    limits: WebchatLimits = field(default_factory=WebchatLimits)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    monotonic: Callable[[], float] = time.monotonic
