"""Where a person lives, as a record keeps it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from db.tables import departments, municipalities
from nlu.geography import Place
from nlu.places import Gazetteer

SURE = 0.97  # of a match by words


def columns(connection: Connection, place: Place) -> dict[str, Any]:
    """The columns of `contacts` for a place of the gazetteer."""
    municipality = connection.scalar(
        select(municipalities.c.id)
        .join(departments)
        .where(departments.c.country == place.country, departments.c.name == place.department)
        .where(municipalities.c.name == place.municipality)
    )
    return {
        "country": place.country,
        "department": place.department,
        "district": place.district or None,
        "municipality_id": municipality,
        "place": place.id,
    }


def meant(gazetteer: Gazetteer, text: str, country: str) -> list[Place]:
    """The places of a country that a text may mean: one where it is plain, none where it is not understood."""
    found = [match for match in gazetteer.find(text, country) if match.place.country == country]
    sure = [match.place for match in found if match.score >= SURE]
    return sure[:8] if sure else [match.place for match in found[:8]]


def label(place: Place) -> str:
    """«Guazapa, San Salvador Norte», «Flores, Petén»; of a department its name."""
    around = {"district": place.municipality, "municipality": place.department}.get(place.level)
    return f"{place.name}, {around}" if around else place.name
