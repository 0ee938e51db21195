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

from nlu.model.features import Features, features

Floats = NDArray[np.float32]

FORMAT = 1


class BadModel(ValueError):
    """The file is not a model of this version: delete it, and it is trained anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear classifier over TF-IDF features. Stateless: one instance serves every thread.

    `weights` has a row for each feature of `vocabulary`, a column for each of `names`; `rarity` is the inverse
    document frequency of each feature; `temperature` makes the scores calibrated logits.
    """

    names: tuple[str, ...]
    vocabulary: Mapping[str, int]
    rarity: Floats
    weights: Floats
    bias: Floats
    temperature: float

    def logits(self, text: str) -> Floats | None:
        """A calibrated logit for each of `names`, or None where the text holds nothing that the model knows."""
        known = [pair for part in features(text) if (pair := self.weigh(part))]
        if not known:
            return None
        scores = self.bias + sum(values @ self.weights[rows] for rows, values in known)
        return np.asarray(scores / self.temperature, np.float32)

    def weigh(self, part: Counter[str]) -> tuple[list[int], Floats] | None:
        """The known features of one part and their TF-IDF values, of length 1 together."""
        return weigh(part, self.vocabulary, self.rarity)

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
        if weights.shape != (len(vocabulary), len(names)):
            raise BadModel("weights that do not fit")
        rows = {name: row for row, name in enumerate(vocabulary)}
        rarity, bias = kept["rarity"].astype(np.float32), kept["bias"].astype(np.float32)
        return cls(names, rows, rarity, weights, bias, float(kept["temperature"]))


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


def softmax(logits: Floats) -> Floats:
    """Probabilities that add up to 1, along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)
