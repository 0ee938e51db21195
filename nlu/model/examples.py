"""The labelled messages that the model learns from: Rasa's YAML, one file an intent, with the writer of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from nlu.words import DATA

FOLDER = DATA / "intents"
ORDINARY = DATA / "ordinary.txt"
KINDS: tuple[Literal["self_harm", "report_violence"], ...] = (
    "self_harm",
    "report_violence",
)  # the intents of a person in danger

LEARNED = "learned"  # folder beside the models: examples that staff accepted from use, see docs/adr/0010


class BadExamples(ValueError):
    """The training data cannot be used; the message names the file."""


class Example(NamedTuple):
    """A message, what it wants, and in whose voice it is written."""

    text: str
    intent: str
    writer: str


def files(folder: Path = FOLDER, *more: Path) -> list[Path]:
    """The files of the training data, always in the same order; `more`: folders that need not be there."""
    return [path for place in (folder, *more) for path in sorted(place.glob("*.yml"))]


def read(folder: Path = FOLDER, *more: Path) -> list[Example]:
    """Every example of a folder, and of `more` such as what was learned from use. Raises `BadExamples`."""
    examples = [example for path in files(folder, *more) for example in _of_file(path)]
    if not examples:
        raise BadExamples(f"{folder}: holds no examples; put the files <intent>.yml there")
    return examples


def read_ordinary(path: Path = ORDINARY) -> list[str]:
    """Ordinary talk that is never danger, one message a line. Raises `BadExamples`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadExamples(f"{path}: cannot be read") from error
    return [line for line in lines if line and not line.startswith("#")]


def _of_file(path: Path) -> Iterator[Example]:
    try:
        blocks = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)["nlu"]  # noqa: S506
        for block in blocks:
            yield from map(_example(block["intent"]), block["examples"])
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadExamples(f"{path}: is not Rasa 3.1 training data with a writer for each text") from error


def _example(intent: str) -> Any:
    return lambda item: Example(item["text"].strip(), intent, item["metadata"]["writer"])


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
