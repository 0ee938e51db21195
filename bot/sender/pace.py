"""How fast a channel may go: its token buckets, and the pace of one chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

BURST_PARTS = 20  # a burst is at most this part of a second's messages: with more, a second goes over the limit
BROADCAST_SHARE = 0.8  # of the rate, of a burst and of the room in flight; the rest is kept for replies
CLOCK_JUMP = timedelta(minutes=1)  # a clock further back than this was set: what it said before is worth nothing


_FRACTION = 0.99  # of a token that is kept beyond a burst: it makes no message, and being late loses less


def burst(rate: float) -> int:
    """The most messages that may leave at one moment, at `rate` messages a second."""
    return max(1, int(rate / BURST_PARTS))


def beat(rate: float) -> float:
    """Seconds between two claims of a busy channel: half a burst, so that being late wastes no tokens."""
    return burst(rate) / 2 / rate


@dataclass(frozen=True, slots=True)
class Bucket:
    """The tokens that a channel has: one for each message, and one of the second kind too for a broadcast."""

    tokens: float
    broadcast_tokens: float
    refilled_at: datetime

    def refilled(self, rate: float, now: datetime) -> Bucket:
        """The bucket at `now`. Machines whose clocks differ a little share it without going over the rate."""
        seconds = (now - self.refilled_at).total_seconds()
        if seconds <= 0:
            return Bucket(1.0, 1.0, now) if self.refilled_at - now > CLOCK_JUMP else self
        most = burst(rate)
        broadcasts = max(1, int(most * BROADCAST_SHARE))
        return Bucket(
            min(most + _FRACTION, self.tokens + seconds * rate),
            min(broadcasts + _FRACTION, self.broadcast_tokens + seconds * rate * BROADCAST_SHARE),
            now,
        )

    def without(self, messages: int, broadcasts: int) -> Bucket:
        """What is left after so many messages, so many of which were broadcasts."""
        return replace(self, tokens=self.tokens - messages, broadcast_tokens=self.broadcast_tokens - broadcasts)


@dataclass(frozen=True, slots=True)
class ChatPace:
    """At most so many messages to one chat within any `seconds`."""

    messages: int
    seconds: float


CHAT_PACES: Mapping[str, ChatPace] = {"telegram": ChatPace(3, 3.0)}
"""Telegram asks for no more than one message a second in a chat and allows short bursts above that
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). An answer is often two or
three messages: these go at once, and the chat rests until the average is one a second again."""


@dataclass(frozen=True, slots=True)
class ChannelPace:
    """At most so many messages through a channel within any `seconds`, the last `kept` of which are urgent ones."""

    messages: int
    kept: int
    seconds: float


CHANNEL_PACES: Mapping[str, ChannelPace] = {"telegram_staff": ChannelPace(20, 10, 60.0)}
"""Telegram takes 20 messages a minute in a group (https://core.telegram.org/bots/faq), however close together.
Half of them are kept for people in danger, so that no crowd of other alerts makes theirs wait."""
