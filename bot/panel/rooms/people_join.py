"""Two records of one person, joined in «Personas» and parted again."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection
from starlette.responses import Response

from bot.panel.room import get, post
from bot.panel.rooms.people_found import Elsewhere, found
from bot.panel.visit import Conflict, Missing, Visit
from bot.people import finding, merging, record
from bot.people.errors import Gone, PersonError, SameRecord

CODE: Final = 40  # characters


async def compare(visit: Visit) -> Response:
    """Which other record? Then both side by side, to see that they are one person, and which one is kept."""
    other = visit.query("con", CODE)

    def look(connection: Connection) -> tuple[Any, Any]:
        row = found(connection, visit)
        two = _other(connection, visit, other) if other else None
        if two is not None and two.id == row["id"]:
            raise SameRecord
        return _shown(connection, visit, row["id"]), _shown(connection, visit, two.id) if two else None

    try:
        one, two = await visit.write(look)
    except Elsewhere as elsewhere:
        return visit.go(f"/personas/{elsewhere}/unir")
    except PersonError as error:
        return visit.go(f"/personas/{visit.path_id()}/unir", error.key)
    return visit.page("personas/unir.html", 404 if other and two is None else 200, one=one, two=two, sought=other)


def _other(connection: Connection, visit: Visit, code: str) -> finding.Found | None:
    return finding.by_code(connection, visit.services.deps.cipher, code, visit.staff.country)


def _shown(connection: Connection, visit: Visit, contact_id: int) -> record.Record:
    visit.audit(connection, "person.seen", "contacts", contact_id)
    row = record.found(connection, contact_id, visit.staff.country)
    return record.read(connection, visit.services.deps.cipher, row, cases=visit.may("cases.read"))


async def join(visit: Visit) -> Response:
    """From now on they are one."""
    kept = visit.field("queda")

    def store(connection: Connection) -> int:
        row, other = found(connection, visit), _record(connection, visit, visit.field("otra"))
        both = {str(row["id"]): row, str(other["id"]): other}
        if kept not in both:
            raise Conflict
        if record.state_of(row) != visit.field("estado") or record.state_of(other) != visit.field("estado_otra"):
            raise Conflict
        dropped = next((each["id"] for name, each in both.items() if name != kept), int(kept))
        deps = visit.services.deps
        note = merging.merge(connection, deps.cipher, deps.hasher, int(kept), dropped, visit.staff.id, visit.now)
        detail = {"merge": note, "kept": int(kept), "dropped": dropped}
        for contact_id in (int(kept), dropped):
            visit.audit(connection, "person.joined", "contacts", contact_id, detail)
        return int(kept)

    try:
        contact_id = await visit.write(store)
    except PersonError as error:
        return visit.go(f"/personas/{visit.path_id()}/unir", error.key)
    return visit.go(f"/personas/{contact_id}", "personas.unida")


def _record(connection: Connection, visit: Visit, written: str) -> Any:
    if not written.isascii() or not written.isdigit() or len(written) > 18:
        raise Missing
    try:
        return record.found(connection, int(written), visit.staff.country)
    except Gone:
        raise Missing from None


async def part(visit: Visit) -> Response:
    """They were two people after all."""

    def store(connection: Connection) -> None:
        row, deps = found(connection, visit), visit.services.deps
        merge_id = visit.path_id("union")
        newest = merging.undoable(connection, row["id"], visit.now)
        if newest is None or newest["id"] != merge_id:
            raise Conflict
        kept, dropped = merging.undo(connection, deps.cipher, deps.hasher, merge_id, visit.staff.id, visit.now)
        for contact_id in (kept, dropped):
            visit.audit(connection, "person.parted", "contacts", contact_id, {"merge": merge_id})

    await visit.write(store)
    return visit.go(f"/personas/{visit.path_id()}", "personas.separada")


ACTIONS: Final = (
    get("/personas/{id:int}/unir", "people.merge", compare),
    post("/personas/{id:int}/unir", "people.merge", join),
    post("/personas/{id:int}/separar/{union:int}", "people.merge", part),
)
