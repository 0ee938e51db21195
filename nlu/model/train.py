"""Trains the model, in a process of its own: `python -m nlu.model.train --out FILE.npz [--data FOLDER]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from nlu.model.courtesy import politely
from nlu.model.examples import FOLDER, KINDS, ORDINARY, BadExamples, Example, read, read_ordinary
from nlu.model.features import Features, features
from nlu.model.weights import Floats, Model, learn_vocabulary, signs, softmax, weigh

_FOLDS = 3  # enough for one temperature
_C = 1.0  # of the linear support vector machine, by cross-validation: docs/adr/0008-local-engine.md
_C_DANGER = 0.5
_TEMPERATURES = np.geomspace(0.05, 2.0, 60)
_SURE: Final = 3.0  # far from the border of a support vector machine
_STEPS = 50  # of Newton's method, which needs about six
_STILL, _RIDGE = 1e-6, 1e-3
_UNJUDGED: Final = np.array([1.0, 0.0, 0.0], np.float32)


class Unseen(NamedTuple):
    """What a model holds for messages that it was not taught: those of whole writers, and harmless ones.

    `rows`: the places of the writers' messages. `scores` and `calm` have a column for each intent, and one for danger.
    """

    rows: NDArray[np.int_]
    scores: Floats
    calm: Floats


def train(examples: Sequence[Example], ordinary: Sequence[str] = ()) -> Model:
    """The model of all the examples; it is calibrated on a third of the writers, by a model that has not seen them.

    `ordinary`: talk that is never danger, of no intent. Raises `BadExamples` where there are fewer
    than three writers, or fewer than two intents.
    """
    names = intents_of(examples)
    if len({one.writer for one in examples}) < _FOLDS or len(names) < 2:
        raise BadExamples(f"a model needs {_FOLDS} writers and two intents at least: add examples")
    taught, harmless = politely(examples), [features(text) for text in ordinary]
    messages = [features(example.text) for example in taught]
    unseen = next(in_turn(taught, messages, harmless, _FOLDS))
    truth = np.array([names.index(taught[int(row)].intent) for row in unseen.rows])
    temperature, judge = calibration(unseen.scores, unseen.calm, truth, names)
    model = fit(messages, [example.intent for example in taught], harmless)
    return replace(model, temperature=temperature, judge=judge)


def intents_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """The names of the intents, in the order of every table's columns."""
    return tuple(sorted({example.intent for example in examples}))


def fit(messages: Sequence[Features], intents: Sequence[str], harmless: Sequence[Features]) -> Model:
    """A model with temperature 1. The same messages in the same order give the same model."""
    vocabulary, rarity = learn_vocabulary(messages)
    rows = matrix(messages, vocabulary, rarity)
    machine = LinearSVC(C=_C, tol=1e-3, random_state=0).fit(rows, np.array(intents))
    names = tuple(str(name) for name in machine.classes_)
    weights, bias = _of_danger(rows, intents, matrix(harmless, vocabulary, rarity))
    columns = np.vstack([machine.coef_ if len(names) > 2 else np.vstack([-machine.coef_, machine.coef_]), weights])
    biases = machine.intercept_ if len(names) > 2 else np.r_[-machine.intercept_, machine.intercept_]
    both = np.ascontiguousarray(columns.T, np.float32), np.r_[biases, bias].astype(np.float32)
    return Model(names, vocabulary, rarity, *both, 1.0, _UNJUDGED)


def _of_danger(rows: csr_matrix, intents: Sequence[str], harmless: csr_matrix) -> tuple[Floats, float]:
    """A machine of its own for «danger or not»: among 32 intents a veiled cry is too easily something else."""
    truth = np.array([intent in KINDS for intent in intents] + [False] * harmless.shape[0])
    if not truth.any():
        return np.zeros(rows.shape[1], np.float32), -_SURE
    machine = LinearSVC(C=_C_DANGER, tol=1e-3, random_state=0).fit(vstack([rows, harmless]), truth)
    return machine.coef_[0], float(machine.intercept_[0])


def in_turn(
    examples: Sequence[Example], messages: Sequence[Features], harmless: Sequence[Features], folds: int
) -> Iterator[Unseen]:
    """Each part of the writers in turn, and the same part of the harmless messages, judged by a model of the others."""
    names, writers = intents_of(examples), [example.writer for example in examples]
    for turn, (seen, unseen) in enumerate(GroupKFold(folds).split(messages, groups=writers)):
        others = [message for at, message in enumerate(harmless) if at % folds != turn]
        model = fit([messages[at] for at in seen], [examples[at].intent for at in seen], others)
        columns = np.array([*(names.index(name) for name in model.names), len(names)])
        found = [
            _scores(model, [messages[at] for at in unseen], columns, len(names) + 1),
            _scores(model, harmless[turn::folds], columns, len(names) + 1),
        ]
        yield Unseen(np.asarray(unseen), *found)


def _scores(model: Model, messages: Sequence[Features], columns: NDArray[np.int_], width: int) -> Floats:
    """A row for each message; an intent that the model does not know is far from likely."""
    table = np.full((len(messages), width), -_SURE, np.float32)
    table[:, columns] = matrix(messages, model.vocabulary, model.rarity) @ model.weights + model.bias
    return table


def calibration(scores: Floats, calm: Floats, truth: NDArray[np.int_], names: Sequence[str]) -> tuple[float, Floats]:
    """The temperature of the intents, and how to weigh the signs of danger."""
    temperature = best_temperature(scores[:, :-1], truth)
    found = np.vstack([signs(scores, names, temperature), signs(calm, names, temperature)])
    danger = np.isin(truth, [names.index(kind) for kind in KINDS if kind in names])
    return temperature, logistic(found, np.r_[danger, np.zeros(len(calm), bool)])


def logistic(inputs: Floats, truth: NDArray[np.bool_]) -> Floats:
    """The weights of a logistic regression, by Newton's method; the last input is the constant 1 (Platt, 1999)."""
    weights = np.zeros(inputs.shape[1])
    weights[0] = 1.0
    target = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))
    table = inputs.astype(np.float64)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(table @ weights)))
        spread = table.T @ (table * (chance * (1 - chance))[:, None]) + np.eye(len(weights)) * _RIDGE
        step = np.linalg.solve(spread, table.T @ (target - chance) - _RIDGE * weights)
        weights = weights + step
        if np.abs(step).max() < _STILL:
            break
    return weights.astype(np.float32)


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
    parser.add_argument("--data", type=Path, nargs="+", default=[FOLDER], help="folders of Rasa YAML, a file an intent")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    arguments = parser.parse_args()
    try:
        model = train(read(*arguments.data), read_ordinary(ORDINARY))
    except BadExamples as error:
        print(error, file=sys.stderr)
        return 1
    with arguments.out.open("wb") as file:
        model.save(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
