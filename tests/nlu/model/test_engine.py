"""The local engine on messages that nobody trained it on, and what it must never do."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.evaluation import Row, evaluate, read_rows
from nlu.model.cache import CACHE
from nlu.model.engine import LocalEngine
from nlu.model.weights import Model
from nlu.plain import PlainEngine
from nlu.trades import TradeNames
from nlu.understanding import Engine, Intent
from tests.nlu.conftest import CONTENT
from tests.nlu.model.conftest import PROJECT

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
OTHERS = Path(__file__).parent / "others.tsv"
BLIND = Path(__file__).parent / "blind.tsv"
BLIND_SAYINGS = Path(__file__).parent / "blind_idioms.tsv"
EXAMPLES = Path(__file__).parents[1] / "examples.tsv"
ACCENTS = str.maketrans({"a": "á", "e": "é", "i": "í", "o": "ó", "u": "ú"})


@pytest.fixture(scope="module")
def others(engine: PlainEngine, trades: TradeNames) -> list[Row]:
    return read_rows(OTHERS, engine.names, trades.order)


@pytest.fixture(scope="module")
def figures(local: LocalEngine, others: list[Row]) -> dict[str, Any]:
    return evaluate(local, others, now=NOW)


def test_is_an_engine_of_all_the_intents(local: LocalEngine, model: Model, engine: PlainEngine) -> None:
    anything: Engine = local
    assert anything.parse("hola", now=NOW).text == "hola"
    assert set(model.names) == set(local.names) == set(engine.names)
    assert len(model.names) == 32


def test_messages_by_others(figures: dict[str, Any]) -> None:
    """Measured when this was written: 0.960 right, macro F1 0.961."""
    print({name: figures[name] for name in ("n", "intent_accuracy", "macro_f1", "safety", "trade_accuracy")})
    assert figures["intent_accuracy"] >= 0.945
    assert figures["macro_f1"] >= 0.945


def test_danger_in_messages_by_others(figures: dict[str, Any]) -> None:
    """Measured when this was written: recall 1.0, false alarms 0.011."""
    assert figures["safety"]["recall"] >= 0.95
    assert figures["safety"]["false_alarm_rate"] <= 0.03


def test_messages_by_somebody_who_saw_no_example(local: LocalEngine, engine: PlainEngine, trades: TradeNames) -> None:
    """Measured when this was written: 0.958 right, macro F1 0.958, no cry missed, 0.013 false alarms.

    The mistakes in every second row were read while examples were added; of the others 0.938 were right.
    """
    rows = read_rows(BLIND, engine.names, trades.order)
    whole, unread = (evaluate(local, part, now=NOW) for part in (rows, rows[::2]))
    print({name: whole[name] for name in ("intent_accuracy", "macro_f1", "safety", "trade_accuracy", "place_accuracy")})
    print(f"of the rows whose mistakes nobody read: {unread['intent_accuracy']}")
    assert whole["intent_accuracy"] >= 0.95
    assert whole["macro_f1"] >= 0.94
    assert unread["intent_accuracy"] >= 0.93
    assert whole["safety"]["recall"] >= 0.99
    assert whole["safety"]["false_alarm_rate"] <= 0.02
    assert min(whole["trade_accuracy"], whole["place_accuracy"]) >= 0.97


def test_sayings_by_somebody_who_saw_no_example(local: LocalEngine, engine: PlainEngine, trades: TradeNames) -> None:
    """Measured when this was written: 0.04 of 150, which all sound like danger. The aim is 0.01."""
    rows = read_rows(BLIND_SAYINGS, engine.names, trades.order)
    assert evaluate(local, rows, now=NOW)["safety"]["false_alarm_rate"] <= 0.05


def test_it_does_better_than_the_rules(engine: PlainEngine, figures: dict[str, Any], others: list[Row]) -> None:
    rules = evaluate(engine, others, now=NOW)
    print(f"rules alone {rules['intent_accuracy']}, safety recall {rules['safety']['recall']}")
    assert figures["intent_accuracy"] > rules["intent_accuracy"] + 0.1
    assert figures["safety"]["recall"] >= rules["safety"]["recall"]
    assert figures["trade_accuracy"] >= rules["trade_accuracy"]


def test_the_examples_of_the_rules(local: LocalEngine, engine: PlainEngine, trades: TradeNames) -> None:
    """Measured when this was written: 0.959; the rules were made with them, the model never saw them."""
    share = evaluate(local, read_rows(EXAMPLES, engine.names, trades.order), now=NOW)["intent_accuracy"]
    print(f"intent accuracy {share}")
    assert share >= 0.94


@pytest.mark.parametrize("text", ["MENU", "baja", "ALTA", "atrás", "persona", "borrar", "ayuda", "Hola!"])
def test_a_bare_command_is_left_to_the_rules(local: LocalEngine, engine: PlainEngine, text: str) -> None:
    assert local.parse(text, now=NOW) == engine.parse(text, now=NOW)


def test_what_the_model_alone_holds_for_danger_is_asked_about(local: LocalEngine, others: list[Row]) -> None:
    alarms = [alarm for row in others if (alarm := local.parse(row.text, now=NOW).alarm) and alarm.why == "model"]
    assert alarms
    assert not any(alarm.certain for alarm in alarms)
    assert {(alarm.kind, alarm.sub) for alarm in alarms} <= {("self_harm", "thoughts"), ("report_violence", "")}


def test_an_alarm_of_the_rules_stands_as_it_is(local: LocalEngine, engine: PlainEngine) -> None:
    lines = (Path(__file__).parents[1] / "alarms.tsv").read_text(encoding="utf-8").splitlines()
    for text in (line.split("\t")[1] for line in lines):
        ruled, said = engine.parse(text, now=NOW), local.parse(text, now=NOW)
        if ruled.alarm:
            assert (said.alarm, said.intent) == (ruled.alarm, ruled.intent), text


def test_sayings_raise_few_alarms(local: LocalEngine) -> None:
    lines = (Path(__file__).parents[1] / "harmless.txt").read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if local.parse(line, now=NOW).alarm]
    print(f"{len(asked)} of {len(lines)} sayings that sound like danger are asked about")
    assert len(asked) <= 0.4 * len(lines)


def test_nothing_understood_is_unsure(local: LocalEngine) -> None:
    for text in ("", "¿?", "漢字", "bvcnm wrtpl dfghj"):
        best = local.parse(text, now=NOW).intent
        assert best.confidence < 0.6 or best.name in ("out_of_scope", "change_language")


def test_a_hint_of_a_trade_counts_where_the_model_reads_work(local: LocalEngine) -> None:
    text = "pasé nueve años en la cocina de un hotel, mire, y kisiera que me lo reconocieran"
    said = local.parse(text, now=NOW)
    trade = said.entity("trade")
    assert said.intent.name == "diagnose_skills"
    assert trade is not None
    assert (trade.value, text[trade.start : trade.end]) == ("everyday_cook", "cocina")


def test_json(local: LocalEngine) -> None:
    body = json.loads(
        json.dumps(local.parse("quisiera que me reconocieran lo de soldador en Tegus", now=NOW).to_json())
    )
    assert list(body) == ["text", "language", "intent", "intent_ranking", "entities", "safety"]
    chances = [intent["confidence"] for intent in body["intent_ranking"]]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_takes_anything(local: LocalEngine, text: str) -> None:
    said = local.parse(text, now=NOW)
    assert said == local.parse(text, now=NOW)
    assert said.intents
    assert len({intent.name for intent in said.intents}) == len(said.intents) <= 5
    assert all(isinstance(intent, Intent) and 0 <= intent.confidence <= 1 for intent in said.intents)
    for entity in said.entities:
        assert said.text[entity.start : entity.end] == entity.text


def test_takes_anything_long(local: LocalEngine) -> None:
    for piece in ("soldador en Xela ", "漢", "\u0301", "me quiero ", "san "):
        local.parse(piece * 20_000, now=NOW)


def _stretched(text: str) -> str:
    return " ".join(word + word[-1] * 3 if word[-1:] in "aeos" else word for word in text.split(" "))


def _slipped(text: str) -> str:
    """Two neighbouring letters of the longest word changed round, as thumbs do."""
    longest = max(text.split(), key=len)
    at = random.Random(text).randrange(1, max(2, len(longest) - 2))
    return text.replace(longest, longest[:at] + longest[at : at + 2][::-1] + longest[at + 2 :], 1)


@pytest.mark.parametrize(
    ("name", "change", "most"),
    [
        ("capitals", str.upper, 0.0),
        ("accents everywhere", lambda text: text.translate(ACCENTS), 0.0),
        ("stretched letters", _stretched, 0.06),
        ("an emoji after it", lambda text: f"{text} 🙏", 0.08),
        ("a greeting before it", lambda text: f"buenas tardes, {text}", 0.15),
        ("thanks after it", lambda text: f"{text}, gracias", 0.15),
        ("a slip of the thumbs", _slipped, 0.12),
    ],
)
def test_what_says_nothing_changes_little(
    local: LocalEngine, others: list[Row], name: str, change: Any, most: float
) -> None:
    """Of whole sentences; a greeting before «chao pues» does change it."""
    texts = [row.text for row in others if len(row.text.split()) >= 4]
    changed = [
        text
        for text in texts
        if local.parse(change(text), now=NOW).intent.name != local.parse(text, now=NOW).intent.name
    ]
    print(f"{name}: {len(changed)} of {len(texts)} read otherwise")
    assert len(changed) <= most * len(texts)


def test_is_quick(local: LocalEngine, engine: PlainEngine, trades: TradeNames) -> None:
    """The aim is 1 ms for half of the messages and 5 ms for 99 of 100, of the processor where others use it too."""
    texts = [row.text for row in read_rows(BLIND, engine.names, trades.order)]
    wall, cpu = _milliseconds(local, texts)
    print(f"ms median and 99th percentile: {_summary(wall)} by the clock, {_summary(cpu)} of the processor")
    assert median(cpu) < 3
    assert sorted(cpu)[int(0.99 * len(cpu))] < 15


def test_is_quick_on_a_long_message(local: LocalEngine, engine: PlainEngine, trades: TradeNames) -> None:
    long = " ".join(row.text for row in read_rows(BLIND, engine.names, trades.order))[:4_000]
    _, cpu = _milliseconds(local, [long] * 5)
    print(f"{median(cpu):.1f} ms of the processor for 4000 characters")
    assert median(cpu) < 60  # the aim is 20 ms


def _milliseconds(local: LocalEngine, texts: list[str]) -> tuple[list[float], list[float]]:
    """By the clock, and of this thread's processor time alone."""
    wall, cpu = [], []
    for text in texts:
        start, used = perf_counter(), thread_time()
        local.parse(text, now=NOW)
        cpu.append(1000 * (thread_time() - used))
        wall.append(1000 * (perf_counter() - start))
    return wall, cpu


