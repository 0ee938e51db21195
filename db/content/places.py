"""Departments, municipalities and districts, and the institutions that serve people there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.content.files import FOLDER, need, read

GEO, INSTITUTIONS = "geo.json", "institutions.yml"

Point = tuple[float, float] | None  # latitude, longitude


@dataclass(frozen=True, slots=True)
class District:
    """An old municipality of El Salvador, by whose name people still know it."""

    name: str
    point: Point


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality of today."""

    name: str
    point: Point
    districts: tuple[District, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """A department. `code` is ISO 3166-2."""

    country: str
    code: str
    name: str
    point: Point
    municipalities: tuple[Municipality, ...]


@dataclass(frozen=True, slots=True)
class Institution:
    """Somebody who helps. `caveats`: what is to be asked before relying on it."""

    code: str
    country: str  # SV, GT, HN, regional
    name: str
    kind: str
    services: tuple[str, ...]
    source: str
    confidence: str
    caveats: tuple[str, ...]


def load_geo(folder: Path = FOLDER) -> Mapping[str, Any]:
    """The gazetteer's file as it is."""
    body: Mapping[str, Any] = read(GEO, folder)
    return body


def load_departments(folder: Path = FOLDER) -> list[Department]:
    """All departments with what lies in them. Raises `ContentError`."""
    return list(_departments(need(load_geo(folder), "paises", GEO)))


def _departments(countries: Mapping[str, Any]) -> Iterator[Department]:
    for country, body in countries.items():
        for row in need(body, "departamentos", f"{GEO}: {country}"):
            name = need(row, "nombre", f"{GEO}: {country}")
            where = f"{GEO}: {country}: {name}"
            latitude, longitude = need(row, "centro", where)
            inside = tuple(_municipality(each, where) for each in need(row, "municipios", where))
            yield Department(country, need(row, "iso_3166_2", where), name, (latitude, longitude), inside)


def _municipality(row: Mapping[str, Any], where: str) -> Municipality:
    name = need(row, "nombre", where)
    districts = (District(need(each, "nombre", f"{where}: {name}"), _point(each)) for each in row.get("distritos", ()))
    return Municipality(name, _point(row), tuple(districts))


def _point(row: Mapping[str, Any]) -> Point:
    latitude, longitude = row.get("lat"), row.get("lng")
    return None if latitude is None or longitude is None else (latitude, longitude)


def load_institutions(folder: Path = FOLDER) -> list[Institution]:
    """All institutions. Raises `ContentError`."""
    return [_institution(row) for row in need(read(INSTITUTIONS, folder), "instituciones", INSTITUTIONS)]


def _institution(row: Mapping[str, Any]) -> Institution:
    code = need(row, "id", INSTITUTIONS)
    where = f"{INSTITUTIONS}: {code}"
    return Institution(
        code=code,
        country=need(row, "pais", where),
        name=need(row, "nombre", where),
        kind=need(row, "tipo", where),
        services=tuple(need(row, "servicios", where)),
        source=need(row, "fuente", where),
        confidence=need(row, "conf", where),
        caveats=tuple(row.get("ojo", ())),
    )
