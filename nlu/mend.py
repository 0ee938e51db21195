"""Misspelt words, and words written together, brought back to the words that a set of patterns knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from rapidfuzz import fuzz, process

_GLUED = 4  # letters of a word that is too short to be two
_REST = 4  # letters of the least last part
_ENDLESS = 40
_OPENINGS = 3  # short words before the last part


class Mender:
    """Compares long words only, and only with words of the same first letter; stateless."""

    def __init__(self, vocabulary: Iterable[str], ordinary: Collection[str], letters: int, alike: float) -> None:
        """Words of at least so many `letters` are mended to one that is `alike` (rapidfuzz's ratio, 0 to 100).

        `ordinary` words, and those that begin like an ordinary «stem*», stay as they are.
        """
        self._known = frozenset(vocabulary) | frozenset(ordinary)
        self._stems = _stems(ordinary)
        self._letters, self._alike = letters, alike
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(set(vocabulary)):
            if len(word) >= letters:
                self._by_letter.setdefault(word[0], []).append(word)

    def mend(self, word: str) -> str:
        """The word meant, or the word itself."""
        if len(word) < self._letters or word in self._known or _begun(word, self._stems):
            return word
        same_start = self._by_letter.get(word[0], ())
        best = process.extractOne(word, same_start, scorer=fuzz.ratio, score_cutoff=self._alike)
        return best[0] if best else word


class Splitter:
    """Takes words apart that are written together («mequiero», «yanopuedo»); stateless."""

    def __init__(self, known: Collection[str], openings: Iterable[str]) -> None:
        """A word is split into `openings` and a last part that is `known`; one that is known itself stays whole."""
        self._known = frozenset(known)
        self._stems = _stems(known)
        self._openings: dict[str, list[str]] = {}
        for opening in sorted(set(openings), key=len, reverse=True):
            self._openings.setdefault(opening[0], []).append(opening)

    def split(self, word: str, most: int = _OPENINGS) -> list[str]:
        """Its words, or the word alone."""
        if not _GLUED < len(word) < _ENDLESS or self._knows(word):
            return [word]
        for opening in self._openings.get(word[0], ()):
            rest = word[len(opening) :]
            if not word.startswith(opening) or len(rest) < _REST:
                continue
            if rest in self._known:
                return [opening, rest]
            if most > 1 and len(parts := self.split(rest, most - 1)) > 1:
                return [opening, *parts]
        return [word]

    def _knows(self, word: str) -> bool:
        return word in self._known or _begun(word, self._stems)


def _stems(words: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What stands before each «*», by its first letter, so that few have to be compared."""
    found: dict[str, list[str]] = {}
    for word in words:
        if word.endswith("*"):
            found.setdefault(word[0], []).append(word[:-1])
    return {letter: tuple(stems) for letter, stems in found.items()}


def _begun(word: str, stems: Mapping[str, tuple[str, ...]]) -> bool:
    return word.startswith(stems.get(word[:1], ()))
