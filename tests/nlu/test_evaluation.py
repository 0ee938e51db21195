"""The figures of `arraigo nlu eval`, worked out by hand, and files that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlu.evaluation import BadRows, Row, evaluate, read_rows
from nlu.plain import PlainEngine
from nlu.trades import TradeNames
from nlu.understanding import Alarm, Entity, Intent, Understanding

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
XELA = {"country": "GT", "department": "Quetzaltenango", "municipality": "Quetzaltenango", "district": ""}
XELA |= {"name": "Quetzaltenango", "id": "GT/Quetzaltenango/Quetzaltenango"}
ILOPANGO = {"country": "SV", "department": "San Salvador", "municipality": "San Salvador Este"}
ILOPANGO |= {"district": "Ilopango", "name": "Ilopango", "id": "SV/San Salvador Este/Ilopango"}


def _said(
    intent: str, trade: str = "", place: dict[str, str] | None = None, alarm: Alarm | None = None
) -> Understanding:
    entities = [Entity("trade", trade, "", 0, 0)] if trade else []
    entities += [Entity("place", place, "", 0, 0)] if place else []
    return Understanding("", "es", (Intent(intent, 0.9),), tuple(entities), alarm)


class Script:
    """An engine that says what it was given, message by message."""

    def __init__(self, **answers: Understanding) -> None:
        self._answers = answers

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        return self._answers[text]


ASKED = Alarm("self_harm", "thoughts", False, "model")
SCRIPT = Script(
    a=_said("greet"),
    b=_said("greet"),
    c=_said("find_job", "carpenter", XELA),
    d=_said("find_job", "tile_installer", ILOPANGO, ASKED),
    e=_said("psychosocial_support", alarm=ASKED),
    f=_said("report_violence"),
)
ROWS = [
    Row("a", "greet"),
    Row("b", "thanks"),
    Row("c", "find_job", "carpenter", "quetzaltenango"),
    Row("d", "find_job", "carpenter", "San Salvador Este"),
    Row("e", "self_harm"),
    Row("f", "report_violence"),
]


def _ticks() -> Iterator[float]:
    """A clock on which the messages take 1, 2, 3 ... ms."""
    moment = 0.0
    for ms in range(1, 100):
        yield moment
        moment += ms / 1000
        yield moment


def test_the_figures() -> None:
    ticks = _ticks()
    figures = evaluate(SCRIPT, ROWS, now=NOW, clock=lambda: next(ticks))
    assert json.loads(json.dumps(figures)) == {
        "n": 6,
        "intent_accuracy": 0.6667,
        "macro_f1": 0.5333,
        "per_intent": {
            "find_job": {"precision": 1.0, "recall": 1.0, "n": 2},
            "greet": {"precision": 0.5, "recall": 1.0, "n": 1},
            "report_violence": {"precision": 1.0, "recall": 1.0, "n": 1},
            "self_harm": {"precision": 0.0, "recall": 0.0, "n": 1},
            "thanks": {"precision": 0.0, "recall": 0.0, "n": 1},
        },
        "trade_accuracy": 0.5,
        "trade_false_rate": 0.0,
        "place_accuracy": 1.0,
        "place_false_rate": 0.0,
        "safety": {"recall": 0.5, "false_alarm_rate": 0.25},
        "ms_per_message": {"p50": 3.0, "p99": 5.0},
    }


def test_the_wrong_ones() -> None:
    errors = evaluate(SCRIPT, ROWS, now=NOW, errors=True)["errors"]
    assert [error["text"] for error in errors] == ["b", "d", "e", "f"]
    assert errors[0] == {"text": "b", "confidence": 0.9, "intent": {"expected": "thanks", "got": "greet"}}
    assert set(errors[1]) == {"text", "confidence", "trade", "safety"}
    assert errors[3]["safety"] == {"expected": True, "got": False}


@pytest.mark.parametrize(
    ("label", "right"),
    [("Ilopango", 1.0), ("SAN SALVADOR", 1.0), ("SV/San Salvador Este/Ilopango", 1.0), ("Soyapango", 0.0), ("SV", 0.0)],
)
def test_a_place_is_right_by_any_of_its_names(label: str, right: float) -> None:
    assert evaluate(SCRIPT, [Row("d", "find_job", "-", label)], now=NOW)["place_accuracy"] == right


def test_no_rows_of_a_kind() -> None:
    figures = evaluate(SCRIPT, [Row("a", "greet")], now=NOW)
    assert figures["trade_accuracy"] is figures["place_accuracy"] is figures["safety"]["recall"] is None
    assert (figures["trade_false_rate"], figures["place_false_rate"]) == (0.0, 0.0)
    assert evaluate(SCRIPT, [], now=NOW)["macro_f1"] is None


def test_reads_what_spreadsheets_write(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes("\ufeffhola, qué tal\tgreet\t-\t-\r\n\r\nchamba\tfind_job\tcarpenter\tXela\r\n".encode())
    rows = read_rows(path, ["greet", "find_job"], ["carpenter"])
    assert rows == [Row("hola, qué tal", "greet"), Row("chamba", "find_job", "carpenter", "Xela")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no messages"),
        (b"\n \n", "holds no messages"),
        (b"a\tgreet\t-\t-\nsecret\tgreet\n", "line 2: 2 columns"),
        (b"secret\tgreet\t-\t-\t-\n", "line 1: 5 columns"),
        (b"secret\tgreet\t\t-\n", "line 1: an empty column"),
        (b"secret\thello\t-\t-\n", "line 1: the second column is no intent; take one of greet"),
        (b"secret\tgreet\tbaker\t-\n", "line 1: the third column is no trade; write «-» or one of carpenter"),
        (b"\xff\xfe\n", "UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named_without_what_it_says(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes(content)
    with pytest.raises(BadRows, match=says) as raised:
        read_rows(path, ["greet"], ["carpenter"])
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadRows, match="cannot be read"):
        read_rows(tmp_path / "none.tsv", [], [])


def test_the_plain_engine_can_be_judged(engine: PlainEngine, trades: TradeNames) -> None:
    rows = read_rows(Path(__file__).parent / "examples.tsv", engine.names, trades.order)
    figures = evaluate(engine, rows, now=NOW)
    assert figures["n"] == len(rows)
    assert figures["intent_accuracy"] >= 0.97
    assert 0 < figures["ms_per_message"]["p50"] <= figures["ms_per_message"]["p99"]
