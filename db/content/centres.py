"""The centres of an installation on which the program is only tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from db.content.files import FOLDER, need, read

FILE = "centres.yml"


@dataclass(frozen=True, slots=True)
class TrialCentre:
    """Where a centre is known to be, more or less. `name` and `directions` say that it is there to try the program."""

    code: str
    country: str
    name: str
    directions: str
    latitude: float
    longitude: float


def load_centres(folder: Path = FOLDER) -> tuple[TrialCentre, ...]:
    """Every one. Raises `ContentError`."""
    body = read(FILE, folder)
    name, notice = need(body, "nombre", FILE), need(body, "aviso", FILE)
    return tuple(
        TrialCentre(
            need(row, "id", FILE),
            need(row, "pais", FILE),
            name.format(lugar=need(row, "lugar", FILE)),
            notice,
            need(row, "lat", FILE),
            need(row, "lng", FILE),
        )
        for row in need(body, "sedes", FILE)
    )
