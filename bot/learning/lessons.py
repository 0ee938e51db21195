"""Candidates become examples to learn from, if the engine that is taught them is not worse for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.learning.kept import Miss
from nlu.evaluation import Row
from nlu.guard import Comparison, compare
from nlu.model import learned
from nlu.model.examples import KINDS, Example, read
from nlu.pseudonyms import unmarked
from nlu.text import normalise
from nlu.understanding import Engine

WRITER: Final = "uso"
UNTAUGHT: Final = frozenset(KINDS)
"""Intents that are never taught from use: nothing of people in danger is kept, and their signs are the maintainers'."""

Taught = Callable[[Sequence[Path]], Engine]
"""The engine that learned from these folders beside the shipped data."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What may be learned, and how it compares. `known`: candidates that say nothing new."""

    examples: tuple[Example, ...]
    known: int
    comparison: Comparison


def prepare(
    candidates: Sequence[Miss], folder: Path, taught: Taught, rows: Sequence[Row], now: datetime
) -> Lesson | None:
    """Teach an engine of its own and compare it with today's; None where no candidate says anything new.

    `folder`: what was accepted before. `rows`: the guard set.
    """
    new = _new(candidates, folder)
    if not new:
        return None
    with TemporaryDirectory() as there:
        learned.append(Path(there), new)
        after = taught([folder, Path(there)])
        comparison = compare(taught([folder]), after, rows, now)
    return Lesson(tuple(new), len(candidates) - len(new), comparison)


def _new(candidates: Sequence[Miss], folder: Path) -> list[Example]:
    """Each wording once, and none that is taught already, whatever it is said to mean."""
    seen = {normalise(example.text) for example in (*read(), *learned.read(folder))}
    found = []
    for miss in candidates:
        text = unmarked(miss.words)
        if normalise(text) and normalise(text) not in seen:
            seen.add(normalise(text))
            found.append(Example(text, miss.label, WRITER))
    return found
