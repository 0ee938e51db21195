"""The plain engine on labelled messages, in the shape that every engine gives."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.plain import PlainEngine
from nlu.understanding import Alarm, Engine, Entity, Intent, Understanding
from nlu.words import DATA

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
EXAMPLES = [
    line.split("\t") for line in (Path(__file__).parent / "examples.tsv").read_text(encoding="utf-8").splitlines()
]


def test_the_thirty_two_intents(engine: PlainEngine) -> None:
    assert len(engine.names) == 32
    labels = {intent for _, intent, _, _ in EXAMPLES}
    assert labels == set(engine.names)


def test_labelled_examples(engine: PlainEngine) -> None:
    """These were written with the rules, so the figure says that nothing broke, not how good the engine is."""
    wrong = [
        (text, intent, got)
        for text, intent, _, _ in EXAMPLES
        if (got := engine.parse(text, now=NOW).intent.name) != intent
    ]
    share = 1 - len(wrong) / len(EXAMPLES)
    print(f"intent accuracy {share:.3f} on {len(EXAMPLES)} known examples; wrong: {wrong}")
    assert share >= 0.97


def test_trades_and_places_of_the_examples(engine: PlainEngine) -> None:
    right: Counter[str] = Counter()
    for text, _, trade, place in EXAMPLES:
        understanding = engine.parse(text, now=NOW)
        named, where = understanding.entity("trade"), understanding.entity("place")
        right["trade"] += (named.value if named else "-") == trade
        right["place"] += place in (where.value.values() if where else ["-"])
    print({name: f"{count / len(EXAMPLES):.3f}" for name, count in right.items()})
    assert min(right.values()) >= 0.97 * len(EXAMPLES)


def test_alarms_of_the_examples(engine: PlainEngine) -> None:
    for text, intent, _, _ in EXAMPLES:
        alarm = engine.parse(text, now=NOW).alarm
        assert (alarm.kind if alarm else "") == (intent if intent in ("self_harm", "report_violence") else ""), text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        *(
            ("MENU", "menu"),
            ("baja", "opt_out"),
            ("ALTA", "opt_in"),
            ("atrás", "go_back"),
            ("persona", "human_handoff"),
        ),
        *(("borrar", "delete_data"), ("ayuda", "menu"), ("cuánto cuesta", "ask_certification"), ("Hola!", "greet")),
    ],
)
def test_a_bare_command_is_certain(engine: PlainEngine, text: str, intent: str) -> None:
    assert engine.parse(text, now=NOW).intents == (Intent(intent, 1.0),)


def test_nothing_understood_is_out_of_scope_and_unsure(engine: PlainEngine) -> None:
    best = engine.parse("zzz qqq xyzzy", now=NOW).intent
    assert best.name == "out_of_scope"
    assert best.confidence < 0.5


def test_entities_say_where_they_stand(engine: PlainEngine) -> None:
    text = "¡Ando buscando chamba de Soldadora en Xela!"
    understanding = engine.parse(text, country="GT", now=NOW)
    trade, place = understanding.entity("trade"), understanding.entity("place")
    assert trade is not None
    assert place is not None
    assert (trade.value, text[trade.start : trade.end]) == ("structural_welder", "Soldadora")
    assert (place.value["municipality"], text[place.start : place.end]) == ("Quetzaltenango", "Xela")
    assert understanding.entity("time") is None


def test_a_name_of_two_trades_offers_the_other(engine: PlainEngine) -> None:
    trade = engine.parse("soy electricista", now=NOW).entity("trade")
    assert trade is not None
    assert (trade.value, trade.alternatives) == ("housing_electrician", ("industrial_electrician",))


def test_json(engine: PlainEngine) -> None:
    body = json.loads(json.dumps(engine.parse("quiero evaluarme como soldador en Tegus", now=NOW).to_json()))
    assert list(body) == ["text", "language", "intent", "intent_ranking", "entities", "safety"]
    assert body["intent"] == body["intent_ranking"][0]
    assert set(body["intent"]) == {"name", "confidence"}
    assert body["safety"] is None
    assert {entity["entity"] for entity in body["entities"]} == {"trade", "place"}
    assert {"country", "department", "municipality", "name"} <= set(body["entities"][1]["value"])


def test_json_of_an_alarm() -> None:
    alarm = Alarm("self_harm", "now", True, "rule")
    entity = Entity("trade", "carpenter", "framer", 0, 6, ("drywall_installer",))
    body = Understanding("framer", "es", (Intent("self_harm", 0.97),), (entity,), alarm).to_json()
    assert body["safety"] == "self_harm"
    assert body["entities"][0]["alternatives"] == ["drywall_installer"]


def test_an_alarm_goes_first_whatever_else_is_said(engine: PlainEngine) -> None:
    understanding = engine.parse("busco trabajo de soldador, ya no quiero vivir", now=NOW)
    assert understanding.intent.name == "self_harm"
    assert understanding.entity("trade") is not None
    assert any(intent.name == "find_job" for intent in understanding.intents)


@pytest.mark.parametrize(
    "text", ["kiero q me evaluen travaje 8 años d drywoler en jiuston", "ando buscando chamba", "hola"]
)
def test_is_quick(engine: PlainEngine, text: str) -> None:
    times = []
    for _ in range(60):
        start = perf_counter()
        engine.parse(text, now=NOW)
        times.append(perf_counter() - start)
    print(f"{median(times) * 1000:.2f} ms median: {text}")
    assert median(times) < 0.01  # the aim is 0.001 s on a quiet machine


@given(st.text(max_size=300))
def test_takes_anything(engine: PlainEngine, text: str) -> None:
    understanding = engine.parse(text, now=NOW)
    assert understanding.intents
    for entity in understanding.entities:
        assert understanding.text[entity.start : entity.end] == entity.text


def test_takes_anything_long(engine: PlainEngine) -> None:
    for piece in ("soldador en Xela ", "漢", "\u0301", "me quiero ", "san "):
        engine.parse(piece * 20_000, now=NOW)


def test_is_an_engine(engine: PlainEngine) -> None:
    anything: Engine = engine
    assert anything.parse("hola", now=NOW).text == "hola"


def test_everything_unreviewed_is_marked() -> None:
    for name in ("safety", "intents", "trades", "places", "words"):
        assert tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))["revisado"] == ""
