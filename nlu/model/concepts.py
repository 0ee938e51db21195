"""Words that mean about the same, in the street's Spanish and in English (`data/concepts.toml`), under one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from nlu.text import normalise, sound_of_word
from nlu.words import load

_MARK = "~"  # no normalised word holds it


class BadConcepts(ValueError):
    """`data/concepts.toml` names a word twice, or one without letters."""


class Concepts:
    """Which concept a word belongs to, compared by sound. Stateless: one instance serves every thread."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        """`groups` as under `[conceptos]`. Raises `BadConcepts`."""
        self._whole: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        for name, words in groups.items():
            for word in words:
                known = self._stems if word.endswith("*") else self._whole
                sound = sound_of_word(normalise(word))
                if not sound or " " in sound or known.get(sound, _MARK + name) != _MARK + name:
                    raise BadConcepts(f"{word!r} in {name!r}: write single words, each in one group only")
                known[sound] = _MARK + name
        self._lengths = range(max(map(len, self._stems), default=0), 0, -1)

    def of(self, sound: str) -> str | None:
        """The name of a word's concept, marked so that no word looks like it; the longest beginning decides."""
        if whole := self._whole.get(sound):
            return whole
        stems = (sound[:size] for size in self._lengths if size <= len(sound))
        return next((self._stems[stem] for stem in stems if stem in self._stems), None)


_CONCEPTS = Concepts(load("concepts.toml")["conceptos"])


@lru_cache(maxsize=20_000)
def concept(sound: str) -> str | None:
    """The concept of a word by its sound, or None; the words of a language come again and again."""
    return _CONCEPTS.of(sound)
