"""`/webhooks/telegram`: Telegram's updates, each answered 200 once it is committed or kept aside."""

from __future__ import annotations

import asyncio
import logging

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.channels.telegram import Unreadable
from bot.web.edge import read_body
from bot.web.errors import error_response
from bot.web.services import CallbackPort, InboxPort, StaffPort, TelegramPort

PATH = "/webhooks/telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
MOST_WAITING = 500  # taps whose answer is on its way; more only means that Telegram is not reachable

log = logging.getLogger("arraigo.web")


class Updates:
    """One update a call. Telegram repeats whatever is not answered 2xx, so only a failure of ours is not."""

    def __init__(
        self, telegram: TelegramPort, callbacks: CallbackPort, inbox: InboxPort, staff: StaffPort | None = None
    ) -> None:
        self.telegram, self.callbacks, self.inbox, self.staff = telegram, callbacks, inbox, staff
        self.answering: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.telegram.verify(Headers(scope=scope).get(SECRET_HEADER)):
            await self.take(await read_body(receive))
            response = Response()
        else:
            response = error_response(scope, 403)
        await response(scope, receive, send)

    async def take(self, body: bytes) -> None:
        """Commit what the update says; keep it aside when it cannot be read."""
        try:
            reading = self.telegram.read(body)
        except Unreadable as problem:
            log.warning("Telegram update %s cannot be read and is kept aside", problem.update_id)
            await self.inbox.keep_aside("telegram", problem.update_id, body)
            return
        if reading.staff is not None:
            said = await self.staff.take(reading.staff) if self.staff else ""
            self.stop_spinner(reading.staff.callback, reading.update_id, said)
        else:
            self.stop_spinner(reading.callback, reading.update_id)
        if reading.inbound is not None:
            await self.inbox.receive(reading.inbound)
        if reading.stopped is not None:
            await self.inbox.stopped(reading.stopped)

    def stop_spinner(self, callback: str | None, update_id: int, text: str = "") -> None:
        """Answer a tapped button beside the commit: it waits for nothing, and nothing waits for it."""
        if callback is None or len(self.answering) >= MOST_WAITING:
            return
        task = asyncio.create_task(self.answer(callback, update_id, text))
        self.answering.add(task)
        task.add_done_callback(self.answering.discard)

    async def answer(self, callback: str, update_id: int, text: str = "") -> None:
        shown = (text,) if text else ()
        if not await self.callbacks.answer_callback(callback, *shown):
            log.info("the tap of update %d was not answered in time", update_id)
