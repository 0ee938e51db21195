"""The places of the three countries: departments, municipalities, El Salvador's districts, and what is near."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

FAR_KM = 60.0  # beyond this from every place, a person is abroad or at sea
_FAR_DEGREES = 1.0
_BORROWED_KM = {"point": 0.0, "municipality": 8.0, "department": 20.0}  # how far off a borrowed centre may be
_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Place:
    """A department, a municipality or a Salvadoran district; the parts that are narrower than it are "".

    `precision` says where `lat`, `lng` come from: "point" (its own), "municipality" or "department" (their
    centre, for want of its own), "" (none known).
    """

    country: str  # SV, GT, HN
    department: str
    municipality: str
    district: str
    name: str
    lat: float | None
    lng: float | None
    id: str  # SV/San Salvador Norte/Guazapa, SV/San Salvador Norte, GT/Petén/Flores, GT/Petén
    precision: str

    @property
    def level(self) -> str:
        """department, municipality or district."""
        if self.district:
            return "district"
        return "municipality" if self.municipality else "department"

    def to_json(self) -> dict[str, str]:
        """The value of a `place` entity."""
        body = {"country": self.country, "department": self.department, "municipality": self.municipality}
        return body | {"district": self.district, "name": self.name, "id": self.id}


def places(geo: Mapping[str, Any]) -> Iterator[Place]:
    """Every place of `geo.json`: departments, then their municipalities, each with its districts."""
    for country, content in geo["paises"].items():
        for department in content["departamentos"]:
            yield from _department(country, department)


def _department(country: str, department: Mapping[str, Any]) -> Iterator[Place]:
    name, (lat, lng) = department["nombre"], department["centro"]
    centre = (lat, lng)
    yield Place(country, name, "", "", name, lat, lng, f"{country}/{name}", "point")
    for municipality in department["municipios"]:
        districts = municipality.get("distritos", ())
        town = municipality["nombre"]
        town_id = f"{country}/{town}" if districts else f"{country}/{name}/{town}"
        point = _point(municipality, centre, "department")
        yield Place(country, name, town, "", town, point[0], point[1], town_id, point[2])
        middle = (point[0], point[1]) if point[2] == "point" else centre
        borrowed = "municipality" if point[2] == "point" else "department"
        for district in districts:
            own, part = _point(district, middle, borrowed), district["nombre"]
            yield Place(country, name, town, part, part, own[0], own[1], f"{town_id}/{part}", own[2])


def _point(entry: Mapping[str, Any], otherwise: tuple[float, float], whose: str) -> tuple[float, float, str]:
    if "lat" in entry:
        return entry["lat"], entry["lng"], "point"
    return otherwise[0], otherwise[1], whose


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great-circle distance between two points (latitude, longitude in degrees)."""
    south, north = radians(a[0]), radians(b[0])
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))


class Atlas:
    """Every place of the three countries, by its id, by what it belongs to, and by where it lies."""

    def __init__(self, geo: Mapping[str, Any]) -> None:
        """`geo` as in `geo.json`."""
        self.places = tuple(places(geo))
        self._by_id = {place.id: place for place in self.places}

    def by_id(self, place_id: str) -> Place | None:
        """The place of that id, or None."""
        return self._by_id.get(place_id)

    def departments(self, country: str) -> list[Place]:
        """The departments of SV, GT or HN."""
        return [place for place in self.places if place.country == country and place.level == "department"]

    def municipalities(self, country: str, department: str) -> list[Place]:
        """The municipalities of a department (by its exact name)."""
        return [
            place
            for place in self.places
            if (place.country, place.department, place.level) == (country, department, "municipality")
        ]

    def districts(self, country: str, department: str, municipality: str) -> list[Place]:
        """The districts of a Salvadoran municipality; elsewhere there are none."""
        return [
            place
            for place in self.places
            if place.district
            and (place.country, place.department, place.municipality) == (country, department, municipality)
        ]

    def nearest(self, lat: float, lng: float, n: int = 3) -> list[tuple[Place, float]] | None:
        """The nearest municipalities and districts with the distance in km, or None if all are over 60 km away.

        A place without coordinates of its own stands at the centre of its municipality or department (see
        `Place.precision`) and comes after those that are known to be about as near.
        """
        around = [
            (place, kilometres((lat, lng), (place.lat, place.lng)))
            for place in self.places
            if place.lat is not None
            and place.lng is not None
            and place.level == ("district" if place.country == "SV" else "municipality")
            and abs(place.lat - lat) < _FAR_DEGREES
            and abs(place.lng - lng) < _FAR_DEGREES
        ]
        around.sort(key=lambda pair: pair[1] + _BORROWED_KM[pair[0].precision])
        return around[:n] if around and min(km for _, km in around) <= FAR_KM else None
