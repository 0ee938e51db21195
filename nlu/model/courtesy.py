"""Each example once more with a greeting before it or thanks after it, which must not change what it wants."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.model.examples import Example
from nlu.words import load

_COURTESIES = load("concepts.toml")["cortesias"]
_OPENINGS: list[str] = _COURTESIES["principio"]
_CLOSINGS: list[str] = _COURTESIES["final"]
_IS_COURTESY = frozenset({"greet", "thanks", "goodbye", "affirm", "deny"})  # here the courtesy is what is said
_CLOSED = 3  # every third one gets thanks, the others a greeting


def politely(examples: Sequence[Example]) -> list[Example]:
    """The examples, and after them a polite copy of each whose intent is no courtesy itself."""
    plain = [example for example in examples if example.intent not in _IS_COURTESY]
    return [*examples, *(_polite(example, at) for at, example in enumerate(plain))]


def _polite(example: Example, at: int) -> Example:
    turn, closed = divmod(at, _CLOSED)
    if closed == _CLOSED - 1:
        return example._replace(text=f"{example.text} {_CLOSINGS[turn % len(_CLOSINGS)]}")
    return example._replace(text=f"{_OPENINGS[turn % len(_OPENINGS)]} {example.text}")
