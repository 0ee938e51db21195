"""`/webhooks/twilio` and `/webhooks/twilio/status`: the hot path, so plain ASGI and the body read once."""

from __future__ import annotations

from abc import ABC, abstractmethod

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.channels.base import Inbound, Status
from bot.channels.twilio import Unreadable
from bot.web.edge import read_body
from bot.web.errors import error_response
from bot.web.services import InboxPort, TwilioPort

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'  # we answer through the outbox, never in here


class Webhook(ABC):
    """What both addresses share: only what Twilio signed for our public URL is read."""

    path: str

    def __init__(self, twilio: TwilioPort, inbox: InboxPort) -> None:
        self.twilio, self.inbox = twilio, inbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.respond(scope, await read_body(receive))
        await response(scope, receive, send)

    async def respond(self, scope: Scope, body: bytes) -> Response:
        query: str = scope["query_string"].decode("latin-1")
        signed = f"{self.path}?{query}" if query else self.path
        if not self.twilio.verify(signed, body, signature(scope)):
            return error_response(scope, 403)
        try:
            await self.take(body)
        except Unreadable as problem:
            return error_response(scope, 400, f"This form cannot be read: {problem}.")
        return Response(EMPTY, media_type="application/xml")

    @abstractmethod
    async def take(self, body: bytes) -> None:
        """Read the form and commit what it says. Raises `Unreadable`."""


class Messages(Webhook):
    """A message of a person: answered 200 once it is committed, a repetition too."""

    path = "/webhooks/twilio"

    async def take(self, body: bytes) -> None:
        inbound: Inbound = self.twilio.read(body)
        await self.inbox.receive(inbound)


class Statuses(Webhook):
    """What became of a message of ours: in any order, repeated at will."""

    path = "/webhooks/twilio/status"

    async def take(self, body: bytes) -> None:
        status: Status | None = self.twilio.read_status(body)
        if status is not None:
            await self.inbox.status(status)


def signature(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-twilio-signature":
            return str(value, "latin-1")
    return None
