"""Mayan languages by their words, and any language by its name: `data/mayan.toml`, compared without apostrophes.

The words lead to a person, and are not shown; a greeting is, once somebody who speaks the language has reviewed it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nlu.text import normalise
from nlu.words import load

CLEAR: Final = 2  # what a word that is only that language's weighs, beside one of the short and shared ones
ENOUGH: Final = 3  # weight of short and shared words that is a sign without a clear one
SHARE: Final = 0.6  # of the weight, for a language to be named
_IN: Final = ("en", "in", "de", "quiero")  # before a name that is a place's as well, it is the place


@dataclass(frozen=True, slots=True)
class Signs:
    """What in a text is Mayan. `clear` counts words and phrases that no other language has, `all` the shared too."""

    clear: int
    all: int
    variant: str  # the language that most of it belongs to, "" if that is not plain
    share: float  # of the weight that is that language's


class Lexicon:
    """The words of the file, ready to compare with normalised text."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """`data` as in `mayan.toml`."""
        self._data = data
        self.languages: Final = tuple(name for name, part in data.items() if "claras" in part)
        self._clear = _by_word(data, self.languages, "claras")
        self._helps = _by_word(data, self.languages, "ayudan")
        self.shared: Final = frozenset(self._helps)
        self._phrases = tuple(phrase for phrase in self._clear if " " in phrase)
        self._openings = frozenset(phrase.split()[0] for phrase in self._phrases)

    @property
    def reviewed(self) -> Mapping[str, str]:
        """Who reviewed the words of each language, and when; "" where nobody did."""
        return {language: self._data[language]["revisado"] for language in self.languages}

    def name(self, language: str) -> str:
        """How the language is called, "" for one that the file has no words of."""
        return str(self._data[language]["nombre"]) if language in self.languages else ""

    def greeting(self, language: str, *, signed: bool = False) -> str:
        """A greeting in that language, "" until somebody who speaks it has reviewed the words: here, or `signed`."""
        known = language in self.languages and (signed or self._data[language]["revisado"])
        return str(self._data[language]["saludo"]) if known else ""

    def signs(self, plain: str, words: Sequence[str]) -> Signs | None:
        """What is Mayan in a normalised text; None for nothing."""
        clear = {word for word in words if word in self._clear}
        phrases = self._phrases_in(plain)
        clear |= {phrase for phrase in phrases if not any(phrase in other and phrase != other for other in phrases)}
        helps = {word for word in words if word in self._helps} - clear
        if not clear and not helps:
            return None
        weight: Counter[str] = Counter()
        for word in clear:
            weight.update(dict.fromkeys(self._clear[word], CLEAR))
        for word in helps:
            weight.update(dict.fromkeys(self._helps[word], 1))
        (best, most), *rest = weight.most_common()
        share = most / (most + rest[0][1]) if rest else 1.0
        return Signs(len(clear), len(clear) + len(helps), best if share >= SHARE else "", share)

    def _phrases_in(self, plain: str) -> set[str]:
        if self._openings.isdisjoint(plain.split()):
            return set()
        padded = f" {plain} "
        return {phrase for phrase in self._phrases if f" {phrase} " in padded}


def _by_word(data: Mapping[str, Any], languages: Iterable[str], group: str) -> Mapping[str, frozenset[str]]:
    """The languages of each normalised word or phrase."""
    found: dict[str, set[str]] = {}
    for language in languages:
        for words in data[language][group].values():
            for word in words:
                found.setdefault(normalise(word), set()).add(language)
    return {word: frozenset(codes) for word, codes in found.items()}


class Names:
    """Reads which language somebody says they speak, or want: «hablo mam», «english please», «solo k'iche'»."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """`data` as in `mayan.toml`."""
        says = data["dice"]
        self._codes = {normalise(name): code for code, names in data["nombres"].items() for name in names}
        self._first = frozenset(name.split()[0] for name in self._codes)
        self._places = frozenset(map(normalise, says["lugares"]))
        self._no = frozenset(says["no"])
        name = f"(?P<name>{_any(self._codes)})"
        filler = f"(?:(?:{_any(says['relleno'])}) )*"
        said = f"(?P<verb>{_any(says['verbos'])}) (?P<filler>{filler}){name}"
        self._said = re.compile(rf"(?:^|(?P<before>\S+) |(?<= )){said}(?= |$)")
        self._alone = re.compile(rf"(?:(?P<before>{_any(says['antes'])}) )?{name}(?: (?:{_any(says['despues'])}))?")
        self._knows, self._only = frozenset(says["sabe"]), frozenset(says["solo"])
        spanish = _any(data["nombres"]["es"])
        self._spanish_too = re.compile(rf"(?:y|and|tambien|also|y tambien) (?:el |hablo )?(?:{spanish})\b")

    def named(self, plain: str, *, english: bool = False) -> str:
        """The code of the language that is named in a normalised text; "" for none, or where Spanish is spoken too.

        `english`: the text is in English, so that to speak of English in it is to ask for it.
        """
        if self._first.isdisjoint(plain.split()):
            return ""
        if whole := self._alone.fullmatch(plain):
            place = whole["name"] in self._places and whole["before"] in (None, *_IN)
            return "" if place else self._codes[whole["name"]]
        codes = (self._wanted(match, english=english) for match in self._said.finditer(plain))
        return next(filter(None, codes), "")

    def mentioned(self, text: str) -> str:
        """The code of the first language that an answer to «which language?» holds; "" for none."""
        padded = f" {normalise(text)} "
        found = [(padded.find(f" {name} "), code) for name, code in self._codes.items() if f" {name} " in padded]
        return min(found)[1] if found else ""

    def _wanted(self, match: re.Match[str], *, english: bool) -> str:
        """The code that a phrase names, unless it is denied, a place, or no more than a skill."""
        code, after = self._codes[match["name"]], match.string[match.end() :].strip()
        place = match["name"] in self._places and match[0].split()[-2] in _IN
        if match["before"] in self._no or place or self._spanish_too.match(after):
            return ""
        asked = (code == "en" and english) or not self._only.isdisjoint(match["filler"].split())
        skill = code in ("en", "es") and match["verb"] in self._knows and not asked
        return "" if skill else code


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, map(normalise, words)), key=len, reverse=True))


_FILE: Final = load("mayan.toml")
LEXICON: Final = Lexicon(_FILE)
NAMES: Final = Names(_FILE)
