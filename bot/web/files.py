"""`/archivos/{token}/mis-datos.txt` and its like: a file for one person, behind a link that works for a while."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.web.errors import error_response
from bot.web.services import Offered

PATH: Final = "/archivos/{token}/{name}"
_TYPES: Final = {"mis-datos.txt": "text/plain", "cita.ics": "text/calendar", "constancia.pdf": "application/pdf"}
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


class OfferedFile:
    """GET and HEAD: a messenger's servers fetch it too, to hand it on. Who has the link has the file."""

    def __init__(self, offered: Offered) -> None:
        self.offered = offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.respond(Request(scope))
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """The file, or the page for an address that is not there: never, not any more and no token look alike."""
        token, name = request.path_params["token"], request.path_params["name"]
        known = name in _TYPES and _TOKEN.fullmatch(token)
        content = await self.offered(token) if known else None
        if content is None:
            return error_response(request.scope, 404, headers=_HEADERS)
        headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        response = Response(content, media_type=_TYPES[name], headers=headers)
        if request.method == "HEAD":
            response.body = b""
        return response
