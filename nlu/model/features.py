"""What the model sees of a message: words, what they mean, pairs, and pieces of words, all by sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from nlu.model.concepts import concept
from nlu.phrases import END, START, sounds
from nlu.text import tokens

LIMIT = 1_000  # characters that are read: a longer message must not cost more
PIECES = range(2, 5)  # letters
_WORD = "= "

Features = tuple[Counter[str], Counter[str]]


def features(text: str) -> Features:
    """How often each feature stands in a message: words, concepts and pairs first, pieces in the second part.

    No feature of one part is ever a feature of the other: only pairs and words have a blank inside.
    """
    words = sounds_of(text)
    return Counter(word_names(words)), Counter(piece_names(words))


def sounds_of(text: str) -> list[str]:
    """The words of a message, by sound."""
    return sounds(tokens(text, LIMIT))


def is_word(feature: str) -> bool:
    """Whether a feature is one whole word, or what it means."""
    return feature.startswith(_WORD)


def word_names(words: list[str]) -> Iterator[str]:
    """Words and concepts, then pairs, in which a concept stands for its words and the message has two ends."""
    meant = [concept(word) for word in words]
    for word in words:
        yield f"{_WORD}{word}"
    for name in meant:
        if name:
            yield f"{_WORD}{name}"
    framed = [START, *(name or word for name, word in zip(meant, words, strict=True)), END] if words else []
    for first, second in pairwise(framed):
        yield f"{first} {second}"


def piece_names(words: list[str]) -> Iterator[str]:
    """Pieces of each word, with its two ends as blanks."""
    for word in words:
        padded = f" {word} "
        for size in PIECES:
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
