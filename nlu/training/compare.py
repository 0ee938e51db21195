"""Prints the evidence behind the local engine: `python -m nlu.training.compare CONTENT` (the folder db/content).

Every figure comes from cross-validation over writers: no message is judged by a model that has seen its writer.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from nlu.model import engine
from nlu.model.courtesy import politely
from nlu.model.examples import FOLDER, KINDS, Example, read, read_ordinary
from nlu.model.features import Features, features
from nlu.model.train import calibration, in_turn, intents_of, matrix
from nlu.model.weights import Floats, learn_vocabulary, signs, softmax
from nlu.places import Gazetteer
from nlu.plain import PlainEngine
from nlu.trades import TradeNames
from nlu.understanding import OUT_OF_SCOPE, Understanding

Bools = NDArray[np.bool_]
_NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
_BINS = 10
FOLDS = 5
_CANDIDATES: dict[str, Callable[[], Any]] = {
    "linear SVM, C=0.1": lambda: LinearSVC(C=0.1, random_state=0),
    "linear SVM, C=0.3": lambda: LinearSVC(C=0.3, random_state=0),
    "linear SVM, C=1": lambda: LinearSVC(C=1.0, random_state=0),
    "linear SVM, C=3": lambda: LinearSVC(C=3.0, random_state=0),
    "logistic regression, C=10": lambda: LogisticRegression(C=10.0, max_iter=200, tol=1e-3),
    "complement naive Bayes": lambda: ComplementNB(alpha=0.3),
}
_PARTS: dict[str, Callable[[Features], Features]] = {
    "words and pieces": lambda both: both,
    "words alone": lambda both: (both[0], type(both[1])()),
    "pieces alone": lambda both: (type(both[0])(), both[1]),
}


def plain_engine(content: Path) -> PlainEngine:
    """The rules with the real trades and places."""
    trades = yaml.safe_load((content / "trades.yml").read_text(encoding="utf-8"))["trades"]
    return PlainEngine(TradeNames(trades), Gazetteer(json.loads((content / "geo.json").read_text(encoding="utf-8"))))


def candidates(examples: Sequence[Example], messages: Sequence[Features]) -> None:
    """Accuracy of each way to learn, then of each part of the features."""
    for name, make in _CANDIDATES.items():
        print(f"{name:28} {_score(examples, messages, make)}", flush=True)
    for name, part in _PARTS.items():
        print(f"{name:28} {_score(examples, [part(message) for message in messages], _CANDIDATES['linear SVM, C=1'])}")


def _score(examples: Sequence[Example], messages: Sequence[Features], make: Callable[[], Any]) -> str:
    intents = np.array([example.intent for example in examples])
    guessed = np.empty_like(intents)
    for seen, unseen in GroupKFold(FOLDS).split(messages, groups=[example.writer for example in examples]):
        vocabulary, rarity = learn_vocabulary([messages[at] for at in seen])
        machine = make().fit(matrix([messages[at] for at in seen], vocabulary, rarity), intents[seen])
        guessed[unseen] = machine.predict(matrix([messages[at] for at in unseen], vocabulary, rarity))
    return f"accuracy {(guessed == intents).mean():.3f}, macro F1 {f1_score(intents, guessed, average='macro'):.3f}"


def calibration_error(chances: Floats, truth: NDArray[np.int_]) -> float:
    """The expected calibration error of the best reading, in ten bins of equal width (Naeini et al., 2015)."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    parts = [bins == at for at in range(_BINS)]
    return float(sum(part.mean() * abs(right[part].mean() - sure[part].mean()) for part in parts if part.any()))


def rules(logits: Floats, ruled: Sequence[Understanding], names: Sequence[str], truth: NDArray[np.int_]) -> None:
    """What the rules add to the model, by weight."""
    given = rule_scores(ruled, names)
    for weight in (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0):
        chances = softmax(logits + np.float32(weight) * given)
        surprise = -np.log(chances[np.arange(len(truth)), truth] + 1e-9).mean()
        right = (chances.argmax(axis=1) == truth).mean()
        error = calibration_error(chances, truth)
        print(f"rules x {weight}: {right:.3f} right, surprise {surprise:.3f}, ECE {error:.3f}")


def rule_scores(ruled: Sequence[Understanding], names: Sequence[str]) -> Floats:
    """What the rules say, a row a message; alarms stand apart, as in the engine."""
    given = np.zeros((len(ruled), len(names)), np.float32)
    for row, understanding in enumerate(ruled):
        for intent in understanding.intents:
            if intent.name in names and not (understanding.alarm and intent.name == understanding.alarm.kind):
                given[row, names.index(intent.name)] = intent.confidence
    return given


