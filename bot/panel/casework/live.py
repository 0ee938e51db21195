"""Pages that keep themselves fresh: one look at the cases a second for each process, told to every open page.

Only ids and marks travel: which case changed, never what; the page then fetches what its role may see.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, func, select
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.cases.reading import in_scope
from bot.web.stream import HEADERS, Pace, chunk, disconnected
from db.database import Database, DatabaseAway
from db.tables import case_events, handoffs, messages, outbox

PACE: Final = Pace()
MOST: Final = 400  # open pages of one process
_CASE: Final = (
    *(handoffs.c.state, handoffs.c.claimed_by, handoffs.c.assigned_to, handoffs.c.priority, handoffs.c.unseen),
    *(handoffs.c.waiting_since, handoffs.c.snoozed_until, handoffs.c.due_at, handoffs.c.wants, handoffs.c.language),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One open case. `mark` changes with what the list shows of it; `alone`: it is urgent, and nobody has it."""

    id: int
    country: str | None
    mark: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All open cases at one moment, and the marks of those that somebody has open on a page."""

    lines: tuple[Line, ...] = ()
    watched: Mapping[int, int] = field(default_factory=dict)
    _lists: dict[str | None, dict[str, object]] = field(default_factory=dict)

    def of_list(self, country: str | None) -> dict[str, object]:
        """What a list within a country needs to know: a mark, and the urgent cases that nobody has."""
        if country not in self._lists:
            seen = [line for line in self.lines if in_scope(line.country, country)]
            mark = _mark(tuple(line.mark for line in seen))
            self._lists[country] = {"marca": mark, "urgentes": [line.id for line in seen if line.alone]}
        return self._lists[country]


def take(connection: Connection, watched: set[int], now: datetime) -> Picture:
    """Look once."""
    rows = connection.execute(_open_cases()).all()
    lines = tuple(
        Line(row.id, row.country, _mark(row[2:]), _alone(row.state, row.priority, row.snoozed_until, now))
        for row in rows
    )
    return Picture(lines, _marks(connection, watched) if watched else {})


def _open_cases() -> Select[tuple[object, ...]]:
    query = select(handoffs.c.id, handoffs.c.country, *_CASE).where(handoffs.c.state != "closed")
    return query.order_by(handoffs.c.priority, handoffs.c.due_at, handoffs.c.id)


def _mark(what: Iterable[Hashable]) -> int:
    """A number that a browser holds too. Of this process: a page that comes back to another one asks once more."""
    return hash(tuple(what)) & 0xFFFFFFFF


def _alone(state: str, priority: int, snoozed_until: datetime | None, now: datetime) -> bool:
    return state == "open" and priority == 1 and (snoozed_until is None or snoozed_until <= now)


def _marks(connection: Connection, watched: set[int]) -> dict[int, int]:
    """By case: a number that changes with the case, its history, its conversation and what became of answers."""
    newest = select(func.max(messages.c.id)).where(messages.c.conversation_id == handoffs.c.conversation_id)
    happened = select(func.max(case_events.c.id)).where(case_events.c.handoff_id == handoffs.c.id)
    query = select(handoffs.c.id, handoffs.c.conversation_id, newest.scalar_subquery(), happened.scalar_subquery())
    rows = connection.execute(query.add_columns(*_CASE).where(handoffs.c.id.in_(watched))).all()
    talks = {row.conversation_id for row in rows if row.conversation_id is not None}
    sent = select(outbox.c.conversation_id, outbox.c.state, func.count()).where(outbox.c.conversation_id.in_(talks))
    states: dict[int | None, list[str]] = {}
    for talk, state, number in connection.execute(sent.group_by(outbox.c.conversation_id, outbox.c.state)):
        states.setdefault(talk, []).append(f"{state}{number}")
    return {row.id: _mark((*row[2:], *sorted(states.get(row.conversation_id, ())))) for row in rows}


class Hub:
    """The open pages of one process, and the one look that serves them all. Looks only while a page is open."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        *,
        pace: Pace = PACE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database, self.clock, self.pace, self.monotonic = database, clock, pace, monotonic
        self.picture = Picture()
        self.looks = 0
        self._pages: Counter[int | None] = Counter()  # how many pages show each case; None: the list alone
        self._looking: asyncio.Task[None] | None = None
        self._turn = asyncio.Event()

    @property
    def open(self) -> int:
        """How many pages."""
        return self._pages.total()

    @property
    def _idle(self) -> bool:
        return self._looking is None or self._looking.done()

    async def enter(self, case_id: int | None) -> None:
        """A page opens. Raises `DatabaseAway`."""
        self._pages[case_id] += 1
        try:
            if case_id is not None or self._idle:
                await self._look()
        except BaseException:
            self.leave(case_id)
            raise
        if self._idle:
            self._looking = asyncio.create_task(self._keep_looking())

    def leave(self, case_id: int | None) -> None:
        """A page closes; with the last one, the looking ends."""
        self._pages[case_id] -= 1
        self._pages += Counter()  # forget the zeros
        if not self._pages and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def next(self) -> None:
        """Wait for the next look. Raises what ended the looking."""
        turn, looking = asyncio.create_task(self._turn.wait()), self._looking
        waiting = {turn} if looking is None else {turn, looking}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            turn.cancel()
        if looking is not None and looking.done() and not looking.cancelled():
            looking.result()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self.pace.fastest)
            try:
                await self._look()
            except DatabaseAway:
                continue

    async def _look(self) -> None:
        watched, now = {case for case in self._pages if case is not None}, self.clock()
        self.picture = await self.database.read(lambda connection: take(connection, watched, now))
        self.looks += 1
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()


class Live(Response):
    """Server-sent events for one page: `lista` ({marca, urgentes}) and, of its case, `caso` ({id, marca})."""

    def __init__(self, hub: Hub, country: str | None, case_id: int | None) -> None:
        super().__init__(media_type="text/event-stream")
        self.hub, self.country, self.case_id = hub, country, case_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.hub.enter(self.case_id)
        hung_up = asyncio.create_task(disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await send(chunk(b"retry: 3000\n\n"))
            await self._tell(send, hung_up)
            if not hung_up.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            hung_up.cancel()
            self.hub.leave(self.case_id)

    async def _tell(self, send: Send, hung_up: asyncio.Task[None]) -> None:
        """Say what changed, until the client hangs up or the lifetime ends."""
        clock, pace = self.hub.monotonic, self.hub.pace
        begun = spoke = clock()
        said: dict[str, object] = {}
        while clock() - begun < pace.lifetime:
            for kind, body in self._now().items():
                if said.get(kind) != body:
                    said[kind], spoke = body, clock()
                    await send(chunk(event(kind, body)))
            if clock() - spoke >= pace.heartbeat:
                await send(chunk(b": \n\n"))
                spoke = clock()
            turn = asyncio.create_task(self.hub.next())
            await asyncio.wait({hung_up, turn}, return_when=asyncio.FIRST_COMPLETED)
            if hung_up.done():
                turn.cancel()
                return
            turn.result()

    def _now(self) -> dict[str, object]:
        picture = self.hub.picture
        told: dict[str, object] = {"lista": picture.of_list(self.country)}
        if self.case_id is not None and self.case_id in picture.watched:
            told["caso"] = {"id": self.case_id, "marca": picture.watched[self.case_id]}
        return told


def event(kind: str, body: object) -> bytes:
    """One named event (HTML standard, section 9.2.6)."""
    return f"event: {kind}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n".encode()
