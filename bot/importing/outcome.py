"""What came of taking a list in: counts, what was wrong; and that nothing is stored unless all of it is good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.importing.sheet import BadRow

ADDED, CHANGED, SAME = "added", "changed", "the same as before"


class NothingStored(Exception):
    """Some rows are wrong, so none was taken in."""

    def __init__(self, bad: Sequence[BadRow]) -> None:
        super().__init__(f"{len(bad)} rows are wrong, and nothing was stored: mend them, or add --skip-bad")
        self.bad = bad


@dataclass(slots=True)
class Outcome:
    """`counts`: rows by what they became. `bad`: rows that were left out. `ignored`: headings of no use to us."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[BadRow] = field(default_factory=list)
    ignored: Sequence[str] = ()

    def settle(self, *, skip_bad: bool) -> Outcome:
        """To be called at the end of the transaction. Raises `NothingStored`, which undoes it."""
        if self.bad and not skip_bad:
            raise NothingStored(sorted(self.bad, key=lambda row: row.line))
        return self
