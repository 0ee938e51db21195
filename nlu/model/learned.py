"""Examples that staff accepted from use: a folder of the same files as the shipped ones, which grows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import yaml

from nlu.model import examples
from nlu.model.examples import Example


def read(folder: Path) -> list[Example]:
    """What was learned so far; none where there is no such folder. Raises `nlu.model.examples.BadExamples`."""
    return examples.read(folder) if examples.files(folder) else []


def append(folder: Path, new: Sequence[Example]) -> None:
    """Add examples to the files of their intents; each file is replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    together = sorted((*read(folder), *new), key=lambda example: example.intent)
    changed = {example.intent for example in new}
    for intent, group in groupby(together, key=lambda example: example.intent):
        if intent in changed:
            _write(folder / f"{intent}.yml", intent, list(group))


def _write(path: Path, intent: str, group: Sequence[Example]) -> None:
    items = [{"text": example.text, "metadata": {"writer": example.writer}} for example in group]
    body = {"version": "3.1", "nlu": [{"intent": intent, "examples": items}]}
    part = path.with_suffix(".part")
    part.write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
    part.replace(path)
