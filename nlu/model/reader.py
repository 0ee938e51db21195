"""Asks the trained model about one message, quickly: what is known of its words is looked up once, at the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from math import log, sqrt
from typing import Final, NamedTuple

import numpy as np

from nlu.model.examples import KINDS
from nlu.model.features import is_word, piece_names, sounds_of, word_names
from nlu.model.weights import Floats, Model, odds, softmax

_MOST: Final = 4_000  # times that a feature may stand in a message
_FACTORS: Final = np.array([0.0, *(1 + log(count) for count in range(1, _MOST))], np.float32)


class Reading(NamedTuple):
    """What the model holds for a message: a calibrated logit for each intent, and one for danger of either kind.

    `strange`: it knows pieces of the words, but no word as a whole («zzz qqq»).
    """

    logits: Floats
    danger: float
    strange: bool


class Reader:
    """Gives the same figures as `nlu.model.train.matrix` times the weights. Stateless: one serves every thread."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._kinds = [model.names.index(kind) for kind in KINDS if kind in model.names]
        known = (name[2:] for name in model.vocabulary if is_word(name))
        self._pieces: Mapping[str, list[int]] = {word: self._rows_of(word) for word in known}

    def read(self, text: str) -> Reading | None:
        """What the model holds for a text, or None where the text holds nothing that the model knows."""
        model, words = self._model, sounds_of(text)
        named = [name for name in word_names(words) if name in model.vocabulary]
        pieces = chain.from_iterable(self._pieces.get(word) or self._rows_of(word) for word in words)
        counted = (Counter(model.vocabulary[name] for name in named), Counter(pieces))
        if not any(counted):
            return None
        scores = model.bias + sum(self._scores(rows) for rows in counted if rows)
        logits = np.asarray(scores[:-1] / model.temperature, np.float32)
        danger = np.array([scores[-1], odds(softmax(logits)[self._kinds].sum()), 1.0], np.float32) @ model.judge
        return Reading(logits, float(danger), not any(map(is_word, named)))

    def _rows_of(self, word: str) -> list[int]:
        """The rows of the pieces of one word that the model knows."""
        vocabulary = self._model.vocabulary
        return [vocabulary[piece] for piece in piece_names([word]) if piece in vocabulary]

    def _scores(self, counted: Counter[int]) -> Floats:
        """What one part of the features says, weighed as in `nlu.model.weights.weigh`."""
        rows = np.fromiter(counted, np.intp, len(counted))
        counts = np.fromiter(counted.values(), np.intp, len(counted))
        values = self._model.rarity.take(rows) * _FACTORS.take(counts, mode="clip")
        scores = values / np.float32(sqrt(float(values @ values))) @ self._model.weights.take(rows, axis=0)
        return np.asarray(scores, np.float32)
