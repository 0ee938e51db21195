"""Misspelt words brought back to the words that a set of patterns knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rapidfuzz import fuzz, process


class Mender:
    """Compares long words only, and only with words of the same first letter; stateless."""

    def __init__(self, vocabulary: Iterable[str], ordinary: Collection[str], letters: int, alike: float) -> None:
        """Words of at least so many `letters` are mended to one that is `alike` (rapidfuzz's ratio, 0 to 100).

        `ordinary` words, and those that begin like an ordinary «stem*», stay as they are.
        """
        self._known = frozenset(vocabulary) | frozenset(ordinary)
        self._stems = tuple(word[:-1] for word in ordinary if word.endswith("*"))
        self._letters, self._alike = letters, alike
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(set(vocabulary)):
            if len(word) >= letters:
                self._by_letter.setdefault(word[0], []).append(word)

    def mend(self, word: str) -> str:
        """The word meant, or the word itself."""
        if len(word) < self._letters or word in self._known or word.startswith(self._stems):
            return word
        same_start = self._by_letter.get(word[0], ())
        best = process.extractOne(word, same_start, scorer=fuzz.ratio, score_cutoff=self._alike)
        return best[0] if best else word
