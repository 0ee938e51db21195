"""Which of the trades a message names, however it is called: by the institutes, in the street or in Spanglish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nlu.mend import Mender
from nlu.phrases import END, Hit, Phrases
from nlu.text import normalise, sound_of_word, tokens
from nlu.words import load

_TYPO = 6  # letters from which a word is compared with a letter wrong
_ALIKE = 86.0  # rapidfuzz's ratio
_FUZZY_PENALTY = 0.9
_ALSO_SAID = 0.9  # the weight of «dicen_tambien»
_NAMED = 0.6  # below it a word is a hint at most
_NONE = ""  # the slug of what sounds like a trade and is none
_NAILS = re.compile("uñ|Uñ|UÑ")  # «uñas» must not become «unas»


class Trade(NamedTuple):
    """A trade found. `score` 0 to 1; `matched` is the normalised wording, `start:end` its words in `tokens(text)`."""

    slug: str
    score: float
    matched: str
    start: int
    end: int


class TradeNames:
    """Every name of every trade. Stateless: one instance serves every thread."""

    def __init__(self, trades: Sequence[Mapping[str, Any]], extra: Mapping[str, Any] | None = None) -> None:
        """`trades` as under `trades:` in `trades.yml`; `extra` as in `data/trades.toml`, by default that file."""
        self.order = {trade["id"]: place for place, trade in enumerate(trades)}
        self._phrases: Phrases[tuple[str, float]] = Phrases()
        lines = load("trades.toml") if extra is None else extra
        for trade in trades:
            said = list(lines.get(trade["id"], ()))
            for line in said:
                self._phrases.add(line["di"], (trade["id"], line["peso"]))
            self._add_catalogue(trade, [line["di"] for line in said])
        for line in lines.get("ninguno", ()):
            self._phrases.add(line["di"], (_NONE, 1.0))
        ordinary = {sound_of_word(word) for word in lines.get("palabras_corrientes", ())}
        ordinary |= self._phrases.stems
        self._mender = Mender(self._phrases.vocabulary, ordinary, _TYPO, _ALIKE)

    def _add_catalogue(self, trade: Mapping[str, Any], said: list[str]) -> None:
        """The names of the catalogue; one that the colloquial list weighs already is left to it."""
        weighed = {_plain(option) for line in said for option in re.split(r"[()|]", line)}
        for name in _official(trade):
            if _plain(name) not in weighed:
                self._phrases.add(_plain(name), (trade["id"], 1.0))
        for name in trade.get("dicen_tambien", ()):
            if _plain(name) not in weighed:
                self._phrases.add(_plain(name), (trade["id"], _ALSO_SAID))

    def find(self, text: str) -> list[Trade]:
        """The trades that a text names, best first; none where it names none."""
        plain = tokens(_NAILS.sub("uni", text))
        words = [sound_of_word(word) for word in plain]
        found = [_trade(hit, plain, 1.0) for hit in self._hits(words)]
        if not any(trade.slug == _NONE or trade.score >= _NAMED for trade in found):
            found += self._with_typos(plain, words)
        return self._ranked(found)

    def _hits(self, words: Sequence[str]) -> list[Hit[tuple[str, float]]]:
        return _longest(self._phrases.find([*words, END]))

    def _with_typos(self, plain: Sequence[str], words: Sequence[str]) -> list[Trade]:
        mended = [self._mender.mend(word) for word in words]
        if mended == list(words):
            return []
        return [_trade(hit, plain, _FUZZY_PENALTY) for hit in self._hits(mended)]

    def _ranked(self, found: Iterable[Trade]) -> list[Trade]:
        best: dict[str, Trade] = {}
        for trade in found:
            if trade.slug != _NONE and (trade.slug not in best or trade.score > best[trade.slug].score):
                best[trade.slug] = trade
        return sorted(best.values(), key=lambda trade: (-trade.score, self.order[trade.slug]))


def _plain(name: str) -> str:
    return normalise(_NAILS.sub("uni", name))


def _official(trade: Mapping[str, Any]) -> Iterator[str]:
    """The names of a catalogue entry, without what stands in brackets and without «/a»."""
    names = {name for names in trade["nombres"].values() if isinstance(names, list) for name in names}
    for name in sorted(names | {trade["en"]}):
        yield re.sub(r"\([^)]*\)|/[ao]\b", " ", name)


def _longest(hits: Sequence[Hit[tuple[str, float]]]) -> list[Hit[tuple[str, float]]]:
    """Without the hits that lie within a longer one: «cocinero gourmet» is no «cocinero»."""
    return [
        hit
        for hit in hits
        if not any(
            other.start <= hit.start and hit.end <= other.end and other.end - other.start > hit.end - hit.start
            for other in hits
        )
    ]


def _trade(hit: Hit[tuple[str, float]], plain: Sequence[str], factor: float) -> Trade:
    slug, weight = hit.value
    end = min(hit.end, len(plain))
    matched = " ".join(plain[hit.start : end])
    return Trade(slug, round(weight * factor, 3), matched, hit.start, end)
