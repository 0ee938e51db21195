"""The language of short messages, the same on every run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.language import language_of

CASES = {
    "es": [
        "hola",
        "ok",
        "👍",
        "",
        "albañil",
        "grax",
        "kiero trabajo",
        "¿cuánto cuesta?",
        "trabajé en drywall",
        "drywall",
        "busco chamba de welder",
        "mi boss no me pagó",
        "hablo mam",
        "necesito un part time",
    ],
    "en": [
        "english please",
        "I need a job",
        "is this a scam?",
        "how much does it cost",
        "can i talk to a person",
        "hello",
        "my husband hits me",
        "I worked ten years as a welder",
        "stop texting me",
    ],
    "myn": ["saqarik", "Maltyox", "chjonte", "saqarik nan"],
    "other": ["Привет, как дела", "你好你好", "bonjour, je suis ici", "preciso de trabalho, estou aqui"],
}


@pytest.mark.parametrize(("text", "language"), [(text, name) for name, texts in CASES.items() for text in texts])
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_words_that_nobody_listed_go_to_the_detector() -> None:
    assert language_of("unemployment figures rising quickly throughout neighbourhoods everywhere") == "en"
    assert language_of("cosechas perdidas, caminos cerrados, familias enteras caminando") == "es"


@given(st.text(max_size=200))
def test_takes_anything(text: str) -> None:
    assert language_of(text) in {"es", "en", "myn", "other"}
