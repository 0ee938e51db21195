"""«Personas»: finding somebody by telephone, code or name, and the page of one person."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection
from starlette.responses import Response

from bot.panel.casework.page import piecemeal
from bot.panel.room import Nav, Room, get, post
from bot.panel.rooms import people_join, people_write
from bot.panel.rooms.people_found import Elsewhere, found
from bot.panel.visit import Visit
from bot.people import finding, merging, record
from bot.people.finding import Result

SOUGHT: Final = 120  # characters


async def search(visit: Visit) -> Response:
    """The question alone: what is typed goes by POST, for a telephone or a name is no part of an address."""
    return visit.page("personas/buscar.html", sought="", result=None)


async def results(visit: Visit) -> Response:
    """Whom it means. One alone is opened; of several, each that is listed was looked at."""
    sought = visit.field("buscar", SOUGHT)

    def look(connection: Connection) -> Result:
        deps = visit.services.deps
        result = finding.find(connection, deps.cipher, deps.hasher, sought, visit.staff.country)
        visit.audit(connection, "person.searched", "contacts", None, {"by": result.by, "found": len(result.people)})
        if len(result.people) != 1 or result.more:
            for person in result.people:
                visit.audit(connection, "person.listed", "contacts", person.id)
        return result

    result = await visit.write(look)
    if len(result.people) == 1 and not result.more:
        return visit.go(f"/personas/{result.people[0].id}")
    return visit.page("personas/buscar.html", sought=sought, result=result)


async def one(visit: Visit) -> Response:
    """Everything that this person may see of that one; each look is in the log."""
    return await page(visit)


async def page(visit: Visit, numbers: list[str] | None = None) -> Response:
    def look(connection: Connection) -> dict[str, Any]:
        row = found(connection, visit)
        visit.audit(connection, "person.seen", "contacts", row["id"])
        cases = visit.may("cases.read")
        newest = merging.undoable(connection, row["id"], visit.now)
        return {
            "person": record.read(connection, visit.services.deps.cipher, row, cases=cases),
            "undoable": newest["id"] if newest else None,
        }

    try:
        seen = await visit.write(look)
    except Elsewhere as other:
        return visit.go(f"/personas/{other}")
    return visit.page("personas/una.html", numbers=numbers, **people_write.choices(visit, seen["person"]), **seen)


async def phone(visit: Visit) -> Response:
    """The telephone number, on a tap: who looked at it is in the log."""

    def look(connection: Connection) -> list[str]:
        row = found(connection, visit)
        visit.audit(connection, "person.phone_seen", "contacts", row["id"])
        return record.phones(connection, visit.services.deps.cipher, row["id"])

    numbers = await visit.write(look)
    if piecemeal(visit):
        return visit.page("personas/telefono.html", numbers=numbers)
    return await page(visit, numbers)


ROOM: Final = Room(
    "personas",
    (
        get("/personas", "people.read", search),
        post("/personas", "people.read", results),
        get("/personas/{id:int}", "people.read", one),
        post("/personas/{id:int}/telefono", "people.phone", phone),
        *people_write.ACTIONS,
        *people_join.ACTIONS,
    ),
    nav=(Nav("/personas", "personas.titulo", "people.read", 14, "atencion"),),
)
