"""What a person wishes, as far as the words of one message tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flows.catalogo import DOORS, Door
from flows.fechas import ANY_DAY, READINGS
from nlu.dates import names_day
from nlu.understanding import OUT_OF_SCOPE, Intent, Understanding

SURE: Final = 0.6  # of an intent, before it may lead away from the question on screen
CERTAIN: Final = 1.0
APPOINTMENTS: Final = ("cita", "mi_cita")


def wanted(understanding: Understanding) -> Intent:
    """What is wished, if that is sure enough. A greeting before it is politeness; a Mayan language says it itself."""
    if understanding.language == "myn" and understanding.heard.clear:
        return Intent("change_language", CERTAIN)
    greeted = understanding.intent.name == "greet"
    sure = [intent for intent in understanding.intents if intent.confidence >= SURE]
    after = next((intent for intent in sure if intent.name in DOORS), None) if greeted else None
    if not sure and understanding.language == "myn":
        return Intent("change_language", SURE)
    return after or next(iter(sure), Intent(OUT_OF_SCOPE, 0.0))


def told(door: Door, understanding: Understanding) -> Door:
    """The door with what the message already answers, so that it is not asked again."""
    if door.flow == "idioma":
        return replace(door, answers=language_told(understanding))
    if door.flow in APPOINTMENTS:
        return replace(door, answers={**door.answers, **_trade_told(understanding), **_where_and_when(understanding)})
    return replace(door, answers=_trade_told(understanding)) if door.flow == "diagnostico" else door


def _trade_told(understanding: Understanding) -> dict[str, str]:
    trade = understanding.entity("trade")
    if trade is None:
        return {}
    if trade.alternatives:
        return {"entre": "|".join([trade.value, *trade.alternatives])}
    return {"oficio": trade.value}


def _where_and_when(understanding: Understanding) -> dict[str, str]:
    """The place and the day that a wish names, as answers of the flow `cita`."""
    place, time = understanding.entity("place"), understanding.entity("time")
    where = {"lugar": place.value["id"], "dicho": "si"} if place else {}
    loose = "" if names_day(understanding.text) else ANY_DAY
    return where | ({"cuando": READINGS.join((f"{loose}{time.value}", *time.alternatives))} if time else {})


def language_told(understanding: Understanding) -> dict[str, str]:
    """The language that the writer names, or writes in where that is not Spanish, as answers of the flow `idioma`."""
    heard = understanding.heard
    written = heard.variant or heard.language if heard.language in ("en", "myn") else ""
    sure = "si" if heard.speaks or heard.clear else "no"
    code = heard.speaks or written
    return {"idioma": code, "seguro": sure} if code else {}


def comes_back(understanding: Understanding | None) -> bool:
    """Whether somebody who said BAJA plainly wants to talk again."""
    return bool(
        understanding
        and understanding.intent.confidence >= SURE
        and (understanding.intent.name in DOORS or understanding.intent.name == "greet")
    )


def greets(understanding: Understanding | None) -> bool:
    """Whether a message opens or closes a conversation, and asks nothing."""
    return understanding is not None and understanding.intent.name in ("greet", "affirm", "goodbye")
