"""Rasa ranks intents, and nothing else: danger, exact words, language and entities are the local engine's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.plain import PlainEngine
from nlu.rasa.answer import Answer
from nlu.rasa.breaker import Breaker
from nlu.rasa.client import RasaClient
from nlu.rasa.engine import DANGER, Heard, RasaEngine, Waiting
from nlu.understanding import Alarm, Intent, Understanding
from tests.fakes.rasa import FakeRasa, http, parsed

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
ALARMS = Path(__file__).parents[1] / "alarms.tsv"
VAGUE = "fijese que vengo de Xela y le hago a la soldadura"


def heard(engine: PlainEngine, text: str, *, unsure: bool = False, **chances: float) -> Understanding:
    answer = Answer(tuple(Intent(name, chance) for name, chance in chances.items()), unsure)
    return Heard(engine, engine, text, answer).parse(text, now=NOW)


def test_the_ranking_is_rasas_and_the_rest_is_ours(engine: PlainEngine) -> None:
    ours = engine.parse(VAGUE, now=NOW)
    got = heard(engine, VAGUE, training=0.8, find_job=0.1)
    assert [intent.name for intent in got.intents] == ["training", "find_job"]
    assert (got.language, got.alarm) == (ours.language, None)
    assert [(one.entity, one.start) for one in got.entities] == [("trade", 40), ("place", 20)]


def test_where_rasa_doubts_our_own_reading_stands(engine: PlainEngine) -> None:
    assert heard(engine, VAGUE, unsure=True, training=0.2) == engine.parse(VAGUE, now=NOW)


def test_a_known_phrase_is_never_read_otherwise(engine: PlainEngine) -> None:
    exact = engine.parse("menú", now=NOW)
    assert exact.intent.confidence == 1.0
    assert heard(engine, "menú", goodbye=0.99) == exact


def test_another_text_is_not_what_was_asked_about(engine: PlainEngine) -> None:
    about = Heard(engine, engine, VAGUE, Answer((Intent("training", 0.9),), False))
    assert about.parse("busco trabajo de soldador", now=NOW) == engine.parse("busco trabajo de soldador", now=NOW)


def test_what_rasa_alone_holds_for_danger_is_asked_about_gently(engine: PlainEngine) -> None:
    got = heard(engine, VAGUE, find_job=0.4, self_harm=DANGER / 2, report_violence=DANGER / 2 + 0.01)
    assert got.alarm == Alarm("report_violence", "", False, "rasa")
    assert got.intent.name == "find_job"
    doubtful = heard(engine, VAGUE, unsure=True, self_harm=DANGER)
    assert doubtful.alarm == Alarm("self_harm", "thoughts", False, "rasa")


def test_too_little_danger_is_neither_asked_about_nor_taken_for_the_wish(engine: PlainEngine) -> None:
    got = heard(engine, VAGUE, self_harm=DANGER - 0.1, find_job=0.2)
    assert got == engine.parse(VAGUE, now=NOW)


def test_a_saying_is_no_danger(engine: PlainEngine) -> None:
    hungry = "ando que me muero de hambre y ocupo trabajo"
    assert engine.knows_saying(hungry)
    assert heard(engine, hungry, self_harm=0.99) == engine.parse(hungry, now=NOW)


CRIES = [
    text for line in ALARMS.read_text("utf-8").splitlines() if line for text in [line.split("\t")[1]] if text.strip()
]


@given(st.sampled_from(CRIES), st.dictionaries(st.sampled_from(["greet", "goodbye", "deny"]), st.floats(0, 1)))
def test_no_answer_of_rasas_takes_an_alarm_back(engine: PlainEngine, cry: str, chances: dict[str, float]) -> None:
    ours = engine.parse(cry, now=NOW)
    if ours.alarm:
        answer = Answer(tuple(Intent(*one) for one in chances.items()) or (Intent("greet", 1.0),), False)
        assert Heard(engine, engine, cry, answer).parse(cry, now=NOW) == ours


async def test_nobody_in_danger_waits_for_rasa_nor_who_says_what_we_know(engine: PlainEngine) -> None:
    async with FakeRasa() as rasa:
        client = RasaClient(rasa.url, "", engine.names, Breaker(time.monotonic))
        remote = RasaEngine(engine, engine, client)
        for text in ("me quiero matar", "ya no aguanto", "menú", "2", "34", "👍", ""):
            assert await remote.foresee(text, NOW) is engine
        assert rasa.asked == []
        assert (await remote.foresee(VAGUE, NOW)).parse(VAGUE, now=NOW).intent.name == "greet"
        assert (rasa.asked, rasa.tokens) == ([VAGUE], [[]])
        rasa.behave = lambda text: http(b"", 500)
        assert await remote.foresee(VAGUE, NOW) is engine
        await client.close()


@pytest.mark.parametrize("text", ["¿\"qué'\\ tal?\n\t\x00 ñandú 👍🏽 \ud7ff", "x" * 10_000])
async def test_any_text_arrives_as_it_is(engine: PlainEngine, text: str) -> None:
    async with FakeRasa(lambda text: http(parsed(text, find_job=0.9))) as rasa:
        client = RasaClient(rasa.url, "", engine.names, Breaker(time.monotonic))
        assert await client.ask(text)
        await client.close()
    assert rasa.asked == [text]


def test_for_a_command_it_waits(engine: PlainEngine) -> None:
    with asyncio.Runner() as runner:
        rasa = FakeRasa(lambda text: http(parsed(text, training=0.9)))
        runner.run(rasa.__aenter__())
        client = RasaClient(rasa.url, "", engine.names, Breaker(time.monotonic))
        assert Waiting(RasaEngine(engine, engine, client), runner).parse(VAGUE, now=NOW).intent.name == "training"
        runner.run(client.close())
        runner.run(rasa.__aexit__())
