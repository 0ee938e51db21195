"""The panel as routes for the web application: every room's addresses behind the gate, and its error pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Message, Receive, Scope, Send

from bot.panel.cookies import Cookies
from bot.panel.gate import Door, Gate, StaleForm
from bot.panel.render import Renderer
from bot.panel.room import Room
from bot.panel.rooms import ROOMS
from bot.panel.services import PanelServices
from bot.web.errors import AWAY_SECONDS
from bot.web.pages import FOR_EVER, REVALIDATE
from db.database import DatabaseAway

HEADERS: Final = {
    b"cache-control": b"no-store",
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    b"permissions-policy": b"geolocation=(), camera=(), microphone=(), payment=()",
    b"x-robots-tag": b"noindex, nofollow",
}
TOLD: Final = frozenset({400, 403, 404, 405, 409, 413, 500, 503})  # statuses with a page of their own


def panel_routes(services: PanelServices, rooms: Sequence[Room] = ROOMS) -> list[BaseRoute]:
    """For `create_app(extra=…)`."""
    return [Route("/panel", _to_the_door), Mount("/panel", app=Panel(services, rooms))]


async def _to_the_door(_: Request) -> Response:
    return RedirectResponse("/panel/", 308)


class Panel:
    """The ASGI application below `/panel`."""

    def __init__(self, services: PanelServices, rooms: Sequence[Room]) -> None:
        self.render = Renderer(services.zone)
        gate = Gate(services, self.render, rooms, Cookies(services.https))
        routes = [
            Route(action.path, Door(gate, action), methods=[action.method]) for room in rooms for action in room.actions
        ]
        self.router = Router([Route("/static/{version}/{name}", self.static), *routes], redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Private(send)
        try:
            await self.router(scope, receive, answer)
        except HTTPException as error:
            stale = isinstance(error, StaleForm)
            await self.error(error.status_code, stale=stale)(scope, receive, answer)
        except DatabaseAway:
            await self.error(503)(scope, receive, answer)
        except Exception:
            if not answer.begun:
                await self.error(500)(scope, receive, answer)
            raise  # the edge logs it

    def error(self, status: int, *, stale: bool = False) -> Response:
        """The page for this status: says what to do, and nothing of what was asked for."""
        told = status if status in TOLD else 500 if status >= 500 else 400
        headers = {"Retry-After": str(AWAY_SECONDS)} if status == 503 else {}
        key = "formulario" if stale else str(told)
        return HTMLResponse(self.render("error_panel.html", key=key), status, headers)

    async def static(self, request: Request) -> Response:
        """The panel's own style and script."""
        file = self.render.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        current = request.path_params["version"] == self.render.version
        return file.respond(request, FOR_EVER if current else REVALIDATE)


class Private:
    """The way out: headers that keep pages about people out of caches, frames and search engines."""

    __slots__ = ("begun", "send")

    def __init__(self, send: Send) -> None:
        self.send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = list(message.get("headers", ()))
            present = {name.lower() for name, _ in own}
            own += [(name, value) for name, value in HEADERS.items() if name not in present]
            message = {**message, "headers": own}
        await self.send(message)
