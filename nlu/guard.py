"""Whether an engine that was taught more is worse than before: on messages that neither has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from nlu.evaluation import SAFETY, Row
from nlu.understanding import Engine
from nlu.words import DATA

FILE: Final[Path] = DATA / "guard.tsv"
"""Messages that no engine is trained on, in the columns of `arraigo nlu eval`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two engines on the same rows. Rows by number, from 1: what they say stays in the file."""

    n: int
    right_before: int
    right_after: int
    unheard: tuple[int, ...]  # danger that raised an alarm before, and raises none now
    alarmed: tuple[int, ...]  # no danger, and an alarm only now
    mended: tuple[int, ...]
    broken: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Not one cry less is heard, nobody more is asked about danger in vain, no fewer messages are understood."""
        return not self.unheard and not self.alarmed and self.right_after >= self.right_before

    def to_json(self) -> dict[str, Any]:
        rows = {name: list(getattr(self, name)) for name in ("unheard", "alarmed", "mended", "broken")}
        return {
            "n": self.n,
            "right_before": self.right_before,
            "right_after": self.right_after,
            "rows": rows,
            "holds": self.holds,
        }


def compare(before: Engine, after: Engine, rows: Sequence[Row], now: datetime) -> Comparison:
    """Both engines on every row; danger counts by its alarm, everything else by its intent."""
    was, now_is = ([engine.parse(row.text, now=now) for row in rows] for engine in (before, after))
    numbered = list(enumerate(zip(rows, was, now_is, strict=True), 1))
    right = [(at, a.intent.name == row.intent, b.intent.name == row.intent) for at, (row, a, b) in numbered]
    return Comparison(
        n=len(rows),
        right_before=sum(a for _, a, _ in right),
        right_after=sum(b for _, _, b in right),
        unheard=tuple(at for at, (row, a, b) in numbered if row.intent in SAFETY and a.alarm and not b.alarm),
        alarmed=tuple(at for at, (row, a, b) in numbered if row.intent not in SAFETY and b.alarm and not a.alarm),
        mended=tuple(at for at, a, b in right if b and not a),
        broken=tuple(at for at, a, b in right if a and not b),
    )
