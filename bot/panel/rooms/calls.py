"""«Llamadas»: who asked to be called, by the hour and in the language that they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Final

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from bot.cases import reading
from bot.cases.reading import Case
from bot.panel.casework.facts import which_number
from bot.panel.roles import LANGUAGES
from bot.panel.room import Nav, Room, Slot, get
from bot.panel.sessions import Staff
from bot.panel.visit import Visit
from db.tables import handoffs
from flows.contacto import HOURS

NOW: Final = "ahora"
ASLEEP: Final = "pospuestas"
GROUPS: Final = (NOW, *HOURS, "otras", ASLEEP)
SHOWN: Final = 200


async def listing(visit: Visit) -> Response:
    """Those who can be called now first, then by the hour they chose."""
    language = visit.query("idioma") if visit.query("idioma") in LANGUAGES else ""
    wanted = [handoffs.c.wants == "call"]

    def read(connection: Connection) -> tuple[list[Case], set[int]]:
        cases = reading.queue(connection, visit.now, visit.staff.country, SHOWN, wanted)
        return cases, {case.id for case in cases if which_number(connection, case) == "ninguno"}

    cases, numberless = await visit.read(read)
    spoken = [case for case in cases if language in ("", case.call_language or case.language or "es")]
    groups = by_hour(spoken, visit.now, visit.now.astimezone(visit.services.zone).time())
    return visit.page(
        "llamadas/lista.html", groups=groups, numberless=numberless, language=language, languages=LANGUAGES
    )


def by_hour(cases: Sequence[Case], now: datetime, local: time) -> Mapping[str, Sequence[Case]]:
    """In the order of `GROUPS`, empty ones left out."""
    groups: dict[str, list[Case]] = {name: [] for name in GROUPS}
    for case in cases:
        groups[_group(case, now, local)].append(case)
    return {name: found for name, found in groups.items() if found}


def _group(case: Case, now: datetime, local: time) -> str:
    if case.snoozed_until is not None and case.snoozed_until > now:
        return ASLEEP
    hours = case.call_hours or case.safe_hours or "cualquiera"
    if hours not in HOURS:
        return "otras"
    begins, ends = HOURS[hours]
    return NOW if begins <= local < ends else hours


def count_calls(connection: Connection, staff: Staff, now: datetime) -> int:
    """Calls that nobody has taken yet."""
    query = select(func.count()).where(handoffs.c.state == "open", handoffs.c.wants == "call")
    return connection.scalar(query.where(*reading.within(staff.country))) or 0


ROOM: Final = Room(
    "llamadas",
    (get("/llamadas", "cases.read", listing),),
    nav=(Nav("/llamadas", "llamadas.titulo", "cases.read", 12, "atencion"),),
    slots=(Slot("/llamadas", "llamadas.hoy_llamadas", "cases.work", count_calls),),
)
