"""What the sender counts for Prometheus: numbers by channel, and nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

_NOT_FAILED = ("sent", "retry", "released")


class Metrics:
    """Counters and gauges of one sender, in the registry that `/metrics` shows."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        channel = ["channel"]
        self._sent = Counter("arraigo_outbox_sent", "Messages providers took", channel, registry=registry)
        self._retried = Counter("arraigo_outbox_retried", "Attempts to be made again", channel, registry=registry)
        self._failed = Counter("arraigo_outbox_failed", "Messages given up", ["channel", "cause"], registry=registry)
        self.in_flight = Gauge(
            "arraigo_outbox_in_flight", "Messages being sent by this process", channel, registry=registry
        )
        self.halted = Gauge(
            "arraigo_outbox_halted", "1 while a channel waits for an operator", channel, registry=registry
        )
        self.lag = Gauge(
            "arraigo_outbox_lag_seconds",
            "How long the oldest message has been due",
            ["channel", "priority"],
            registry=registry,
        )

    def count(self, channel: str, tally: Mapping[str, int]) -> None:
        """Add what `bot.sender.results.complete` returned."""
        self._sent.labels(channel).inc(tally.get("sent", 0))
        self._retried.labels(channel).inc(tally.get("retry", 0))
        for cause, count in tally.items():
            if cause not in _NOT_FAILED:
                self._failed.labels(channel, cause).inc(count)
