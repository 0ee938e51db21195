"""Places of assessment in the words of the copy: how far, from when, how to get there, what to bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from flows.agenda import Appointment, Centre
from flows.core.reply import Option
from flows.core.turn import Turn
from flows.fechas import day, lines, moment, own, soon
from flows.store import country, person

ROW, BELOW = 24, 72  # characters of a title in WhatsApp's lists, and of the line below it
ABOUT: Final = 5  # from 20 km on, distances are told in steps of so many
MAP: Final = "https://maps.google.com/?q={latitude:.5f},{longitude:.5f}"


def distance(turn: Turn, centre: Centre) -> str:
    """«a unos 12 km en línea recta», or that it is not known."""
    if centre.km is None:
        return turn.copy.common("distancia_no_se", {})
    km = round(centre.km)
    if km < 1:
        return turn.copy.common("distancia_aqui", {})
    return turn.copy.common("distancia", {"km": km if km < 4 * ABOUT else round(km / ABOUT) * ABOUT})


def option(turn: Turn, centre: Centre) -> Option:
    """A centre as a row: its name, how far, and since when there is room."""
    free = centre.next_day
    room = turn.copy.common("sede_desde", {"fecha": day(turn, free)}) if free else turn.copy.common("sede_llena", {})
    below = f"{own(distance(turn, centre)).capitalize()}. {own(room)}"
    if len(centre.name) <= ROW:
        return Option(centre.code, centre.name, below[:BELOW])
    return Option(centre.code, f"{centre.name[: ROW - 1].rstrip()}…", f"{centre.name}. {own(room)}"[:BELOW])


def options(turn: Turn, centres: Sequence[Centre]) -> Sequence[Option]:
    """Rows, of which no two have the same title."""
    rows = [option(turn, centre) for centre in centres]
    titles = [row.title for row in rows]
    return [
        row
        if titles.count(row.title) == 1
        else Option(row.id, f"{row.title[: ROW - 4].rstrip()} ({at})", row.description)
        for at, row in enumerate(rows, 1)
    ]


def name_of(centre: Centre) -> str:
    """«Centro de Formación, San Miguel»; the town once, where the name says it."""
    town = centre.municipality
    return f"{centre.name}, {town}" if town and town.lower() not in centre.name.lower() else centre.name


def whereabouts(centre: Centre) -> str:
    """Name, address and a link to the map: lines in no language."""
    link = ""
    if centre.latitude is not None and centre.longitude is not None:
        link = MAP.format(latitude=centre.latitude, longitude=centre.longitude)
    return lines(name_of(centre), centre.address, link)


def advice(turn: Turn, centre: Centre) -> str:
    """How to get there, what to bring, how accessible it is, whom to call: as far as staff said; "" if nothing."""
    known = {
        "sede_llegar": centre.directions,
        "sede_llevar": centre.bring,
        "sede_acceso": centre.accessibility,
        "sede_telefono": centre.phone,
    }
    return lines(*(turn.copy.common(key, {"dato": words}) for key, words in known.items() if words))


def is_abroad(turn: Turn, centre: Centre) -> bool:
    """Whether the hour needs its country beside it: the person's telephone, or the person, is of another one."""
    phone, here = person(turn).phone_country, country(turn)
    return (phone not in ("", centre.country)) or (here not in ("", centre.country))


def told(turn: Turn, at: datetime, centre: Centre, *, from_today: bool = False) -> str:
    """Day and hour at the centre; whose hour, where that is not plain."""
    words = (soon if from_today else moment)(turn, at, centre.zone)
    if not is_abroad(turn, centre):
        return words
    return turn.copy.common("hora_de", {"cuando": words, "pais": turn.copy.common(f"pais_{centre.country}", {})})


def facts(turn: Turn, appointment: Appointment) -> dict[str, object]:
    """What an appointment's texts tell of it."""
    return {
        "cuando": told(turn, appointment.starts_at, appointment.centre),
        "centro": name_of(appointment.centre),
    }