def by_writer(chances: Floats, writers: Sequence[str], truth: NDArray[np.int_]) -> None:
    """The share that is right of each writer that was left out."""
    right = chances.argmax(axis=1) == truth
    shares = {writer: float(right[[one == writer for one in writers]].mean()) for writer in sorted(set(writers))}
    print("right by writer:", ", ".join(f"{writer} {share:.2f}" for writer, share in shares.items()))


def refusals(chances: Floats, names: Sequence[str], truth: NDArray[np.int_]) -> None:
    """What a least confidence refuses of what is right, wrong, and out of scope."""
    best, sure = chances.argmax(axis=1), chances.max(axis=1)
    outside = names.index(OUT_OF_SCOPE)
    for least in (0.0, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        got = np.where(sure < least, outside, best)
        inside = truth != outside
        print(
            f"least {least}: {(got == truth).mean():.3f} right; of out of scope {(got == truth)[~inside].mean():.3f} "
            f"found; of the rest {(got == outside)[inside].mean():.3f} refused"
        )


def alarms(chances: Floats, ruled: Sequence[Understanding], names: Sequence[str], truth: NDArray[np.int_]) -> None:
    """Recall and false alarms of the rules, and of rules and model together, by the model's chance of danger.

    Who only suffers (`psychosocial_support`) may well be asked; those alarms are counted apart.
    """
    by_kind = [truth == names.index(kind) for kind in KINDS]
    danger = by_kind[0] | by_kind[1]
    suffering = truth == names.index("psychosocial_support")
    by_rule: Bools = np.array([one.alarm is not None for one in ruled])
    print(f"rules alone: recall {by_rule[danger].mean():.3f}, false {by_rule[~danger].mean():.4f}")
    for least in (0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        raised = (chances >= least) | by_rule
        kinds = ", ".join(f"{kind} {raised[mine].mean():.3f}" for kind, mine in zip(KINDS, by_kind, strict=True))
        false = f"{raised[~danger & ~suffering].mean():.4f}, of those who suffer {raised[suffering].mean():.3f}"
        print(f"danger >= {least}: recall {raised[danger].mean():.3f} ({kinds}), false {false}")


def main() -> None:
    """Print everything; about two minutes on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, help="the folder with trades.yml and geo.json")
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of Rasa YAML, one file an intent")
    arguments = parser.parse_args()
    examples = read(arguments.data)
    taught = politely(examples)
    messages = [features(example.text) for example in taught]
    print(f"{len(examples)} examples, {len({example.writer for example in examples})} writers")
    candidates(examples, messages[: len(examples)])
    names, harmless = intents_of(examples), [features(text) for text in read_ordinary()]
    turns = list(in_turn(taught, messages, harmless, FOLDS))
    scores = np.vstack([turn.scores for turn in turns])[np.argsort(np.concatenate([turn.rows for turn in turns]))]
    calm = np.vstack([turn.calm for turn in turns])
    truth = np.array([names.index(example.intent) for example in taught])
    temperature, judge = calibration(scores, calm, truth, names)
    danger, calmly = (1 / (1 + np.exp(-(signs(part, names, temperature) @ judge))) for part in (scores, calm))
    scores = scores[:, :-1]
    right = scores.argmax(axis=1) == truth
    plainly, politely_said = right[: len(examples)].mean(), right[len(examples) :].mean()
    print(f"taught with polite copies: {plainly:.3f} right, of the copies {politely_said:.3f}")
    truth, scores = truth[: len(examples)], scores[: len(examples)]
    logits = np.asarray(scores / np.float32(temperature), np.float32)
    plain = plain_engine(arguments.content)
    ruled = [plain.parse(example.text, now=_NOW) for example in examples]
    print(f"temperature {temperature:.3f}, ECE {calibration_error(softmax(logits), truth):.3f}; ", end="")
    print(f"without it {calibration_error(softmax(scores), truth):.3f}")
    by_rule = [one.intent.name == example.intent for one, example in zip(ruled, examples, strict=True)]
    print(f"rules alone: {np.mean(by_rule):.3f} right")
    rules(logits, ruled, names, truth)
    chances = softmax(logits + np.float32(engine.RULES) * rule_scores(ruled, names))
    by_writer(chances, [example.writer for example in examples], truth)
    refusals(chances, names, truth)
    alarms(danger[: len(examples)], ruled, names, truth)
    shares = ", ".join(f"{least} {(calmly >= least).mean():.3f}" for least in (0.05, 0.1, 0.15, 0.2, 0.3))
    print(f"of ordinary messages that the model had not seen: {shares}")


if __name__ == "__main__":
    main()
