"""`/archivos/{token}/mis-datos.txt`: a person's copy of their data, behind a link that works for a day."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.web.errors import error_response
from bot.web.services import Offered

PATH: Final = "/archivos/{token}/mis-datos.txt"
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
        token: str = request.path_params["token"]
        content = await self.offered(token) if _TOKEN.fullmatch(token) else None
        if content is None:
            return error_response(request.scope, 404, headers=_HEADERS)
        headers = {**_HEADERS, "Content-Disposition": 'attachment; filename="mis-datos.txt"'}
        response = Response(content, media_type="text/plain", headers=headers)
        if request.method == "HEAD":
            response.body = b""
        return response
