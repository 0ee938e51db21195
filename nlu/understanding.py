"""What an engine makes of a message: the shape that every engine gives and every conversation reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from nlu.language import Heard

OUT_OF_SCOPE = "out_of_scope"
NOTHING_HEARD: Final = Heard("es")


@dataclass(frozen=True, slots=True)
class Intent:
    """What a person wants, by its name in `nlu/data/intents.toml`, and how sure that is (0 to 1)."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that a message names. `text` is `message[start:end]`; `alternatives` are equally good readings.

    `trade`: value is a slug. `place`: value is `{"country", "department", "municipality", "name", ...}`.
    `time`: value is ISO 8601, a day, a moment or an interval `start/end`.
    """

    entity: str
    value: Any
    text: str
    start: int
    end: int
    alternatives: tuple[Any, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The shape of an item of `entities`."""
        body = {"entity": self.entity, "value": self.value, "text": self.text, "start": self.start}
        body["end"] = self.end
        if self.alternatives:
            body["alternatives"] = list(self.alternatives)
        return body


@dataclass(frozen=True, slots=True)
class Alarm:
    """A person may be in danger. `certain` False: ask gently first.

    `why` names the rule of `nlu/data/safety/`, never the person's words, so that it may be logged.
    """

    kind: Literal["self_harm", "report_violence"]
    sub: str  # now, attempt, thoughts, third_person | now, child, partner, gang, trafficking, ""
    certain: bool
    why: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """A message understood: `intents` best first (never empty), `language` es, en, myn or other.

    `heard` says more of the language: how sure it is, which Mayan one, which one the writer asks for.
    """

    text: str
    language: str
    intents: tuple[Intent, ...]
    entities: tuple[Entity, ...] = ()
    alarm: Alarm | None = None
    heard: Heard = NOTHING_HEARD

    @property
    def variant(self) -> str:
        """The Mayan language that the message is probably in, by ISO 639-3; "" if that is not known."""
        return self.heard.variant

    @property
    def intent(self) -> Intent:
        """The best reading."""
        return self.intents[0]

    def entity(self, name: str) -> Entity | None:
        """The first entity of that name."""
        return next((entity for entity in self.entities if entity.entity == name), None)

    def to_json(self) -> dict[str, Any]:
        """The shape of Rasa's `/model/parse`, with `language` and `safety` beside it."""
        ranking = [{"name": intent.name, "confidence": round(intent.confidence, 4)} for intent in self.intents]
        return {
            "text": self.text,
            "language": self.language,
            "intent": ranking[0],
            "intent_ranking": ranking,
            "entities": [entity.to_json() for entity in self.entities],
            "safety": self.alarm.kind if self.alarm else None,
        }


class Engine(Protocol):
    """Anything that understands messages: rules today, a trained model or Rasa behind the same call."""

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        """Understand one message of any length. `country` (SV, GT, HN) helps to tell places apart."""


class Remote(Protocol):
    """An engine elsewhere, which may take its time: it is asked before a transaction, never inside one."""

    async def foresee(self, text: str, now: datetime) -> Engine:
        """An engine that answers at once about this very text, whatever became of the question."""
