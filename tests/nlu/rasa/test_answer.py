"""What Rasa says is read as a stranger's words: a proper ranking, or an error that says what is wrong."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.rasa.answer import BadAnswer, UnknownIntent, read
from nlu.understanding import Intent
from tests.fakes.rasa import parsed

KNOWN = {"greet", "thanks", "self_harm"}
TEXT = "hola, ¿qué tal?"
GOOD: dict[str, Any] = json.loads(parsed(TEXT, greet=0.9, thanks=0.1))


def body(**changed: Any) -> bytes:
    return json.dumps(GOOD | changed).encode()


def test_a_ranking_is_read_best_first_and_other_names_are_left_out() -> None:
    answer = read(parsed(TEXT, greet=0.7, weather=0.2, thanks=0.1), TEXT, KNOWN)
    assert answer == ((Intent("greet", 0.7), Intent("thanks", 0.1)), False)


def test_rasas_own_doubt_is_told_apart() -> None:
    assert read(parsed(TEXT, unsure=True, greet=0.2), TEXT, KNOWN) == ((Intent("greet", 0.2),), True)


def test_a_best_intent_that_nobody_knows_is_another_models() -> None:
    with pytest.raises(UnknownIntent):
        read(parsed(TEXT, weather=0.9, greet=0.1), TEXT, KNOWN)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\xff\xfe",
        b"<html>Bad gateway</html>",
        body()[:-3],
        b"[" * 100_000,
        b"null",
        b"[]",
        body(text="otra cosa"),
        body(intent=None),
        body(intent={"name": "thanks", "confidence": 0.9}),
        body(intent_ranking=[]),
        body(intent_ranking={}),
        body(intent_ranking=[{"name": "greet"}]),
        body(intent_ranking=[{"name": 7, "confidence": 0.9}]),
        body(intent_ranking=[{"name": "greet", "confidence": "0.9"}]),
        body(intent_ranking=[{"name": "greet", "confidence": True}]),
        body(intent_ranking=[{"name": "greet", "confidence": 1.5}]),
        body(intent_ranking=[{"name": "greet", "confidence": -0.1}]),
        body(intent_ranking=[{"name": "greet", "confidence": float("nan")}]),
        body(intent_ranking=[{"name": "greet", "confidence": 0.1}, {"name": "thanks", "confidence": 0.9}]),
        body(intent={"name": "nlu_fallback", "confidence": 0.3}, intent_ranking=[]),
    ],
)
def test_anything_else_is_refused_without_a_word_of_it(wrong: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(wrong, TEXT, KNOWN)
    assert TEXT not in str(caught.value)
    assert "otra cosa" not in str(caught.value)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([*KNOWN, "nlu_fallback"]),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", *GOOD, "name", "confidence"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_whatever_comes_gives_a_ranking_or_a_bad_answer(anything: bytes) -> None:
    with suppress(BadAnswer):
        answer = read(anything, TEXT, KNOWN)
        assert {intent.name for intent in answer.intents} <= KNOWN
        assert all(0 <= intent.confidence <= 1 for intent in answer.intents)
