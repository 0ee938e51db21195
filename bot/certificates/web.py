"""`/verificar/{code}`: whether a certificate is real, for anybody who holds it. No link leads from here to the chat.

Served at the public address; where a verification address of its own is set, nothing else answers there, so that who
checks a document learns nothing of the programme's other work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.certificates.papers import Papers
from bot.certificates.pdf import day
from bot.certificates.verification import Verified
from bot.web.limits import Buckets, Rate, network
from bot.web.templating import render
from bot.web.webchat import caller

PATH: Final = "/verificar"
RATE: Final = Rate(per_second=1.0, burst=60)  # an employer's office shares one address; nobody guesses 80 bits
LONGEST: Final = 64
HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

Lookup = Callable[[str], Awaitable[Verified | None]]


@dataclass(frozen=True, slots=True)
class Verification:
    """The two addresses."""

    lookup: Lookup
    papers: Papers
    buckets: Buckets

    def routes(self) -> list[BaseRoute]:
        return [Route(PATH, self.ask), Route(PATH + "/{code}", self.answer)]

    async def ask(self, request: Request) -> Response:
        """The page where a code is typed; it leads to the code's own address."""
        written = request.query_params.get("codigo", "").strip()[:LONGEST]
        if written:
            return RedirectResponse(f"{PATH}/{quote(written, safe='')}", 303, HEADERS)
        return self._page(200, found=None, asked=False)

    async def answer(self, request: Request) -> Response:
        if seconds := self.buckets.take(network(caller(request.scope))):
            return HTMLResponse(status_code=429, headers={**HEADERS, "Retry-After": str(int(seconds) + 1)})
        found = await self.lookup(request.path_params["code"][:LONGEST])
        return self._page(200 if found else 404, found=found, asked=True)

    def _page(self, status: int, *, found: Verified | None, asked: bool) -> Response:
        facts: Mapping[str, str] = {}
        if found:
            facts = {"trade": self.papers.trade_name(found.trade, found.country), "day": day(found.issued_on)}
        page = render("verificar.html", found=found, asked=asked, facts=facts, issuer=self.papers.issuer, path=PATH)
        return HTMLResponse(page, status, HEADERS)


class OnlyVerification:
    """ASGI middleware: at the verification address, nothing but the check answers."""

    def __init__(self, app: ASGIApp, address: str, public_url: str) -> None:
        own, public = urlsplit(address).netloc.lower(), urlsplit(public_url).netloc.lower()
        self.app, self.host = app, own if own != public else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = scope["type"] == "http" and self.host and Headers(scope=scope).get("host", "").lower() == self.host
        if here and not f"{scope['path']}/".startswith((f"{PATH}/", "/static/", "/healthz/")):
            await HTMLResponse(status_code=404, headers=HEADERS)(scope, receive, send)
            return
        await self.app(scope, receive, send)
