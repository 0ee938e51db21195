"""The model on disk: built once for each version of data and code, by one process, whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nlu.model.examples import FOLDER, ORDINARY, BadExamples, files
from nlu.model.weights import BadModel, Model
from nlu.words import DATA

CACHE = Path("var") / "nlu"
_CODE = Path(__file__).parent
_NLU = _CODE.parent
_MAKES_FEATURES = (
    *(_CODE / name for name in ("concepts.py", "courtesy.py", "examples.py", "features.py", "train.py", "weights.py")),
    *(_NLU / name for name in ("phrases.py", "text.py", "words.py")),
    ORDINARY,
    DATA / "concepts.toml",
    DATA / "words.toml",
)
_ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
_PATIENCE = 300.0  # seconds; a quiet machine needs about ten


class TrainingFailed(RuntimeError):
    """The model could not be trained; the message says why."""


def load_or_train(cache: Path = CACHE, data: Path = FOLDER, *more: Path) -> Model:
    """The model of the training data as they are now, trained first (about 10 s) if `cache` does not hold it.
    `more`: folders of further examples, which need not be there.

    Any number of processes may ask at once: one trains, the others wait. Raises `nlu.model.examples.BadExamples`,
    `TrainingFailed`, or OSError where `cache` cannot be written.
    """
    path = cache / f"intents-{fingerprint(data, *more)}.npz"
    if model := _kept(path):
        return model
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / "intents.lock"):
        if model := _kept(path):
            return model
        for leftover in (*cache.glob("intents-*.npz"), *cache.glob("intents-*.part")):
            leftover.unlink(missing_ok=True)
        _train(path, data, *more)
    return Model.load(path)


def is_trained(cache: Path = CACHE, data: Path = FOLDER, *more: Path) -> bool:
    """Whether `load_or_train` has only to load. Raises `nlu.model.examples.BadExamples`."""
    return (cache / f"intents-{fingerprint(data, *more)}.npz").is_file()


def fingerprint(data: Path = FOLDER, *more: Path) -> str:
    """A name for the training data together with the code that learns from them."""
    sources = files(data, *more)
    if not sources:
        raise BadExamples(f"{data}: holds no examples; put the files <intent>.yml there")
    digest = hashlib.sha256()
    for source in (*_MAKES_FEATURES, *sources):
        digest.update(f"{source.name}\0{source.stat().st_size}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _kept(path: Path) -> Model | None:
    try:
        return Model.load(path)
    except (FileNotFoundError, BadModel):
        return None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one process at a time; the system lets go of the lock when a process dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _train(path: Path, data: Path, *more: Path) -> None:
    """In another process, so that scikit-learn's memory is given back; the file appears when it is whole."""
    part = path.with_suffix(".part")
    command = [sys.executable, "-m", "nlu.model.train", "--data", str(data), *map(str, more), "--out", str(part)]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=os.environ | _ONE_CORE, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise TrainingFailed(f"the language model could not be trained: {last}")
        part.replace(path)
    except subprocess.TimeoutExpired:
        raise TrainingFailed(f"the language model was not trained within {_PATIENCE:.0f} s; try again") from None
    finally:
        part.unlink(missing_ok=True)
