"""National holidays, on which nobody of the team works unless a shift says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from db.content.files import COUNTRIES, FOLDER, ContentError, need, read

FILE = "holidays.yml"


@dataclass(frozen=True, slots=True)
class Holiday:
    """`verified`: the source names this very day. Others are to be confirmed each year."""

    country: str
    day: date
    name: str
    source: str
    verified: bool


def load_holidays(folder: Path = FOLDER) -> tuple[Holiday, ...]:
    """Every holiday. Raises `ContentError`."""
    body = read(FILE, folder)
    sources = need(body, "fuentes", FILE)
    found = []
    for number, row in enumerate(need(body, "feriados", FILE), 1):
        where = f"{FILE}: row {number}"
        country, day = need(row, "pais", where), need(row, "dia", where)
        if country not in COUNTRIES or not isinstance(day, date):
            raise ContentError(f"{where}: a country of ours and a day such as 2026-09-15 are needed")
        source = need(sources, need(row, "fuente", where), where)
        found.append(Holiday(country, day, need(row, "nombre", where), source, row.get("conf") == "V"))
    return tuple(found)
