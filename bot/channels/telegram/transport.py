"""HTTP to the Bot API with the token added last, so that no library can log it or put it into an error."""

from __future__ import annotations

from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

STAND_IN = "hidden"  # what everything above this transport takes for the token
_CONNECTIONS = 32  # enough for 30 messages a second at a second each


class TokenTransport(httpx.AsyncBaseTransport):
    """Puts the real token where the stand-in is, in the request that goes to the wire and nowhere else.

    httpx logs every address at INFO, and the Bot API has the token in the address.
    """

    def __init__(self, token: str, inner: httpx.AsyncBaseTransport) -> None:
        self._token = b"/bot" + quote(token, safe=":").encode() + b"/"
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.replace(f"/bot{STAND_IN}/".encode(), self._token, 1)
        real = httpx.Request(
            request.method,
            request.url.copy_with(raw_path=path),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(real)

    async def aclose(self) -> None:
        await self._inner.aclose()


def transport(token: str, api_url: str) -> TokenTransport:
    """Connections to the Bot API, through the machine's proxy if it has one."""
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    return TokenTransport(token, httpx.AsyncHTTPTransport(limits=limits, proxy=proxy_for(api_url)))


def proxy_for(api_url: str) -> str | None:
    """The proxy that the environment names for an address, if any. httpx looks only if it has no transport."""
    where = urlsplit(api_url)
    return None if proxy_bypass(where.hostname or "") else getproxies().get(where.scheme)