def _summary(times: list[float]) -> str:
    return f"{median(times):.2f} and {sorted(times)[int(0.99 * len(times))]:.2f}"


_ASK = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
import yaml
from nlu.model.cache import load_or_train
from nlu.model.engine import LocalEngine
from nlu.places import Gazetteer
from nlu.plain import PlainEngine
from nlu.trades import TradeNames
content, cache = Path(sys.argv[1]), Path(sys.argv[2])
trades = TradeNames(yaml.safe_load((content / "trades.yml").read_text(encoding="utf-8"))["trades"])
plain = PlainEngine(trades, Gazetteer(json.loads((content / "geo.json").read_text(encoding="utf-8"))))
engine = LocalEngine(load_or_train(cache), plain)
for text in ("busco chamba", "what do you do here please", "x" * 20_000, "me siento mal " * 200):
    engine.parse(text, now=datetime(2026, 11, 22, tzinfo=UTC))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps({"peak_mb": int(status["VmHWM"].split()[0]) / 1024, "loaded": list(sys.modules)}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_memory_and_imports_of_a_process_that_only_asks(model: Model) -> None:
    command = [sys.executable, "-c", _ASK, str(CONTENT), str(PROJECT / CACHE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    answer = json.loads(done.stdout)
    print(f"{answer['peak_mb']:.0f} MB at most")
    assert not {"sklearn", "scipy", "joblib"} & set(answer["loaded"])
    assert answer["peak_mb"] < 150
