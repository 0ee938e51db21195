"""The places of the three countries as plain values: departments, municipalities, El Salvador's districts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

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
    name, centre = department["nombre"], tuple(department["centro"])
    yield Place(country, name, "", "", name, *centre, f"{country}/{name}", "point")
    for municipality in department["municipios"]:
        districts = municipality.get("distritos", ())
        town = municipality["nombre"]
        town_id = f"{country}/{town}" if districts else f"{country}/{name}/{town}"
        point = _point(municipality, centre, "department")
        yield Place(country, name, town, "", town, *point[:2], town_id, point[2])
        middle = point[:2] if point[2] == "point" else centre
        borrowed = "municipality" if point[2] == "point" else "department"
        for district in districts:
            own, part = _point(district, middle, borrowed), district["nombre"]
            yield Place(country, name, town, part, part, *own[:2], f"{town_id}/{part}", own[2])


def _point(entry: Mapping[str, Any], otherwise: tuple[Any, ...], whose: str) -> tuple[float, float, str]:
    if "lat" in entry:
        return entry["lat"], entry["lng"], "point"
    return otherwise[0], otherwise[1], whose


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great-circle distance between two points (latitude, longitude in degrees)."""
    south, north = radians(a[0]), radians(b[0])
    half = sin((north - south) / 2) ** 2
    half += cos(south) * cos(north) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))
