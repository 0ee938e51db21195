"""The web chat's addresses: post a message, read what came after one, follow the conversation as it goes."""

from __future__ import annotations

from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.web.edge import read_body
from bot.web.errors import error_response
from bot.web.limits import Gate
from bot.web.payload import BadPayload, read_after, read_inbound, read_object, read_session, to_wire
from bot.web.services import InboxPort
from bot.web.stream import Streams

PRIVATE = {"Cache-Control": "no-store"}
SESSION_HEADER = "x-arraigo-session"


class Messages:
    """`/webchat/messages`: POST says something, GET reads everything after a message id."""

    def __init__(self, inbox: InboxPort, gate: Gate) -> None:
        self.inbox, self.gate = inbox, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        respond = self.post if scope["method"] == "POST" else self.get
        try:
            response = await respond(scope, receive)
        except BadPayload as problem:
            response = error_response(scope, 422, str(problem))
        await response(scope, receive, send)

    async def post(self, scope: Scope, receive: Receive) -> Response:
        try:
            value = read_object(await read_body(receive))
        except ValueError:
            return error_response(scope, 400, "The body is not JSON.")
        inbound = read_inbound(value)
        if seconds := self.gate.wait(inbound.address, caller(scope)):
            return too_many(scope, seconds)
        outcome = await self.inbox.receive(inbound)
        return JSONResponse({"messages": [to_wire(*message) for message in outcome.replies]}, headers=PRIVATE)

    async def get(self, scope: Scope, _: Receive) -> Response:
        session, after = asked_for(scope)
        if seconds := self.gate.wait(session, caller(scope)):
            return too_many(scope, seconds)
        messages = await self.inbox.transcript(session, after)
        return JSONResponse({"messages": [to_wire(*message) for message in messages]}, headers=PRIVATE)


class Stream:
    """`GET /webchat/stream`: the same as server-sent events, while one of the process's places is free."""

    def __init__(self, streams: Streams, gate: Gate) -> None:
        self.streams, self.gate = streams, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            session, after = asked_for(scope)
        except BadPayload as problem:
            await error_response(scope, 422, str(problem))(scope, receive, send)
            return
        seconds = self.gate.wait(session, caller(scope)) or self.streams.wait()
        if seconds:
            await too_many(scope, seconds)(scope, receive, send)
        elif scope["method"] == "HEAD":
            await Response(media_type="text/event-stream", headers=PRIVATE)(scope, receive, send)
        else:
            await self.streams.follow(session, after, receive, send)


def asked_for(scope: Scope) -> tuple[str, int]:
    """Session and cursor of a GET. The header wins, because an address may end up in somebody's log."""
    headers, query = Headers(scope=scope), QueryParams(scope["query_string"].decode("latin-1"))
    session = read_session(headers.get(SESSION_HEADER) or query.get("session"))
    return session, read_after(headers.get("last-event-id") or query.get("after"))


def caller(scope: Scope) -> str:
    """The caller's network address, as the server (or its trusted proxy) names it."""
    client = scope.get("client")
    return client[0] if client else ""


def too_many(scope: Scope, seconds: int) -> Response:
    return error_response(scope, 429, headers={"Retry-After": str(seconds)})
