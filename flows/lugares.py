"""Where an assessment is looked for: the person's place, one that they name or share, or only a country."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flows.agenda import Centre
from flows.core.said import Said
from flows.core.turn import Turn
from flows.horarios import WHEN, when
from flows.store import agenda, country, person, world
from flows.ubicacion import COUNTRIES, described

PLACE, POINT, COUNTRY = "lugar", "punto", "pais"
"""Answers of the flow `cita`: an id of the gazetteer, «latitude,longitude», a country."""
BY_WORDS: Final = "dicho"  # a place was named: the nearest centre is meant, if it is there
SAID_PLACE, SAID_WHEN = "=lugar", "=cuando"  # answers in words to another question than the one on screen
SURE: Final = 0.9  # of a place within a message
NEAR_KM: Final = 30.0  # a centre so near is «there», for who names a town


def country_of_search(turn: Turn) -> str:
    """SV, GT or HN; "" while it is not known."""
    answers = turn.answers
    place = answers.get(PLACE) or ("" if COUNTRY in answers else person(turn).place)
    found = place.partition("/")[0] or answers.get(COUNTRY) or country(turn)
    return found if found in COUNTRIES else ""


def centres(turn: Turn, trade: str) -> Sequence[Centre] | None:
    """Those that assess a trade, nearest first; None where even the country is not known."""
    here = country_of_search(turn)
    if not here:
        return None
    answers = turn.answers
    if POINT in answers:
        latitude, longitude = map(float, answers[POINT].split(","))
        return agenda(turn).centres(trade, point=(latitude, longitude), country=here)
    place = answers.get(PLACE) or ("" if COUNTRY in answers else person(turn).place)
    return agenda(turn).centres(trade, place=place, country=here)


def place_said(turn: Turn, said: Said, *, anywhere: bool = False) -> bool:
    """Keep the place that is named or shared; only one of the country of the search, if not `anywhere`."""
    if said.location:
        return _shared(turn, *said.location)
    understanding = said.understanding
    if not said.text.strip() or (understanding and understanding.intent.name == "thanks"):
        return False  # «Gracias» is a town in Honduras
    gazetteer, here = world(turn).gazetteer, country_of_search(turn)
    named = [match for match in gazetteer.mentioned(said.text, here or None) if match.score >= SURE]
    if anywhere and not named:
        named = list(gazetteer.find(said.text, here or None))
    fits = [match.place for match in named if anywhere or not here or match.place.country == here]
    if fits:
        turn.answers[PLACE] = fits[0].id
        turn.answers.pop(POINT, None)
    return bool(fits)


def _shared(turn: Turn, latitude: float, longitude: float) -> bool:
    around = world(turn).gazetteer.nearest(latitude, longitude, n=1)
    if not around:
        return False
    turn.answers.pop(PLACE, None)
    turn.answers.update({POINT: f"{latitude:.4f},{longitude:.4f}", COUNTRY: around[0][0].country})
    return True


def noted(turn: Turn, said: Said) -> str | None:
    """Keep a place, a shared location, a day or an hour that is named; which of them it was."""
    words = when(turn, said.text, world(turn).zone)
    if words:
        turn.answers[WHEN] = words
    if place_said(turn, said):
        turn.answers[BY_WORDS] = "si"
        return SAID_PLACE
    return SAID_WHEN if words else None


def place_words(turn: Turn) -> str:
    """The place of the search, as a person says it; "" if it was shared, or is not known."""
    place = world(turn).gazetteer.by_id(turn.answers.get(PLACE, ""))
    return described(place) if place else ""


def is_there(turn: Turn, centre: Centre) -> bool:
    """Whether a centre is where the person named, or near enough to be meant."""
    place = world(turn).gazetteer.by_id(turn.answers.get(PLACE, ""))
    if place and centre.municipality and centre.municipality in (place.municipality, place.name):
        return True
    return centre.km is not None and centre.km <= NEAR_KM
