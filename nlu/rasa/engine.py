"""The engine that lets Rasa rank the intents; danger, exact words, language and entities stay with the local one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from nlu.model.examples import KINDS
from nlu.plain import PlainEngine
from nlu.rasa.answer import Answer
from nlu.rasa.client import RasaClient
from nlu.understanding import Alarm, Engine, Remote, Understanding

# Measured on writers that the models had not seen: docs/adr/0009-rasa-beside.md.
DANGER = 0.5  # probability of the two kinds of danger together from which to ask gently
_SUBS = {"self_harm": "thoughts", "report_violence": ""}
_RANKED = 5
_CERTAIN = 1.0  # the local engine's word for a message that is nothing but a known phrase


class RasaEngine:
    """An `nlu.understanding.Remote`. Rasa away: the local engine answers, and nobody notices but the operator."""

    def __init__(self, local: Engine, rules: PlainEngine, client: RasaClient) -> None:
        """`local` is the engine that answers alone; `rules` finds entities and sayings."""
        self._local, self._rules, self._client = local, rules, client

    async def foresee(self, text: str, now: datetime) -> Engine:
        """An engine that answers at once about this very text.

        Rasa is not asked about what the local engine settles: no person in danger waits for it.
        """
        if not any(letter.isalpha() for letter in text):
            return self._local
        understood = await asyncio.to_thread(self._local.parse, text, now=now)
        if _settled(understood):
            return self._local
        answer = await self._client.ask(text)
        return Heard(self._local, self._rules, text, answer) if answer else self._local


class Heard:
    """An `nlu.understanding.Engine` for one text, about which Rasa has been asked."""

    def __init__(self, local: Engine, rules: PlainEngine, text: str, answer: Answer) -> None:
        self._local, self._rules, self._text, self._answer = local, rules, text, answer

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """Any other text is the local engine's."""
        local = self._local.parse(text, country=country, now=now)
        if text != self._text or _settled(local):
            return local
        intents, alarm = self._answer.intents[:_RANKED], self._alarm()
        if self._answer.unsure or (intents[0].name in KINDS and not alarm):
            return replace(local, alarm=alarm)
        entities = local.entities
        if intents[0].name != local.intent.name:
            entities = self._rules.entities_for(intents[0].name, local)
        return replace(local, intents=intents, entities=entities, alarm=alarm)

    def _alarm(self) -> Alarm | None:
        """What Rasa alone holds for danger is asked about gently, never taken for certain."""
        chances = {intent.name: intent.confidence for intent in self._answer.intents if intent.name in KINDS}
        if sum(chances.values()) < DANGER or self._rules.knows_saying(self._text):
            return None
        kind = max(KINDS, key=lambda kind: chances.get(kind, 0.0))
        return Alarm(kind, _SUBS[kind], False, "rasa")


def _settled(understood: Understanding) -> bool:
    """Whether the local engine's word is the last: on danger, and on a known phrase."""
    return understood.alarm is not None or understood.intent.confidence == _CERTAIN


class Waiting:
    """An `nlu.understanding.Engine` that asks each time and waits: for commands, never inside a transaction."""

    def __init__(self, remote: Remote, runner: asyncio.Runner) -> None:
        self._remote, self._runner = remote, runner

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """As the bot understands it."""
        return self._runner.run(self._remote.foresee(text, now)).parse(text, country=country, now=now)
