"""Reads what Rasa's `/model/parse` answers, as strictly as a stranger's words."""

from __future__ import annotations

import json
from collections.abc import Collection
from itertools import pairwise
from typing import Any, NamedTuple

from nlu.understanding import Intent

UNSURE = "nlu_fallback"  # what Rasa's FallbackClassifier calls a message that no intent fits
_RANKED = 10  # of Rasa's list; its own default
_SLACK = 1e-3  # floats of a model may pass 1 by a hair


class BadAnswer(ValueError):
    """Not what `/model/parse` gives for this text; the message says what is wrong, never what anybody wrote."""


class UnknownIntent(BadAnswer):
    """The best reading is an intent that the conversations do not know: an older or another model."""


class Answer(NamedTuple):
    """`intents` best first, never empty. `unsure`: Rasa itself would not go by them."""

    intents: tuple[Intent, ...]
    unsure: bool


def read(body: bytes, text: str, known: Collection[str]) -> Answer:
    """The answer about `text`; names that are not `known` are left out. Raises `BadAnswer`."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise BadAnswer("no JSON") from None
    if not isinstance(answer, dict) or answer.get("text") != text:
        raise BadAnswer("an answer to another text")
    ranking = answer.get("intent_ranking")
    if not isinstance(ranking, list) or not ranking:
        raise BadAnswer("no ranking of intents")
    intents = [_intent(item) for item in ranking[: _RANKED + 1]]
    best = _intent(answer.get("intent")).name
    named = [intent for intent in intents if intent.name != UNSURE]
    if not named or best not in (UNSURE, named[0].name):
        raise BadAnswer("the ranking does not begin with the intent")
    if named[0].name not in known:
        raise UnknownIntent("an unknown intent")
    if any(low.confidence < high.confidence for low, high in pairwise(named)):
        raise BadAnswer("the ranking is in no order")
    return Answer(tuple(intent for intent in named if intent.name in known), best == UNSURE)


def _intent(item: Any) -> Intent:
    name = item.get("name") if isinstance(item, dict) else None
    confidence = item.get("confidence") if isinstance(item, dict) else None
    if not isinstance(name, str) or not isinstance(confidence, int | float) or isinstance(confidence, bool):
        raise BadAnswer("no name or no confidence")
    if not 0.0 <= confidence <= 1.0 + _SLACK:  # NaN is refused as well
        raise BadAnswer("a confidence beyond 0 and 1")
    return Intent(name, min(float(confidence), 1.0))
