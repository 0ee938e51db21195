"""Token buckets for callers who are not authenticated: a protection of this process, never a promise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests at once (`burst`), and so many a second for ever (`per_second`)."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class WebchatLimits:
    """Generous on purpose: a whole reception centre may share one address, and a person may tap fast."""

    session: Rate = Rate(20, 600)
    address: Rate = Rate(2000, 20_000)
    streams: int = 200  # open at the same time in one process; above it the page asks every few seconds


class Buckets:
    """One bucket a key. Full buckets are forgotten, so memory follows who is active now."""

    def __init__(self, rate: Rate, monotonic: Callable[[], float], keep: int = 20_000) -> None:
        self.rate, self.monotonic, self.keep = rate, monotonic, keep
        self.levels: dict[str, tuple[float, float]] = {}  # tokens left, when that was

    def take(self, key: str) -> float:
        """Take one token. Returns 0, or the seconds to wait where there is none."""
        now = self.monotonic()
        tokens, since = self.levels.get(key, (float(self.rate.burst), now))
        tokens = min(self.rate.burst, tokens + (now - since) * self.rate.per_second)
        if tokens < 1:
            return (1 - tokens) / self.rate.per_second
        if key not in self.levels and len(self.levels) >= self.keep:
            self.forget_full(now)
        self.levels[key] = (tokens - 1, now)
        return 0.0

    def forget_full(self, now: float) -> None:
        """Drop who would be full by now; under a flood of new keys, everybody (a full bucket is harmless)."""
        to_fill = self.rate.burst / self.rate.per_second
        self.levels = {k: v for k, v in self.levels.items() if now - v[1] < to_fill}
        if len(self.levels) >= self.keep:
            self.levels.clear()


class Gate:
    """Both limits of the web chat in one question."""

    def __init__(self, limits: WebchatLimits, monotonic: Callable[[], float]) -> None:
        self.sessions = Buckets(limits.session, monotonic)
        self.addresses = Buckets(limits.address, monotonic)

    def wait(self, session: str, address: str) -> int:
        """0: go on. Otherwise the whole seconds for Retry-After."""
        seconds = self.addresses.take(network(address)) or self.sessions.take(session)
        return math.ceil(seconds)


def network(address: str) -> str:
    """Who shares a limit: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return address
    return str(ip.ipv4_mapped or int(ip) >> 64)
