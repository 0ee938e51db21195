"""The deterministic safety layer: does this message say that somebody is in danger?

It reads `data/safety.toml`, a file that a psychologist can read and sign, and is linear in the message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nlu.mend import Mender
from nlu.phrases import BREAK, END, START, Hit, Phrases, sounds
from nlu.text import LONG, normalise, sound_of
from nlu.understanding import Alarm
from nlu.words import load

Kind = Literal["self_harm", "report_violence"]

_CLAUSE = re.compile(r"[.,;:!?¿¡()\n\r…\"«»]+")
_KINDS: tuple[Kind, ...] = ("self_harm", "report_violence")
_MASKED = "·"
_LONG_WORD = 8  # letters from which a misspelt word is worth comparing
_ALIKE = 87.5  # rapidfuzz's ratio: one letter wrong in eight
_GLUED = 10
_NO_LONGER = "ya"  # «ya no me pega» is no denial of what was
_BEFORE = 4  # words that may stand between a negation and what it denies
_SUBS = ("attempt", "now", "child", "trafficking", "partner", "gang", "thoughts", "", "third_person")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the data: what it finds, how sure that is, and sentences that it must find or must not."""

    kind: Kind
    sub: str
    certain: bool
    pattern: str
    examples: tuple[str, ...]
    harmless: tuple[str, ...]


class Safety:
    """Finds alarms. Stateless: one instance serves every thread."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """`data` as in `data/safety.toml`. Raises `nlu.phrases.BadPattern`."""
        self.rules = tuple(rule for kind in _KINDS for rule in _rules(kind, data))
        self.reviewed: str = data["revisado"]
        self._alarms: Phrases[Rule] = Phrases()
        for rule in self.rules:
            self._alarms.add(rule.pattern, rule)
        self._idioms: Phrases[None] = Phrases()
        for idiom in data["no_es_alarma"]:
            self._idioms.add(idiom, None)
        self._negators = frozenset(sounds(data["niegan"]))
        self._between = {kind: frozenset(sounds(data[f"entre_{kind}"])) for kind in _KINDS}
        self._glued = tuple(sound_of(normalise(phrase)) for phrase in data["pegadas"])
        ordinary = self._idioms.vocabulary | self._alarms.stems | self._idioms.stems
        ordinary |= set(sounds(data["palabras_corrientes"]))
        self._mender = Mender(self._alarms.vocabulary, ordinary, _LONG_WORD, _ALIKE)

    @classmethod
    def read(cls) -> Safety:
        """The rules as delivered."""
        return cls(load("safety.toml"))

    def check(self, text: str) -> Alarm | None:
        """The gravest alarm in a message (its first 10 000 characters), or None."""
        words = self._words(text[:LONG])
        found = [alarm for hit in self._hits(words) if (alarm := self._weigh(hit, words))]
        if not found:
            return self._glued_alarm(words)
        return max(found, key=_gravity)[0]

    def knows_saying(self, text: str) -> bool:
        """Whether a message holds a saying that only sounds like danger («me muero de hambre»)."""
        return bool(self._idioms.find(self._words(text[:LONG])))

    def _words(self, text: str) -> list[str]:
        words: list[str] = []
        for clause in _CLAUSE.split(text):
            words += sounds(normalise(clause, LONG).split())
            words.append(BREAK)
        mended = {word: self._mender.mend(word) for word in set(words)}
        return [START, *(mended[word] for word in words), END]

    def _hits(self, words: list[str]) -> list[Hit[Rule]]:
        for idiom in self._idioms.find(words):
            words[idiom.start : idiom.end] = [_MASKED] * (idiom.end - idiom.start)
        return self._alarms.find(words)

    def _weigh(self, hit: Hit[Rule], words: Sequence[str]) -> tuple[Alarm, int] | None:
        rule, certain = hit.value, hit.value.certain
        denial = self._denial(words, hit.start, self._between[rule.kind])
        if denial is not None:
            if rule.kind == "report_violence" and words[denial - 1 : denial] != [_NO_LONGER]:
                return None
            certain = False
        return Alarm(rule.kind, rule.sub, certain, rule.pattern), hit.end - hit.start

    def _denial(self, words: Sequence[str], start: int, between: Collection[str]) -> int | None:
        """Where the negation stands that denies what begins at `start`."""
        for at in range(start - 1, max(start - _BEFORE - 2, -1), -1):
            if words[at] in self._negators:
                return at
            if words[at] not in between:
                return None
        return None

    def _glued_alarm(self, words: Sequence[str]) -> Alarm | None:
        for word in words:
            if len(word) >= _GLUED and any(phrase in word for phrase in self._glued):
                return Alarm("self_harm", "thoughts", False, "pegadas")
        return None


def _rules(kind: Kind, data: Mapping[str, Any]) -> Iterator[Rule]:
    for line in data[kind]:
        examples, harmless = tuple(line.get("si", ())), tuple(line.get("no", ()))
        yield Rule(kind, line["sub"], line["seguro"], line["patron"], examples, harmless)


def _gravity(found: tuple[Alarm, int]) -> tuple[bool, bool, int, int]:
    """Clear before doubtful, one's own life before violence, then the most urgent kind, then the longest match."""
    alarm, length = found
    return alarm.certain, alarm.kind == "self_harm", -_SUBS.index(alarm.sub), length
