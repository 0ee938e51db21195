"""`StaffGroup`: the way out to the staff's chat, at the pace that Telegram takes in a group."""

from __future__ import annotations

import json
from asyncio import Lock
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from bot.cases import reading
from bot.cases.alerts import COUNTRIES
from bot.cases.desk import Desk
from bot.channels.base import Media, MediaGone, Outgoing, Rejected
from bot.inbox.outgoing import MESSAGE
from bot.staffroom import topics
from bot.staffroom.place import CHANNEL, Place
from bot.staffroom.topics import Topic
from db.database import Database
from db.tables import messages
from flows.core.reply import Reply

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel

A_SECOND: Final = 10.0  # messages; how many a minute, says `bot.sender.pace`


class StaffGroup:
    """Implements `bot.channels.base.Channel`; addresses are `Place`s."""

    name = CHANNEL
    rate = A_SECOND

    def __init__(
        self, telegram: TelegramChannel, database: Database, desk: Desk, clock: Callable[[], datetime]
    ) -> None:
        self.limits = telegram.limits
        self._group = telegram.group
        self._database, self._desk, self._clock = database, desk, clock
        self._making = Lock()

    async def send(self, message: Outgoing) -> str:
        """Do what the place says. Returns the number of the message, or a word where none was sent."""
        place, reply = Place.read(message.address), message.reply
        topic = await self._topic(place)
        if place.act in ("say", "alert", "relay"):
            if place.act == "relay":
                reply = await self._with_words(place, reply)
            return await self._say(place, topic, reply)
        await self._tidy(place, topic, reply)
        return place.act

    async def _say(self, place: Place, topic: Topic | None, reply: Reply) -> str:
        from bot.channels.telegram import ThreadGone

        thread = topic.thread if topic else None
        beside = topic.message if topic and thread is None and place.act != "alert" else None
        try:
            number = await self._group.post(place.chat, reply, thread, beside)
        except ThreadGone:
            await self._set(place, thread_id=None)
            number = await self._group.post(place.chat, reply)
        if place.act == "alert":
            await self._set(place, message_id=number, shown="open:")
        return str(number)

    async def _tidy(self, place: Place, topic: Topic | None, reply: Reply) -> None:
        if place.act == "delete" and place.number is not None:
            await self._group.delete_topic(place.chat, place.number)
        elif place.act == "edit" and topic and topic.message is not None:
            await self._group.edit(place.chat, topic.message, reply)
        elif place.act == "close" and topic and topic.thread is not None:
            await self._group.close_topic(place.chat, topic.thread)
        elif place.act == "reopen" and topic and topic.thread is not None:
            await self._group.reopen_topic(place.chat, topic.thread)

    async def _topic(self, place: Place) -> Topic | None:
        """The topic of the case; an alert opens it. Of two processes at once, the second throws its own away."""
        case_id = place.case
        if case_id is None:
            return None
        async with self._making:
            known = await self._database.read(lambda c: topics.of_case(c, case_id, place.chat))
            if known or place.act != "alert":
                return known
            case = await self._database.read(lambda c: reading.find(c, case_id))
            made = await self._group.create_topic(place.chat, self._title(case))
            kept = await self._database.write(lambda c: topics.keep(c, case_id, place.chat, made, self._clock()))
        if made is not None and kept.thread != made:
            await self._group.delete_topic(place.chat, made)
        return kept

    def _title(self, case: reading.Case) -> str:
        copy = self._desk.copy
        country = case.country if case.country in COUNTRIES else "other"
        why = copy.heading("equipo", "motivos").get(case.reason, "")
        return f"{case.code} · {copy.common(f'pais_{country}', {})} · {why}"

    async def _set(self, place: Place, **values: object) -> None:
        def work(connection: Connection) -> None:
            if place.case is not None:
                topics.change(connection, place.case, **values)

        await self._database.write(work)

    async def _with_words(self, place: Place, reply: Reply) -> Reply:
        """What the person wrote is read only now: erased or forgotten meanwhile, it is not told."""
        query = select(messages.c.body_enc).where(messages.c.id == place.number, ~messages.c.sensitive)
        body = await self._database.read(lambda c: c.scalar(query))
        if body is None:
            raise Rejected("forgotten")
        said = json.loads(self._desk.cipher.open(body, MESSAGE))
        kinds = self._desk.copy.heading("equipo", "archivos")
        files = [kinds.get(kind, kinds["document"]) for kind in said.get("media", ())]
        return Reply(reply.key, "\n".join([reply.text, *filter(None, [said.get("text"), *files])]))

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        """Nothing: staff's files are not kept."""
        raise MediaGone("of staff")

    async def close(self) -> None:
        """Nothing: the connections are the Telegram channel's."""
