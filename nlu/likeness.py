"""Groups messages that are alike, so that one look serves for all of them: plain code, the same groups every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

from nlu.text import sound_of, tokens

ALIKE: Final = 80.0  # of 100: letters that two messages share by sound, whatever the order of their words
LEAST: Final = 3  # letters of a word that says what a message is about


def key(text: str) -> str:
    """What is compared: the longer words by sound, in the order of the alphabet; all words where none is long."""
    plain = tokens(text)
    telling = [word for word in plain if len(word) > LEAST] or plain
    return " ".join(sorted(sound_of(" ".join(telling)).split()))


def groups(texts: Sequence[str]) -> list[list[int]]:
    """Positions of like texts, each group by its first, the groups in the order of their firsts.

    A text joins the group whose first text it is most like, and begins one where it is like none (leader clustering,
    Hartigan 1975): one pass, and a later text never moves an earlier one.
    """
    leaders: list[str] = []
    found: list[list[int]] = []
    for at, text in enumerate(texts):
        own = key(text)
        best = process.extractOne(own, leaders, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if best is None:
            leaders.append(own)
            found.append([at])
        else:
            found[best[2]].append(at)
    return found
