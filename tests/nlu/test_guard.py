"""Teaching may not make the engine worse: not one cry less is heard."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from nlu.evaluation import Row, read_rows
from nlu.guard import FILE, compare
from nlu.model.examples import read
from nlu.plain import PlainEngine
from nlu.text import normalise
from nlu.trades import TradeNames
from nlu.understanding import Alarm, Intent, Understanding

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROWS = [Row("chamba", "find_job"), Row("beca", "training"), Row("ya no quiero vivir", "self_harm")]
RIGHT = {"chamba": "find_job", "beca": "training", "ya no quiero vivir": "self_harm"}


class Told:
    """Knows what it is told, and raises an alarm for these texts."""

    def __init__(self, intents: dict[str, str], alarms: set[str]) -> None:
        self.intents, self.alarms = intents, alarms

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        alarm = Alarm("self_harm", "thoughts", False, "test") if text in self.alarms else None
        return Understanding(text, "es", (Intent(self.intents.get(text, "out_of_scope"), 0.9),), (), alarm)


CRY = {"ya no quiero vivir"}
against = partial(compare, Told(RIGHT | {"beca": "menu"}, CRY), rows=ROWS, now=NOW)


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (Told(RIGHT, CRY), True),
        (Told(RIGHT | {"chamba": "menu"}, CRY), True),  # one broken, one mended
        (Told({}, CRY), False),
        (Told(RIGHT, set()), False),
        (Told(RIGHT, CRY | {"chamba"}), False),
    ],
)
def test_what_holds(after: Told, holds: bool) -> None:
    assert against(after=after).holds is holds


def test_it_names_rows_and_never_what_they_say() -> None:
    found = against(after=Told(RIGHT | {"chamba": "menu"}, set())).to_json()
    assert found["rows"] == {"unheard": [3], "alarmed": [], "mended": [2], "broken": [1]}
    assert "chamba" not in str(found)


def test_the_guard_set_is_sound_and_was_never_taught(engine: PlainEngine, trades: TradeNames) -> None:
    rows = read_rows(FILE, engine.names, trades.order)
    assert sum(row.intent in ("self_harm", "report_violence") for row in rows) > 100
    taught = {normalise(example.text) for example in read()}
    assert [at for at, row in enumerate(rows, 1) if normalise(row.text) in taught] == []
