"""Crisis and protection lines by country: which may be shown, and what is shown meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.content.files import FOLDER, need, read

FILE = "crisis_lines.yml"


@dataclass(frozen=True, slots=True)
class Line:
    """A telephone line. Not to be shown before staff have called and signed it (`signed`: date and name)."""

    number: str | None  # None: a line is wanted and none was found
    who: str
    purposes: tuple[str, ...]
    hours: str | None
    state: str  # verificado, confirmar, inseguro: how sure the source is
    source: str
    note: str | None
    signed: str | None


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines. Short numbers mean different things in different countries: always look within one country."""

    by_country: Mapping[str, tuple[Line, ...]]
    by_case: Mapping[str, Mapping[str, tuple[str, ...]]]  # case -> country -> numbers, the first one first
    fallback: Mapping[str, tuple[str, ...]]  # country -> numbers, while no line of the case is signed
    abroad: Mapping[str, tuple[str, ...]]  # country, or "otro" -> the general number, where no line is known


def load_lines(folder: Path = FOLDER) -> Lines:
    """The lines. Raises `ContentError`."""
    body = read(FILE, folder)
    countries = need(body, "lineas", FILE)
    cases = need(body, "prioridad_por_caso", FILE)
    return Lines(
        by_country={code: tuple(_line(row, f"{FILE}: {code}") for row in countries[code]) for code in countries},
        by_case={case: _numbers(cases[case]) for case in cases},
        fallback=_numbers(need(body, "respaldo", FILE)),
        abroad=_numbers(need(body, "fuera", FILE)),
    )


def _numbers(by_country: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {code: tuple(str(number) for number in by_country[code]) for code in by_country}


def _line(row: Mapping[str, Any], where: str) -> Line:
    number = row.get("num")
    where = f"{where}: {need(row, 'quien', where)}"
    return Line(
        number=None if number is None else str(number),
        who=row["quien"],
        purposes=tuple(need(row, "para", where)),
        hours=row.get("horario"),
        state=need(row, "estado", where),
        source=need(row, "fuente", where),
        note=row.get("nota"),
        signed=row.get("staff_verificado"),
    )
