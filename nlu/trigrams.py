"""How likely a text is in each language by its letters, three at a time: support where no word of it is known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import log
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "data" / "trigrams.json"
UNSEEN: Final = 0.5  # times, for a trigram that the profile lacks


def trigrams_of(words: Sequence[str]) -> Iterator[str]:
    """Three letters at a time, with the spaces around words."""
    for word in words:
        padded = f" {word} "
        yield from (padded[at : at + 3] for at in range(len(padded) - 2))


@cache
def _profiles() -> Mapping[str, tuple[Mapping[str, float], float]]:
    """By language: the logarithm of each trigram's frequency, and that of any other."""
    counts: dict[str, dict[str, int]] = json.loads(FILE.read_text(encoding="utf-8"))
    made = {}
    for language, seen in counts.items():
        total = seen.pop("")
        made[language] = ({name: log(times / total) for name, times in seen.items()}, log(UNSEEN / total))
    return made


def fits(words: Sequence[str]) -> dict[str, float]:
    """By language: the mean logarithm of the frequency of the text's trigrams; empty for no words."""
    parts = list(trigrams_of(words))
    if not parts:
        return {}
    return {
        language: sum(known.get(part, unseen) for part in parts) / len(parts)
        for language, (known, unseen) in _profiles().items()
    }
