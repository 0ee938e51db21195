"""How old the person is, as a band: asked once, before anything about work."""

from __future__ import annotations

import re

from flows.core.ask import Choice
from flows.core.said import Said
from flows.core.step import Done, Flow, Next
from flows.core.turn import Turn
from flows.store import UNDER_18, person, store
from nlu.text import normalise, number

flow = Flow("edad")

ADULT = 18
BANDS = (("18_24", 18), ("25_34", 25), ("35_44", 35), ("45_59", 45), ("60_plus", 60))


def band_of(age: int) -> str | None:
    """The band of an age in years; None where it is no age of a living person."""
    if not 5 <= age <= 110:
        return None
    return next((band for band, least in reversed(BANDS) if age >= least), UNDER_18)


def _years(turn: Turn, said: Said) -> str | None:
    """An age in a sentence: «tengo 34 años», «treinta y cuatro», «nací en 1985». Never somebody else's."""
    words, around = normalise(said.text).split(), turn.copy.heading("edad", "rango")
    if not set(around["de_otros"]).isdisjoint(words):
        return None
    digits = re.findall(r"\d+", " ".join(words))
    years = [int(figure) for figure in digits if len(figure) == 4]
    if len(years) == 1:
        bands = {band_of(turn.now.year - years[0] - passed) for passed in (0, 1)}  # before the birthday, or after it
        return bands.pop() if len(bands) == 1 else None
    alone = number(" ".join(word for word in words if word not in around["alrededor"]))
    age = int(digits[0]) if len(digits) == 1 and len(digits[0]) <= 3 and int(digits[0]) >= ADULT else alone
    if age is not None and not set(around["todavia_no"]).isdisjoint(words):
        age -= 1
    return band_of(age) if age is not None else None


@flow.gate
def inicio(turn: Turn) -> Next:
    known = "" if turn.answers.get("de_nuevo") else person(turn).age_band
    return Done(known) if known else rango


@flow.step(Choice(*(band for band, _ in BANDS), UNDER_18, hears=_years))
def rango(turn: Turn, band: str) -> Next:
    store(turn).set_age_band(band)
    return Done(band)
