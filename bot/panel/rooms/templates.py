"""«Plantillas»: what may leave after WhatsApp's 24 hours, and what its reviewers said of each."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from bot.approvals import kept
from bot.panel.room import Nav, Room, get
from bot.panel.visit import Visit
from flows import plantillas


async def listing(visit: Visit) -> Response:
    """Every template that is written: what keeps messages from leaving comes first."""
    forms = plantillas.written()
    found = await visit.read(lambda connection: kept.standing(connection, None, forms))
    ordered = sorted(found, key=lambda one: (one.state == kept.APPROVED, one.name))
    rows = [(one, forms[one.name]) for one in ordered]
    return visit.page("plantillas/lista.html", rows=rows, missing=sum(one.state != kept.APPROVED for one in found))


ROOM: Final = Room(
    "plantillas",
    (get("/plantillas", "templates.read", listing),),
    nav=(Nav("/plantillas", "plantillas.menu", "templates.read", 32, "textos"),),
)
