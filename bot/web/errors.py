"""What a caller reads when something is wrong: JSON for programs, a short Spanish page for people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from bot.web.templating import render

PROGRAMS = ("/webhooks/", "/webchat/", "/api/", "/healthz", "/readyz", "/metrics")
AWAY_SECONDS = 5  # when to come back after the database was away


def error_response(scope: Scope, status: int, message: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that failed. `message` (for programs) says what to do; people get a page."""
    headers = {"Cache-Control": "no-store", **(headers or {})}
    if scope["path"].startswith(PROGRAMS):
        body = {"error": message or MESSAGES.get(status) or HTTPStatus(status).phrase}
        return JSONResponse(body, status, headers)
    return HTMLResponse(error_page(status), status, headers)


@cache
def error_page(status: int) -> str:
    """The page that a person sees for this status."""
    return render("error.html", status=status)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's 404, 405 and every `HTTPException` of ours."""
    assert isinstance(error, HTTPException)  # noqa: S101 - tells the type checker what the registration says
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    plain = HTTPStatus(error.status_code).phrase
    message = "" if error.detail == plain else error.detail
    return error_response(request.scope, error.status_code, message, error.headers)


async def on_database_away(request: Request, _: Exception) -> Response:
    """503, so that a provider tries the same call again."""
    return error_response(request.scope, 503, headers={"Retry-After": str(AWAY_SECONDS)})


MESSAGES: Mapping[int, str] = {
    403: "The signature or the secret is missing or wrong.",
    404: "There is nothing at this address.",
    405: "This address does not take that method; see the Allow header.",
    408: "The body took too long to arrive. Send it again.",
    413: "The body is larger than 1 MB.",
    429: "Too many requests. Wait as long as Retry-After says, then send the same request again.",
    500: "Something went wrong here. Send the same request again later.",
    503: "The database is away for a moment. Send the same request again.",
}
