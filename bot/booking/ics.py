"""An appointment as a calendar entry (RFC 5545): place and hour, and nothing that tells what it is about."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from bot.booking.appointments import Appointment
from bot.booking.places import Place

NAME: Final = "cita.ics"
ALARMS: Final = ("-P1D", "-PT2H")  # before the beginning
LINE: Final = 75  # octets, without the line's end (3.1)
_WORDS: Final = Path(__file__).with_name("palabras.toml")


@cache
def words() -> dict[str, str]:
    """What is written in the entry."""
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))


def entry(appointment: Appointment, place: Place, origin: tuple[str, int], made_at: datetime) -> bytes:
    """The file of one appointment.

    `origin`: code of the first appointment that this one took the place of, and after how many changes, as
    `bot.booking.appointments.origin` tells: the entry of a changed appointment takes the place of the one before it.
    Times are in UTC (form 2 of 3.3.5): telephones show them in their own zone, and no time zone has to be described.
    """
    return b"".join(map(_folded, _lines(appointment, place, origin, made_at)))


def _lines(appointment: Appointment, place: Place, origin: tuple[str, int], made_at: datetime) -> Iterator[str]:
    code, changes = origin
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Arraigo//Cita//ES", "CALSCALE:GREGORIAN", "BEGIN:VEVENT")
    yield f"UID:{code.lower()}@arraigo.invalid"
    yield f"SEQUENCE:{changes}"
    yield f"DTSTAMP:{_moment(made_at)}"
    yield f"DTSTART:{_moment(appointment.starts_at)}"
    yield f"DTEND:{_moment(appointment.ends_at)}"
    yield f"SUMMARY:{_text(words()['cita'])}"
    yield f"LOCATION:{_text(', '.join(filter(None, [place.name, place.address, place.municipality])))}"
    if place.point:
        yield f"GEO:{place.point[0]:.6f};{place.point[1]:.6f}"
    yield from ("STATUS:CONFIRMED", "CLASS:PRIVATE", "TRANSP:OPAQUE")
    for before in ALARMS:
        alarm = (f"TRIGGER:{before}", f"DESCRIPTION:{_text(words()['aviso'])}")
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", *alarm, "END:VALARM")
    yield from ("END:VEVENT", "END:VCALENDAR")


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A value as 3.3.11 has it."""
    plain = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(plain.splitlines())


def _folded(line: str) -> bytes:
    """A content line in pieces of at most `LINE` octets, never within a character."""
    pieces, piece = list[bytes](), b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > LINE:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
