"""«Casos»: the inbox of facilitators, a case's page, and the pieces of both that keep themselves fresh."""

from __future__ import annotations

import gzip
from typing import Any, Final

from sqlalchemy import Connection, select
from starlette.responses import HTMLResponse, Response

from bot.cases.errors import NoSuchCase
from bot.cases.policy import REASONS
from bot.cases.reading import Case, find
from bot.panel.casework import files, queue
from bot.panel.casework.live import MOST, Live
from bot.panel.casework.page import piecemeal, shown
from bot.panel.casework.queue import Filters
from bot.panel.roles import COUNTRIES, LANGUAGES
from bot.panel.room import Nav, Room, Slot, get, post
from bot.panel.rooms import case_work
from bot.panel.visit import Visit
from db.tables import covers

CODE: Final = 20
MOST_PAGES: Final = 200
STREAM: Final = "text/event-stream"


async def listing(visit: Visit) -> Response:
    """Everything that waits, in groups."""
    return visit.page("casos/lista.html", **await listed(visit))


async def list_piece(visit: Visit) -> Response:
    """The list alone, compressed: it is fetched often, by phones with a bad line, and holds no form's token."""
    page = visit.page("casos/grupos.html", **await listed(visit))
    if "gzip" not in visit.request.headers.get("accept-encoding", ""):
        return page
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(gzip.compress(bytes(page.body), 5), headers=headers)


async def listed(visit: Visit) -> dict[str, Any]:
    filters, page = Filters.of(visit), min(visit.number("hoja") or 1, MOST_PAGES)

    def read(connection: Connection) -> tuple[queue.Inbox, bool]:
        return queue.inbox(connection, visit.staff, filters, visit.now, page), away(connection, visit)

    inbox, is_away = await visit.read(read)
    choices = {"languages": LANGUAGES, "countries": COUNTRIES, "reasons": tuple(REASONS)}
    asked = filters.address() | ({"hoja": str(page)} if page > 1 else {})
    return {"inbox": inbox, "filters": filters, "asked": asked, "away": is_away, **choices}


def away(connection: Connection, visit: Visit) -> bool:
    """Whether this person is marked as away, so that nothing is alerted to them."""
    mine = select(covers.c.id).where(covers.c.user_id == visit.staff.id)
    now = mine.where(covers.c.starts_at <= visit.now, covers.c.ends_at > visit.now)
    return connection.scalar(now.limit(1)) is not None


async def closed(visit: Visit) -> Response:
    """The ones that are over."""
    cases = await visit.read(lambda c: queue.closed(c, visit.staff))
    return visit.page("casos/cerrados.html", cases=cases)


async def by_code(visit: Visit) -> Response:
    """To the case of a code, as alerts and people name it."""
    code = visit.query("codigo", CODE).upper()
    try:
        case: Case = await visit.read(lambda c: find(c, code))
    except NoSuchCase:
        return visit.go("/casos", "casos.sin_codigo")
    return visit.go(f"/casos/{case.id}")


async def one(visit: Visit) -> Response:
    """A case: what was said, who the person is, what can be done."""
    return await shown(visit, opened=not piecemeal(visit))


async def events(visit: Visit) -> Response:
    """What changes, as server-sent events; 503 where too many pages are open, and the page asks every so often."""
    if STREAM not in visit.request.headers.get("accept", ""):  # somebody opened the address itself
        return visit.go("/casos")
    hub = visit.services.live
    if hub.open >= MOST:
        return Response(status_code=503, headers={"Retry-After": "60"})
    return Live(hub, visit.staff.country, visit.number("caso"))


ROOM: Final = Room(
    "casos",
    (
        get("/casos", "cases.read", listing),
        get("/casos/lista", "cases.read", list_piece),
        get("/casos/cerrados", "cases.read", closed),
        get("/casos/buscar", "cases.read", by_code),
        get("/casos/eventos", "cases.read", events),
        get("/casos/{id:int}", "cases.read", one),
        get("/casos/{id:int}/archivos/{media:int}", "cases.words", files.one),
        *(post(f"/casos/{{id:int}}/{name}", permission, handler) for name, permission, handler in case_work.ACTIONS),
    ),
    nav=(Nav("/casos", "casos.titulo", "cases.read", 10, "atencion"),),
    slots=(
        Slot("/casos", "casos.hoy_urgentes", "cases.read", queue.count_urgent, urgent=True),
        Slot("/casos?mios=si", "casos.hoy_esperan", "cases.work", queue.count_waiting, urgent=True),
        Slot("/casos", "casos.hoy_sin_tomar", "cases.read", queue.count_free),
    ),
)
