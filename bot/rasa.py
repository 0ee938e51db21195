"""Rasa as the bot uses it: made from the settings, counted for Prometheus, its absence told to the operator."""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.settings import Settings
from nlu.model.examples import files
from nlu.plain import PlainEngine
from nlu.rasa.breaker import Breaker
from nlu.rasa.client import FAILURES, PATIENCE, Outcome, RasaClient
from nlu.rasa.engine import RasaEngine, Waiting
from nlu.understanding import Engine

AWAY: Final = "away, answering locally"
WRONG: Final[dict[Outcome, str]] = {
    "connection": "nobody answers at ARRAIGO_RASA_URL: start Rasa (make rasa)",
    "timeout": "it takes too long to answer: is the machine too busy?",
    "token": "it does not take ARRAIGO_RASA_TOKEN: set the token that it was started with",
    "status": "it answers with an error: has it loaded a model?",
    "bad_answer": "what answers at ARRAIGO_RASA_URL is no Rasa: correct the address",
    "unknown_intent": "its model is of other intents: train it anew (make rasa)",
}
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_AT_LEISURE: Final = 5.0  # seconds for an answer that nobody waits for

log = structlog.get_logger()


class RasaAway(Exception):
    """Rasa does not answer as it should; the message says why and what to do."""


class Rasa:
    """One process's way to Rasa. `engine` is what the inbox asks, `tally` what became of the questions so far."""

    def __init__(
        self,
        settings: Settings,
        local: Engine,
        rules: PlainEngine,
        registry: CollectorRegistry,
        *,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        """`local` answers where Rasa does not; `rules` knows the intents, entities and sayings. Times in seconds."""
        self.tally: Tally[Outcome] = Tally()
        self._settings, self._breaker, self._open, self._last = settings, Breaker(clock), False, ""
        self._asked = Counter("arraigo_rasa_asked", "Questions for Rasa", ["outcome"], registry=registry)
        self._seconds = Histogram("arraigo_rasa_seconds", "Until Rasa answered", buckets=_SECONDS, registry=registry)
        self._resting = Gauge("arraigo_rasa_breaker_open", "1 while Rasa is left in peace", registry=registry)
        self._client = RasaClient(
            settings.rasa_url,
            settings.rasa_token.get_secret_value(),
            rules.names,
            self._breaker,
            patience=patience,
            told=self._note,
        )
        self.engine = RasaEngine(local, rules, self._client)

    @property
    def state(self) -> str:
        """For `/readyz`: no reason not to be ready, but worth knowing."""
        if not self._last:
            return "not asked yet"
        return AWAY if self._open or self._last in FAILURES else "ok"

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    @contextmanager
    def waiting(self, *, must_answer: bool) -> Iterator[Engine]:
        """An engine for commands, which asks and waits. Raises `RasaAway` where Rasa must answer and does not."""
        with asyncio.Runner() as runner:
            if must_answer and (wrong := runner.run(probe(self._settings))):
                raise RasaAway(wrong)
            try:
                yield Waiting(self.engine, runner)
            finally:
                runner.run(self.close())

    def _note(self, outcome: Outcome, seconds: float) -> None:
        self.tally[outcome] += 1
        self._asked.labels(outcome).inc()
        if outcome == "ok":
            self._seconds.observe(seconds)
        self._last = outcome
        if self._breaker.is_open != self._open:
            self._open = self._breaker.is_open
            self._resting.set(self._open)
            log.warning("rasa_away" if self._open else "rasa_back", outcome=outcome)


async def probe(settings: Settings) -> str:
    """Ask Rasa once; "" if it answers as it should, else what is wrong and what to do."""
    heard: list[Outcome] = []
    client = RasaClient(
        settings.rasa_url,
        settings.rasa_token.get_secret_value(),
        {path.stem for path in files()},
        Breaker(time.monotonic),
        patience=_AT_LEISURE,
        told=lambda outcome, _: heard.append(outcome),
    )
    await client.ask("hola")
    await client.close()
    return WRONG.get(heard[0], "")
