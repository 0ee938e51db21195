"""The outermost layer of the web: bounds on bodies, security headers, access log, an empty-handed 500."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.errors import error_response

STREAMS = frozenset({"/webchat/stream", "/panel/casos/eventos"})  # open for minutes by design
MAX_BODY = 1024 * 1024  # bytes
BODY_SECONDS = 10.0  # a body that has not arrived whole by then is given up
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[bytes, bytes] = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"geolocation=(self), camera=(), microphone=(), payment=()",
    b"cross-origin-opener-policy": b"same-origin",
}

log = logging.getLogger("arraigo.web")
access = logging.getLogger("arraigo.access")


class Edge:
    """Pure ASGI middleware around everything. Inner layers may set their own value of a security header.

    The application's `receive` raises 413 for a body above `MAX_BODY`, 408 for one that takes too long.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        registry: CollectorRegistry,
        routes: Iterable[str],
        https: bool,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self.app = app
        self.exact = frozenset(routes)
        self.body_seconds = body_seconds
        self.headers = dict(SECURITY_HEADERS)
        if https:
            self.headers[b"strict-transport-security"] = b"max-age=31536000"
        self.meter = Meter(registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        answer = Answer(send, self.headers)
        try:
            await self.guarded(scope, receive, answer)
        except Exception as error:
            log_failure(self.label(scope), error)
            if not answer.status:
                await error_response(scope, 500)(scope, receive, answer)
        finally:
            self.record(scope, answer.status, time.perf_counter() - begun)

    async def guarded(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        """Run the application with a bounded body; a length that is announced too large is refused unread."""
        if declared_length(scope) > MAX_BODY:
            await error_response(scope, 413)(scope, receive, answer)
            return
        await self.app(scope, bounded(receive, self.body_seconds), answer)

    def label(self, scope: Scope) -> str:
        """The route's name for logs and metrics: never a query string, nor the variable part of a path."""
        path: str = scope["path"]
        if path in self.exact or path in STREAMS:
            return path
        head = "/" + path[1:].partition("/")[0]
        return head + "/…" if head in self.exact else "other"

    def record(self, scope: Scope, status: int, seconds: float) -> None:
        label = self.label(scope)
        self.meter.count(label, status, seconds)
        if access.isEnabledFor(logging.INFO):
            method = scope["method"] if scope["method"] in METHODS else "other"
            access.info("%s %s %d %.1f ms", method, label, status, seconds * 1000)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Answer:
    """The way out of one request: adds the security headers, remembers the status (0: nothing sent yet)."""

    __slots__ = ("headers", "send", "status")

    def __init__(self, send: Send, headers: Mapping[bytes, bytes]) -> None:
        self.send, self.headers, self.status = send, headers, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = list(message.get("headers", ()))
            present = {name.lower() for name, _ in own}
            own += [(name, value) for name, value in self.headers.items() if name not in present]
            message = {**message, "headers": own}
        await self.send(message)


class Meter:
    """Prometheus counters of requests: how many, with which status, how slow."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter("arraigo_http_requests", "Requests answered", ["route", "status"], registry=registry)
        self.seconds = Histogram(
            "arraigo_http_seconds",
            "Time to answer a request",
            ["route"],
            registry=registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15),
        )
        self.known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}  # finding one by label costs more

    def count(self, route: str, status: int, seconds: float) -> None:
        known = self.known.get((route, status))
        if known is None:
            known = self.requests.labels(route, str(status)), self.seconds.labels(route)
            self.known[route, status] = known
        known[0].inc()
        if route not in STREAMS:
            known[1].observe(seconds)


def bounded(receive: Receive, seconds: float) -> Receive:
    """`receive`, until the body is complete, with a limit on its size and on the time it takes."""
    size, complete = 0, False
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds

    async def limited() -> Message:
        nonlocal size, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(413, headers={"Connection": "close"})
        complete = not message.get("more_body", False)
        return message

    return limited


def declared_length(scope: Scope) -> int:
    """The Content-Length header in bytes; 0 where there is none that can be read."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value[:20]) if value.isdigit() else 0
    return 0


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request. Raises `ClientGone` when the caller hangs up before its end."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        return body
    chunks = []
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()
    raise ClientGone


class ClientGone(HTTPException):
    """The caller hung up before the body was complete; nothing of it is used."""

    def __init__(self) -> None:
        super().__init__(400, "The body of the request is incomplete.")


def log_failure(route: str, error: Exception) -> None:
    """Log what failed and where, without the exception's message, which may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in reversed(frames))
    log.error("unexpected %s at %s, in %s", type(error).__qualname__, route, where)
