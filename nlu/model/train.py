"""Trains the model, in a process of its own: `python -m nlu.model.train --out FILE.npz [--data FOLDER]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from nlu.model.courtesy import politely
from nlu.model.examples import FOLDER, BadExamples, Example, read
from nlu.model.features import Features, features
from nlu.model.weights import Floats, Model, learn_vocabulary, softmax, weigh

_FOLDS = 3  # enough for one temperature
_C = 1.0  # of the linear support vector machine, by cross-validation: docs/adr/0008-local-engine.md
_TEMPERATURES = np.geomspace(0.05, 2.0, 60)


def train(examples: Sequence[Example]) -> Model:
    """The model of all the examples; its temperature is set on writers that a model has not seen.

    Raises `BadExamples` where there are fewer than three writers, or fewer than two intents.
    """
    if len({one.writer for one in examples}) < _FOLDS or len({one.intent for one in examples}) < 2:
        raise BadExamples(f"a model needs {_FOLDS} writers and two intents at least: add examples")
    taught = politely(examples)
    messages = [features(example.text) for example in taught]
    names, unseen = out_of_fold(taught, messages, _FOLDS)
    truth = np.array([names.index(example.intent) for example in taught])
    model = fit(messages, [example.intent for example in taught])
    return replace(model, temperature=best_temperature(unseen, truth))


def fit(messages: Sequence[Features], intents: Sequence[str]) -> Model:
    """A model with temperature 1. The same messages in the same order give the same model."""
    vocabulary, rarity = learn_vocabulary(messages)
    machine = LinearSVC(C=_C, tol=1e-3, random_state=0)
    machine.fit(matrix(messages, vocabulary, rarity), np.array(intents))
    names = tuple(str(name) for name in machine.classes_)
    weights = np.ascontiguousarray(machine.coef_.T, np.float32)
    return Model(names, vocabulary, rarity, weights, machine.intercept_.astype(np.float32), 1.0)


def out_of_fold(
    examples: Sequence[Example], messages: Sequence[Features], folds: int
) -> tuple[tuple[str, ...], Floats]:
    """The names, and for each example the scores of a model that never saw its writer."""
    names = tuple(sorted({example.intent for example in examples}))
    writers = [example.writer for example in examples]
    scores = np.full((len(examples), len(names)), -3.0, np.float32)
    for seen, unseen in GroupKFold(folds).split(messages, groups=writers):
        model = fit([messages[at] for at in seen], [examples[at].intent for at in seen])
        rows = matrix([messages[at] for at in unseen], model.vocabulary, model.rarity)
        columns = [names.index(name) for name in model.names]
        scores[np.ix_(unseen, columns)] = rows @ model.weights + model.bias
    return names, scores


def matrix(messages: Sequence[Features], vocabulary: dict[str, int] | Any, rarity: Floats) -> csr_matrix:
    """A row of TF-IDF values for each message, as `Model.logits` weighs them."""
    columns: list[int] = []
    values: list[Floats] = []
    ends = [0]
    for message in messages:
        for part in message:
            if pair := weigh(part, vocabulary, rarity):
                columns += pair[0]
                values.append(pair[1])
        ends.append(len(columns))
    data = np.concatenate(values) if values else np.zeros(0, np.float32)
    return csr_matrix((data, columns, ends), shape=(len(messages), len(vocabulary)), dtype=np.float32)


def best_temperature(scores: Floats, truth: NDArray[np.int_]) -> float:
    """The temperature with which the truth is the least surprising (Guo et al., 2017)."""
    rows = np.arange(len(truth))
    return float(min(_TEMPERATURES, key=lambda t: -float(np.log(softmax(scores / t)[rows, truth] + 1e-9).mean())))


def main() -> int:
    """Train and write the file; 1 where the data cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of Rasa YAML, one file an intent")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    arguments = parser.parse_args()
    try:
        model = train(read(arguments.data))
    except BadExamples as error:
        print(error, file=sys.stderr)
        return 1
    with arguments.out.open("wb") as file:
        model.save(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
