"""«Hoy»: what waits for this person, as each room counts it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection
from starlette.responses import Response

from bot.panel.room import Nav, Room, Slot, get
from bot.panel.visit import Visit


async def today(visit: Visit) -> Response:
    """The first page after the login."""
    slots = [slot for room in visit.rooms for slot in room.slots if visit.may(slot.permission)]

    def count(connection: Connection) -> list[tuple[Slot, int]]:
        counted = [(slot, slot.count(connection, visit.staff, visit.now)) for slot in slots]
        return sorted(counted, key=lambda one: (not one[1], not one[0].urgent))  # nothing comes last

    hour = visit.now.astimezone(visit.services.zone).hour
    greeting = "inicio.dias" if 4 <= hour < 12 else "inicio.tardes" if 12 <= hour < 19 else "inicio.noches"
    return visit.page("inicio/hoy.html", greeting=greeting, counts=await visit.read(count))


ROOM: Final = Room(
    "inicio",
    (get("/", "home", today),),
    nav=(Nav("/", "inicio.titulo", "home", 0),),
)
