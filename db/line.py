"""Work that waits for a database thread: a bounded line of tickets, and the way answers get back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from db.away import DatabaseAway

T = TypeVar("T")
Work = Callable[[Connection], T]


class Ticket(Generic[T]):
    """One work, and where its result or its error goes: a future of an event loop, or of a waiting thread."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(
        self, work: Work[T], future: asyncio.Future[T] | Future[T], loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.work, self.future, self.loop = work, future, loop
        self.result: T | None = None
        self.error: BaseException | None = None

    @property
    def abandoned(self) -> bool:
        """Whether its caller was cancelled: what nobody waits for need not begin."""
        return self.future.cancelled()

    def fail(self, error: BaseException) -> None:
        """Note the error; a future cannot carry `StopIteration`."""
        if isinstance(error, StopIteration):
            wrapped = RuntimeError("the work raised StopIteration")
            wrapped.__cause__ = error
            error = wrapped
        self.error = error

    def deliver(self) -> None:
        """Tell the caller, on the thread where the future may be touched."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]


def settle(tickets: Iterable[Ticket[Any]]) -> None:
    """Answer all callers; one call into each event loop, however many they are."""
    loops: dict[asyncio.AbstractEventLoop, list[Ticket[Any]]] = {}
    for ticket in tickets:
        if ticket.loop is None:
            ticket.deliver()
        else:
            loops.setdefault(ticket.loop, []).append(ticket)
    for loop, batch in loops.items():
        try:
            loop.call_soon_threadsafe(_deliver, batch)
        except RuntimeError:  # the loop is closed: nobody waits there any more
            continue


def _deliver(tickets: list[Ticket[Any]]) -> None:
    for ticket in tickets:
        ticket.deliver()


class Line:
    """First come, first served, at most `limit` waiting; closed, it takes no more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: SimpleQueue[Ticket[Any] | None] = SimpleQueue()
        self._closed = False
        self._door = threading.Lock()

    def join(self, ticket: Ticket[Any]) -> None:
        """Wait here. Raises `DatabaseAway` if the line is full or closed."""
        with self._door:
            if self._closed:
                raise DatabaseAway("the database was closed; nothing was stored")
            if self._queue.qsize() >= self._limit:
                raise DatabaseAway(f"{self._limit} are waiting for the database already; try again")
            self._queue.put(ticket)

    def take(self, most: int) -> list[Ticket[Any]]:
        """The next tickets, as many as wait, up to `most`; waits for one. Empty once served and closed."""
        taken: list[Ticket[Any]] = []
        ticket = self._queue.get()
        try:
            while ticket is not None:
                taken.append(ticket)
                if len(taken) == most:
                    return taken
                ticket = self._queue.get_nowait()
        except Empty:
            return taken
        self._queue.put(None)  # the end stays in the line, for every thread that takes from it
        return taken

    def close(self) -> None:
        """Take no more; who waits is served."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
