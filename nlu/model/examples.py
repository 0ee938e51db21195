"""The labelled messages that the model learns from: Rasa's YAML, one file an intent, with the writer of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nlu.words import DATA

FOLDER = DATA / "intents"


class BadExamples(ValueError):
    """The training data cannot be used; the message names the file."""


class Example(NamedTuple):
    """A message, what it wants, and in whose voice it is written."""

    text: str
    intent: str
    writer: str


def files(folder: Path = FOLDER) -> list[Path]:
    """The files of the training data, always in the same order."""
    return sorted(folder.glob("*.yml"))


def read(folder: Path = FOLDER) -> list[Example]:
    """Every example of a folder, file by file. Raises `BadExamples`."""
    examples = [example for path in files(folder) for example in _of_file(path)]
    if not examples:
        raise BadExamples(f"{folder}: holds no examples; put the files <intent>.yml there")
    return examples


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
