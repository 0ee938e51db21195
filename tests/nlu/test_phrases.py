"""Patterns find what they say, and a pattern that cannot be read is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.phrases import BREAK, END, START, BadPattern, Phrases, sounds


def found(pattern: str, text: str) -> bool:
    phrases: Phrases[str] = Phrases()
    phrases.add(pattern, "it")
    return bool(phrases.find([START, *sounds(text.split()), END]))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("me (quiero|voy a) matar", "hoy me voy a matar", True),
        ("me (quiero|voy a) matar", "me kiero matar", True),
        ("me (quiero|voy a) matar", "me voy matar", False),
        ("[ya] no aguanto", "no aguanto", True),
        ("[ya] no aguanto", "ya no aguanto", True),
        ("a … b", "a b", True),
        ("a … b", "a x y z b", True),
        ("a … b", "a x y z w b", False),
        ("suicid*", "suisidarme", True),
        ("^ hola $", "hola", True),
        ("^ hola $", "hola señor", False),
        ("(uno|(dos|tres) cuatro) cinco", "tres cuatro cinco", True),
        ("(uno|(dos|tres) cuatro) cinco", "dos cinco", False),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert found(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["", "(a", "a)", "[a]", "(a|)", "()", "s*", "¿", "(a]"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        Phrases[None]().add(pattern, None)


def test_a_break_is_passed_over_and_counted() -> None:
    phrases: Phrases[str] = Phrases()
    phrases.add("a b", "it")
    (hit,) = phrases.find(["x", "a", BREAK, "b"])
    assert (hit.start, hit.end) == (1, 4)


@given(st.lists(st.sampled_from(["a", "b", "c", BREAK, "x"]), max_size=30))
def test_finds_the_same_again(words: list[str]) -> None:
    phrases: Phrases[str] = Phrases()
    for pattern in ("a … b", "(a|b) c", "a [b] a"):
        phrases.add(pattern, pattern)
    assert phrases.find(words) == phrases.find(words)
