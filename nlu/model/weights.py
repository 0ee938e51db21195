"""The trained model as it is kept and asked: a vocabulary and one row of weights a feature; numpy alone."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nlu.model.examples import KINDS
from nlu.model.features import Features

Floats = NDArray[np.float32]

FORMAT = 3
_TINY = 1e-4


class BadModel(ValueError):
    """The file is not a model of this version: delete it, and it is trained anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Linear classifiers over TF-IDF features; `nlu.model.reader.Reader` asks them.

    `weights` has a row for each feature of `vocabulary`, a column for each of `names`, and a last one of a machine that
    tells danger from everything else; `rarity` is the inverse document frequency of each feature; `temperature` makes
    the scores of the names calibrated logits; `judge` weighs `signs` of danger into one.
    """

    names: tuple[str, ...]
    vocabulary: Mapping[str, int]
    rarity: Floats
    weights: Floats
    bias: Floats
    temperature: float
    judge: Floats

    def save(self, file: BinaryIO) -> None:
        """Write it as .npz, without pickles; weights in half precision."""
        vocabulary = sorted(self.vocabulary, key=lambda name: self.vocabulary[name])
        np.savez_compressed(
            file,
            format=np.array(FORMAT),
            names=np.array(self.names),
            vocabulary=np.frombuffer("\n".join(vocabulary).encode(), np.uint8),
            rarity=self.rarity.astype(np.float32),
            weights=self.weights.astype(np.float16),
            bias=self.bias.astype(np.float32),
            temperature=np.array(self.temperature),
            judge=self.judge.astype(np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read what `save` wrote. Raises `BadModel` or `FileNotFoundError`."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                return cls._of(kept)
        except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise BadModel(f"{path}: is no model of this version; delete it") from error

    @classmethod
    def _of(cls, kept: Mapping[str, NDArray[np.generic]]) -> Model:
        if int(kept["format"]) != FORMAT:
            raise BadModel("another format")
        vocabulary = kept["vocabulary"].tobytes().decode().split("\n")
        weights = kept["weights"].astype(np.float32)
        names = tuple(str(name) for name in kept["names"])
        if weights.shape != (len(vocabulary), len(names) + 1):
            raise BadModel("weights that do not fit")
        rows = {name: row for row, name in enumerate(vocabulary)}
        rarity, bias = kept["rarity"].astype(np.float32), kept["bias"].astype(np.float32)
        return cls(names, rows, rarity, weights, bias, float(kept["temperature"]), kept["judge"].astype(np.float32))


def weigh(part: Counter[str], vocabulary: Mapping[str, int], rarity: Floats) -> tuple[list[int], Floats] | None:
    """The rows of the known features and their values: (1 + log count) × rarity, divided by the length of all."""
    counted = [(vocabulary[name], count) for name, count in part.items() if name in vocabulary]
    if not counted:
        return None
    rows = [row for row, _ in counted]
    values = rarity[rows] * np.array([1.0 if count == 1 else 1.0 + log(count) for _, count in counted], np.float32)
    return rows, values / np.float32(sqrt(float(values @ values)))


def learn_vocabulary(messages: Sequence[Features]) -> tuple[dict[str, int], Floats]:
    """Every feature of the messages in a fixed order, and how rare each is."""
    seen = Counter(name for message in messages for name in _names(message))
    names = sorted(seen)
    counts = np.array([seen[name] for name in names], np.float32)
    rarity = np.log((1 + len(messages)) / (1 + counts)) + 1
    return {name: row for row, name in enumerate(names)}, rarity.astype(np.float32)


def _names(message: Features) -> Iterable[str]:
    words, pieces = message
    yield from words
    yield from pieces


def signs(scores: Floats, names: Sequence[str], temperature: float) -> Floats:
    """Three signs of danger in each row: its own machine's score, its log odds among the intents, and 1.

    Among the intents a veiled cry stands out better; of ordinary talk, of which no intent knows, the machine of its own
    has seen more.
    """
    kinds = [names.index(kind) for kind in KINDS if kind in names]
    among = odds(softmax(scores[:, :-1] / temperature)[:, kinds].sum(axis=1))
    return np.stack([scores[:, -1], among, np.ones_like(among)], axis=1).astype(np.float32)


def odds(chance: Floats) -> Floats:
    """Log odds that stay finite."""
    return np.asarray(np.log((chance + _TINY) / (1 - chance + _TINY)), np.float32)


def softmax(logits: Floats) -> Floats:
    """Probabilities that add up to 1, along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
