"""Content resources at Twilio: each text with buttons is made there once, then named by its sid."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.channels.base import SendError
from bot.channels.twilio.client import TwilioClient
from bot.channels.twilio.render import Content
from db.database import Database
from db.tables import provider_contents as table


class ContentStore(Protocol):
    """Remembers which resource an account has for which text."""

    async def get(self, content_hash: str) -> str | None:
        """The resource's sid, if it was made before."""

    async def put(self, content_hash: str, content_sid: str) -> None:
        """Keep a sid; a later one takes its place."""

    async def drop(self, content_hash: str) -> None:
        """Forget a resource that Twilio no longer has."""


class Contents:
    """Finds or makes the resource of a text. After a failure it makes none for a while: plain text goes."""

    def __init__(
        self, client: TwilioClient, store: ContentStore, clock: Callable[[], float], pause: float = 300.0
    ) -> None:
        """`clock`: monotonic seconds. `pause`: seconds without attempts after Twilio refused or failed."""
        self._client, self._store, self._clock, self._pause = client, store, clock, pause
        self._known: dict[str, str] = {}
        self._making = asyncio.Lock()
        self._paused_until = float("-inf")

    async def sid(self, content: Content) -> str | None:
        """The sid to send; None if there is no such resource now."""
        if known := self._known.get(content.hash):
            return known
        async with self._making:
            sid = self._known.get(content.hash) or await self._store.get(content.hash)
            sid = sid or await self._make(content)
        if sid:
            self._known[content.hash] = sid
        return sid

    async def drop(self, content: Content) -> None:
        """Somebody deleted it at Twilio: make it anew next time."""
        self._known.pop(content.hash, None)
        await self._store.drop(content.hash)

    async def _make(self, content: Content) -> str | None:
        if self._clock() < self._paused_until:
            return None
        try:
            answer = await self._client.post_json("content", "/v1/Content", _request(content))
        except SendError:
            answer = {}
        sid = answer.get("sid")
        if not isinstance(sid, str) or not sid:
            self._paused_until = self._clock() + self._pause
            return None
        await self._store.put(content.hash, sid)
        return sid


def _request(content: Content) -> dict[str, object]:
    return {
        "friendly_name": f"arraigo_{content.hash[:16]}",
        "language": content.language,
        "variables": content.defaults,
        "types": content.types,
    }


class SqlContents:
    """The `ContentStore` in the shared database, so that every process uses the same resources."""

    def __init__(self, database: Database, account_hash: bytes, now: Callable[[], datetime]) -> None:
        """`account_hash`: the keyed hash of the account's sid. `now`: the time, in UTC."""
        self._database, self._account, self._now = database, account_hash, now

    async def get(self, content_hash: str) -> str | None:
        return await self._database.read(lambda c: find_sid(c, self._account, content_hash))

    async def put(self, content_hash: str, content_sid: str) -> None:
        row = {"account_hash": self._account, "content_hash": content_hash, "content_sid": content_sid}
        await self._database.write(lambda c: keep_sid(c, row | {"created_at": self._now()}))

    async def drop(self, content_hash: str) -> None:
        await self._database.write(lambda c: drop_sid(c, self._account, content_hash))


def find_sid(connection: Connection, account_hash: bytes, content_hash: str) -> str | None:
    """The sid that this account has for a text."""
    return connection.scalar(select(table.c.content_sid).where(*_of_text(account_hash, content_hash)))


def keep_sid(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a sid, also when another process has just kept its own."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(row))
    except IntegrityError:
        same = _of_text(row["account_hash"], row["content_hash"])
        connection.execute(update(table).where(*same).values(content_sid=row["content_sid"]))


def drop_sid(connection: Connection, account_hash: bytes, content_hash: str) -> None:
    """Forget a sid."""
    connection.execute(delete(table).where(*_of_text(account_hash, content_hash)))


def _of_text(account_hash: bytes, content_hash: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.account_hash == account_hash, table.c.content_hash == content_hash
