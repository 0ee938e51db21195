"""The local engine: the trained model reads the message, the plain engine's rules have their say first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from math import exp

import numpy as np

from nlu.model.examples import KINDS
from nlu.model.reader import Reader, Reading
from nlu.model.weights import Floats, Model, softmax
from nlu.plain import PlainEngine
from nlu.understanding import OUT_OF_SCOPE, Alarm, Intent, Understanding

# Measured on writers that the model had not seen; docs/adr/0008-local-engine.md has the figures and the command.
RULES = 2.0  # how much a rule's score, 0 to 1, adds to the model's logit
LEAST = 0.25  # a best reading less sure than that is nothing understood
STRANGE = 0.5  # what the likeness of strange words to known ones is worth
DANGER = 0.2  # probability of danger from which to ask
SAYING = 4.0  # taken off the logit of danger where a saying only sounds like it
_CERTAIN = 1.0  # the plain engine's word for a message that is nothing but a known phrase
_SUBS = {"self_harm": "thoughts", "report_violence": ""}
_RANKED = 5


class LocalEngine:
    """An `nlu.understanding.Engine`. Stateless: one instance serves every thread."""

    def __init__(self, model: Model, plain: PlainEngine) -> None:
        """Raises ValueError where the model knows an intent that the plain engine does not."""
        if unknown := set(model.names) - set(plain.names):
            raise ValueError(f"intents without a line in nlu/data/intents.toml: {', '.join(sorted(unknown))}")
        self.names = plain.names
        self._reader, self._plain = Reader(model), plain
        self._intents = model.names
        self._column = {name: at for at, name in enumerate(model.names)}
        self._kinds = [kind for kind in KINDS if kind in self._column]

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """Understand one message of any length; `now` is for engines that read dates."""
        ruled = self._plain.parse(text, country=country, now=now)
        if ruled.intent.confidence == _CERTAIN:
            return ruled
        read = self._reader.read(text)
        if read is None:
            return ruled
        chances = fused(read.logits, ruled, self._column) * (STRANGE if read.strange else 1.0)
        alarm = ruled.alarm or self._alarm(text, read, chances)
        intents = self._ranking(chances, ruled)
        entities = ruled.entities
        if intents[0].name != ruled.intent.name:
            entities = self._plain.entities_for(intents[0].name, ruled)
        return replace(ruled, intents=intents, entities=entities, alarm=alarm)

    def _alarm(self, text: str, read: Reading, chances: Floats) -> Alarm | None:
        """What the model alone holds for danger is asked about gently, never taken for certain.

        It leaves the ranking alone: should the answer be no, the best other reading still stands.
        """
        if _chance(read.danger) < DANGER:
            return None
        if self._plain.knows_saying(text) and _chance(read.danger - SAYING) < DANGER:
            return None
        kind = max(self._kinds, key=lambda kind: float(chances[self._column[kind]]))
        return Alarm(kind, _SUBS[kind], False, "model")

    def _ranking(self, chances: Floats, ruled: Understanding) -> tuple[Intent, ...]:
        """Best first; what a rule holds for danger goes before everything, and nothing likely is out of scope."""
        order = np.argsort(-chances, kind="stable")[:_RANKED]
        ranked = [Intent(self._intents[at], float(chances[at])) for at in order]
        if ruled.alarm:
            first = ruled.intent
        elif ranked[0].confidence < LEAST:
            first = Intent(OUT_OF_SCOPE, ranked[0].confidence)
        else:
            return tuple(ranked)
        return (first, *(intent for intent in ranked if intent.name != first.name))[:_RANKED]


def fused(logits: Floats, ruled: Understanding, column: Mapping[str, int]) -> Floats:
    """The probabilities of the model's intents once the rules have been heard."""
    total = logits.copy()
    for intent in ruled.intents:
        if intent.name in column and not (ruled.alarm and intent.name == ruled.alarm.kind):
            total[column[intent.name]] += RULES * intent.confidence
    return softmax(total)


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-logit))
