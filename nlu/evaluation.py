"""How well an engine understands labelled messages: the figures of `arraigo nlu eval`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from nlu.text import normalise
from nlu.understanding import Engine, Entity, Understanding

SAFETY = frozenset({"self_harm", "report_violence"})
NONE = "-"
_COLUMNS = "text<TAB>intent<TAB>trade or -<TAB>place or -"
_PLACE_NAMES = ("municipality", "department", "district", "name", "id")


class BadRows(ValueError):
    """The file cannot be read as labelled messages; the message names the line, never what it says."""


class Row(NamedTuple):
    """A labelled message; `trade` and `place` are «-» where it names none."""

    text: str
    intent: str
    trade: str = NONE
    place: str = NONE


class Result(NamedTuple):
    """A row, what the engine made of it, and in how many milliseconds."""

    row: Row
    got: Understanding
    ms: float

    @property
    def trade(self) -> str:
        """The slug that was found, or «-»."""
        return _value(self.got.entity("trade"))

    @property
    def place(self) -> str:
        """The id of the place that was found, or «-»."""
        return _value(self.got.entity("place"))

    @property
    def right_place(self) -> bool:
        """Whether its municipality, department or old district is the labelled one (or nothing is, and was found)."""
        entity = self.got.entity("place")
        if entity is None or self.row.place == NONE:
            return entity is None and self.row.place == NONE
        return normalise(self.row.place) in {normalise(entity.value.get(name, "")) for name in _PLACE_NAMES}


def read_rows(path: Path, intents: Collection[str], trades: Collection[str]) -> list[Row]:
    """The rows of a TSV file without a header: text, intent, trade or «-», place or «-». Raises `BadRows`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise BadRows(f"{path}: cannot be read ({error.strerror}); name an existing file") from None
    except UnicodeDecodeError:
        raise BadRows(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    rows = [_row(line, f"{path}, line {at}", intents, trades) for at, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise BadRows(f"{path}: holds no messages; write one a line: {_COLUMNS}")
    return rows


def _row(line: str, where: str, intents: Collection[str], trades: Collection[str]) -> Row:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != len(Row._fields):
        raise BadRows(f"{where}: {len(cells)} columns; write {_COLUMNS}")
    if not all(cells):
        raise BadRows(f"{where}: an empty column; write «-» where there is no trade or no place")
    row = Row(*cells)
    if row.intent not in intents:
        raise BadRows(f"{where}: the second column is no intent; take one of {', '.join(sorted(intents))}")
    if row.trade not in trades and row.trade != NONE:
        raise BadRows(f"{where}: the third column is no trade; write «-» or one of {', '.join(sorted(trades))}")
    return row


def evaluate(
    engine: Engine,
    rows: Sequence[Row],
    *,
    now: datetime,
    errors: bool = False,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, Any]:
    """The figures, ready for JSON; with `errors`, the rows that went wrong as well. `clock` counts seconds.

    A share over no rows is None. `macro_f1` is the mean over the intents that occur in the rows.
    """
    results = list(_results(engine, rows, now, clock))
    per_intent = _per_intent(results)
    figures: dict[str, Any] = {
        "n": len(results),
        "intent_accuracy": _share([got.intent.name == row.intent for row, got, _ in results]),
        "macro_f1": _rounded(sum(map(_f1, per_intent.values())) / len(per_intent)) if per_intent else None,
        "per_intent": per_intent,
        "trade_accuracy": _share([one.trade == one.row.trade for one in results if one.row.trade != NONE]),
        "trade_false_rate": _share([one.trade != NONE for one in results if one.row.trade == NONE]),
        "place_accuracy": _share([one.right_place for one in results if one.row.place != NONE]),
        "place_false_rate": _share([one.place != NONE for one in results if one.row.place == NONE]),
        "safety": _safety(results),
        "ms_per_message": _times([ms for _, _, ms in results]),
    }
    if errors:
        figures["errors"] = [error for one in results if (error := _error(one))]
    return figures


def _results(engine: Engine, rows: Sequence[Row], now: datetime, clock: Callable[[], float]) -> Iterator[Result]:
    for row in rows:
        start = clock()
        got = engine.parse(row.text, now=now)
        yield Result(row, got, (clock() - start) * 1000)


def _per_intent(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    """Precision, recall and number of rows of each labelled intent; an intent never given has precision 0."""
    labelled = Counter(row.intent for row, _, _ in results)
    given = Counter(got.intent.name for _, got, _ in results)
    right = Counter(row.intent for row, got, _ in results if got.intent.name == row.intent)
    return {
        name: {
            "precision": _rounded(right[name] / given[name]) if given[name] else 0.0,
            "recall": _rounded(right[name] / n),
            "n": n,
        }
        for name, n in sorted(labelled.items())
    }


def _f1(figures: dict[str, Any]) -> float:
    precision, recall = figures["precision"], figures["recall"]
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _safety(results: Sequence[Result]) -> dict[str, float | None]:
    """Alarms of either kind, and doubtful ones too: both lead to a person being asked or helped."""
    return {
        "recall": _share([got.alarm is not None for row, got, _ in results if row.intent in SAFETY]),
        "false_alarm_rate": _share([got.alarm is not None for row, got, _ in results if row.intent not in SAFETY]),
    }


def _times(times: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(times)
    if not ordered:
        return {"p50": None, "p99": None}
    return {name: round(ordered[int(part * (len(ordered) - 1))], 3) for name, part in (("p50", 0.5), ("p99", 0.99))}


def _error(one: Result) -> dict[str, Any] | None:
    row, got, _ = one
    wrong = {
        "intent": (row.intent, got.intent.name, got.intent.name == row.intent),
        "trade": (row.trade, one.trade, one.trade == row.trade),
        "place": (row.place, one.place, one.right_place),
        "safety": (row.intent in SAFETY, got.alarm is not None, (got.alarm is not None) == (row.intent in SAFETY)),
    }
    parts = {
        name: {"expected": expected, "got": found} for name, (expected, found, right) in wrong.items() if not right
    }
    return {"text": row.text, "confidence": _rounded(got.intent.confidence), **parts} if parts else None


def _value(entity: Entity | None) -> str:
    if entity is None:
        return NONE
    return str(entity.value if entity.entity == "trade" else entity.value["id"])


def _share(outcomes: Sequence[bool]) -> float | None:
    return _rounded(sum(outcomes) / len(outcomes)) if outcomes else None


def _rounded(share: float) -> float:
    return round(share, 4)
