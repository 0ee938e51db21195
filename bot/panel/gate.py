"""What stands before every address of the panel: session, second step, permission, form token."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from bot.panel import cookies, sessions
from bot.panel.cookies import Cookies
from bot.panel.render import Renderer
from bot.panel.roles import ANYBODY
from bot.panel.room import Action, Room
from bot.panel.services import PanelServices
from bot.panel.sessions import Reached, Staff
from bot.panel.visit import Refused, Visit, sized

FORM_FIELD: Final = "csrf"
FORM_HEADER: Final = "x-arraigo-csrf"
FETCH_HEADER: Final = "x-arraigo-fetch"  # a call by panel.js, which cannot follow a redirect to the login
LOGIN: Final = "/panel/entrar"
NEXT: Final = {Reached.KNOWN: "/panel/codigo", Reached.INSIDE: "/panel/cuenta/clave"}
MOST_FIELDS: Final = 400


class StaleForm(HTTPException):
    """403: the form was not written for this session; most often the page was open too long."""

    def __init__(self) -> None:
        super().__init__(403, "stale form")


@dataclass(frozen=True, slots=True)
class Gate:
    """Shared by all addresses."""

    services: PanelServices
    render: Renderer
    rooms: Sequence[Room]
    cookies: Cookies


class Door:
    """The ASGI application of one address."""

    def __init__(self, gate: Gate, action: Action) -> None:
        self.gate, self.action = gate, action

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if not sized(request.path_params.values()):
            raise HTTPException(404)
        token = self.gate.cookies.read(request, cookies.SESSION)
        guest = await self.known(token)
        response = self.turned_away(request, guest) or await self.answer(request, guest, token)
        await response(scope, receive, send)

    async def known(self, token: str) -> Staff | None:
        """Who holds this session; notes now and then that it is in use."""
        if not token:
            return None
        services, now = self.gate.services, self.gate.services.deps.clock()
        guest = await services.database.read(lambda c: sessions.find(c, services.secret, token, now))
        if guest is not None and now - guest.last_seen_at >= sessions.TOUCH:
            session_id = guest.session_id
            await services.database.write(lambda c: sessions.touch(c, session_id, now))
        return guest

    def turned_away(self, request: Request, guest: Staff | None) -> Response | None:
        """Where to go instead: the login, the second step, the new password. Raises `Refused`."""
        if self.action.permission == ANYBODY:
            return None
        if guest is None:
            return self.to_login(request)
        if guest.reached < self.action.since:
            return RedirectResponse(NEXT[guest.reached], 303)
        if not guest.may(self.action.permission):
            raise Refused
        return None

    def to_login(self, request: Request) -> Response:
        if FETCH_HEADER in request.headers:
            return Response(status_code=401)
        path = request.url.path
        wanted = f"?sig={quote(path)}" if request.method == "GET" and path != "/panel/" else ""
        response = RedirectResponse(LOGIN + wanted, 303)
        if self.gate.cookies.read(request, cookies.SESSION):
            self.gate.cookies.drop(response, cookies.SESSION)
            self.gate.cookies.write(response, cookies.FLASH, "entrada.sesion_terminada")
        return response

    async def answer(self, request: Request, guest: Staff | None, token: str) -> Response:
        """Let the room answer. Without a session, forms are tied to a cookie of their own."""
        gate = self.gate
        before = "" if guest else gate.cookies.read(request, cookies.BEFORE)
        tied = token if guest else before or sessions.new_token()
        csrf = sessions.csrf_of(gate.services.secret, tied)
        now = gate.services.deps.clock()
        visit = Visit(request, gate.services, gate.render, gate.rooms, gate.cookies, now, guest, csrf)
        if self.action.method == "POST":
            response = await self.submitted(visit)
        else:
            response = await self.action.handler(visit)
        if not guest and not before:
            gate.cookies.write(response, cookies.BEFORE, tied)
        return response

    async def submitted(self, visit: Visit) -> Response:
        """A POST, once its token has been compared. Uploads are closed afterwards."""
        request = visit.request
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise StaleForm
        async with request.form(max_files=5, max_fields=MOST_FIELDS) as form:
            given = request.headers.get(FORM_HEADER) or _text(form, FORM_FIELD)
            if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
                raise StaleForm
            return await self.action.handler(replace(visit, form=form))


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
