"""The deterministic safety layer: does this message say that somebody is in danger?

It reads `data/safety.toml` and `data/safety/`, which a psychologist can read and sign, and is linear in the message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from nlu.mend import Mender, Splitter
from nlu.phrases import BREAK, END, START, BadPattern, Hit, Phrases, sounds
from nlu.text import LONG, normalise, sound_of
from nlu.understanding import Alarm
from nlu.words import load

Kind = Literal["self_harm", "report_violence"]
FILES = ("safety.toml", "safety/self_harm.toml", "safety/report_violence.toml", "safety/idioms.toml")

_CLAUSE = re.compile(r"[.,;:!?¿¡()\n\r…\"«»]+")
_KINDS: tuple[Kind, ...] = ("self_harm", "report_violence")
_MASKED = "·"
_LONG_WORD = 8  # letters from which a misspelt word is worth comparing
_ALIKE = 87.5  # rapidfuzz's ratio: one letter wrong in eight
_GLUED = 10
_REMEMBERED = 20_000  # words; a memory that strange messages cannot fill without end
_NO_LONGER = "ya"  # «ya no me pega» is no denial of what was
_BEFORE = 4  # words that may stand between a negation and what it denies
_AND = " & "
_NEAR = 25  # words that all the parts of a rule with «&» lie within
_IF = "si"  # «si no pago» denies nothing
_GROUP = re.compile(r"<(\w+)>")
_SUBS = ("attempt", "now", "child", "trafficking", "partner", "gang", "thoughts", "", "third_person")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the data: what it finds, how sure that is, and sentences that it must find or must not."""

    kind: Kind
    sub: str
    certain: bool
    pattern: str
    parts: tuple[str, ...]
    examples: tuple[str, ...]
    harmless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands on one side of «&», or a whole pattern without it; several rules may share it."""

    pattern: str
    in_full: str  # with the words of its groups
    denies: bool  # a negation is part of it
    begins: list[Rule] = field(default_factory=list)  # the rules whose first part it is


class Safety:
    """Finds alarms. Stateless: one instance serves every thread."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """`data` as in the files of `data/safety`, read together. Raises `nlu.phrases.BadPattern`."""
        groups: Mapping[str, Sequence[str]] = data["grupos"]
        self._negators = frozenset(sounds(data["niegan"]))
        self.rules = tuple(_rule(kind, line) for kind in _KINDS for line in data[kind])
        self.reviewed: str = data["revisado"]
        self._alarms: Phrases[_Part] = Phrases()
        for part in self._parts(groups):
            self._alarms.add(part.in_full, part)
        self._idioms: Phrases[None] = Phrases()
        for idiom in data["no_es_alarma"]:
            self._idioms.add(_in_full(idiom, groups), None)
        self._between = {kind: frozenset(sounds(data[f"entre_{kind}"])) for kind in _KINDS}
        self._glued = tuple(sound_of(normalise(phrase)) for phrase in data["pegadas"])
        ordinary = self._idioms.vocabulary | self._alarms.stems | self._idioms.stems
        ordinary |= set(sounds(data["palabras_corrientes"]))
        self._mender = Mender(self._alarms.vocabulary, ordinary, _LONG_WORD, _ALIKE)
        self._splitter = Splitter(ordinary | self._alarms.vocabulary, sounds(data["se_pegan"]))
        self._meant: dict[str, list[str]] = {}
        self._short = dict[str, str](data["se_escribe"])

    @classmethod
    def read(cls) -> Safety:
        """The rules as delivered."""
        return cls({name: part for file in FILES for name, part in load(file).items()})

    def check(self, text: str) -> Alarm | None:
        """The gravest alarm in a message (its first 10 000 characters), or None."""
        words = self._words(text[:LONG])
        found = max(self._found(words), key=_gravity, default=None)
        return found[0] if found else self._glued_alarm(words)

    def alarms(self, text: str) -> list[Alarm]:
        """Every line of the data that finds something in a message, the gravest first."""
        found = sorted(self._found(self._words(text[:LONG])), key=_gravity, reverse=True)
        return list(dict.fromkeys(alarm for alarm, _ in found))

    def knows_saying(self, text: str) -> bool:
        """Whether a message holds a saying that only sounds like danger («me muero de hambre»)."""
        return bool(self._idioms.find(self._words(text[:LONG])))

    def _words(self, text: str) -> list[str]:
        words: list[str] = []
        for clause in _CLAUSE.split(text):
            words += sounds([self._short.get(word, word) for word in normalise(clause, LONG).split()])
            words.append(BREAK)
        meant = [self._meant.get(word) or self._meaning(word) for word in words]
        return [START, *(part for parts in meant for part in parts), END]

    def _meaning(self, word: str) -> list[str]:
        """What is meant by a word that is written together with others, or wrong."""
        parts = self._splitter.split(word)
        if len(parts) == 1:
            parts = [self._mender.mend(word)]
        if len(self._meant) < _REMEMBERED:
            self._meant[word] = parts
        return parts

    def _parts(self, groups: Mapping[str, Sequence[str]]) -> Collection[_Part]:
        parts: dict[str, _Part] = {}
        for rule in self.rules:
            for pattern in rule.parts:
                in_full = _in_full(pattern, groups)
                denies = not self._negators.isdisjoint(sounds(normalise(in_full, len(in_full)).split()))
                parts.setdefault(pattern, _Part(pattern, in_full, denies))
            parts[rule.parts[0]].begins.append(rule)
        return parts.values()

    def _found(self, words: list[str]) -> Iterator[tuple[Alarm, int]]:
        """Every alarm, with the number of words that raise it."""
        for idiom in self._idioms.find(words):
            words[idiom.start : idiom.end] = [_MASKED] * (idiom.end - idiom.start)
        found: dict[str, list[Hit[_Part]]] = {}
        for hit in self._alarms.find(words):
            found.setdefault(hit.value.pattern, []).append(hit)
        for hits in found.values():
            for rule in hits[0].value.begins:
                if all(pattern in found for pattern in rule.parts):
                    yield from self._weigh(rule, [hit for pattern in rule.parts for hit in found[pattern]], words)

    def _weigh(self, rule: Rule, hits: list[Hit[_Part]], words: Sequence[str]) -> Iterator[tuple[Alarm, int]]:
        """The alarms of a rule: wherever all its parts stand close together."""
        latest: dict[str, Hit[_Part]] = {}
        for hit in sorted(hits, key=_start):
            certain = self._certain(rule, hit, words)
            if certain is None:
                continue
            latest[hit.value.pattern] = hit
            if len(latest) == len(rule.parts) and _near(latest.values()):
                length = sum(hit.end - hit.start for hit in latest.values())
                yield Alarm(rule.kind, rule.sub, certain, rule.pattern), length

    def _certain(self, rule: Rule, hit: Hit[_Part], words: Sequence[str]) -> bool | None:
        """Whether it is clear what is said; None where it is denied."""
        denial = self._denial(words, hit.start, self._between[rule.kind])
        if denial is None and not hit.value.denies:
            denial = self._inner_denial(words, hit)
        if denial is None:
            return rule.certain
        return False if rule.kind == "self_harm" or words[denial - 1] == _NO_LONGER else None

    def _denial(self, words: Sequence[str], start: int, between: Collection[str]) -> int | None:
        """Where the negation stands that denies what begins at `start`."""
        for at in range(start - 1, max(start - _BEFORE - 2, -1), -1):
            if words[at] in self._negators:
                return at if words[at - 1] != _IF else None
            if words[at] not in between:
                return None
        return None

    def _inner_denial(self, words: Sequence[str], hit: Hit[_Part]) -> int | None:
        """Where a negation stands among the words that «…» passed over."""
        inside = range(hit.start + 1, hit.end)
        return next((at for at in inside if words[at] in self._negators and words[at - 1] != _IF), None)

    def _glued_alarm(self, words: Sequence[str]) -> Alarm | None:
        for word in words:
            if len(word) >= _GLUED and any(phrase in word for phrase in self._glued):
                return Alarm("self_harm", "thoughts", False, "pegadas")
        return None


def _rule(kind: Kind, line: Mapping[str, Any]) -> Rule:
    examples, harmless = tuple(line.get("si", ())), tuple(line.get("no", ()))
    pattern: str = line["patron"]
    return Rule(kind, line["sub"], line["seguro"], pattern, tuple(pattern.split(_AND)), examples, harmless)


def _start(hit: Hit[_Part]) -> int:
    return hit.start


def _near(hits: Collection[Hit[_Part]]) -> bool:
    """Whether the parts of a rule stand close together, none inside another."""
    spans = sorted((hit.start, hit.end) for hit in hits)
    apart = all(before[1] <= after[0] for before, after in pairwise(spans))
    return apart and spans[-1][1] - spans[0][0] <= _NEAR


def _in_full(pattern: str, groups: Mapping[str, Sequence[str]]) -> str:
    """The pattern with the words of its groups in place of their names. Raises `BadPattern`."""
    while names := set(_GROUP.findall(pattern)):
        if unknown := names - groups.keys():
            raise BadPattern(f"{pattern!r}: there is no group {', '.join(sorted(unknown))}; see [grupos]")
        pattern = _GROUP.sub(lambda name: f"({'|'.join(groups[name[1]])})", pattern)
    return pattern


def _gravity(found: tuple[Alarm, int]) -> tuple[bool, bool, int, int]:
    """Clear before doubtful, one's own life before violence, then the most urgent kind, then the longest match."""
    alarm, length = found
    return alarm.certain, alarm.kind == "self_harm", -_SUBS.index(alarm.sub), length
