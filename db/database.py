"""The database, as everybody uses it: hand in a plain function of a connection, get back what it returns."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TypeVar

from db import engines
from db.away import DatabaseAway
from db.group_commit import GroupCommit
from db.line import Line, Ticket, Work
from db.workers import Worker

__all__ = ["Database", "DatabaseAway", "Work"]

T = TypeVar("T")


class Database:
    """SQLite or PostgreSQL behind one door; safe to use from any thread and any event loop.

    A work is called with a connection inside a transaction: it reads and writes, returns plain data, and
    neither commits nor rolls back. It may be called again after a failure, so it changes nothing but the
    database. What it raises undoes its own writes and reaches its own caller. `DatabaseAway`: locked beyond
    patience, no connection, disk full, read only, or too many waiting.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: float = engines.PATIENCE,
        waiting: int = 4096,
        readers: int = 3,
        writers: int = 8,
    ) -> None:
        self.url = url
        self.dialect = "sqlite" if engines.is_sqlite(url) else "postgresql"
        self._writes, self._reads = Line(waiting), Line(waiting)
        self._engines = engines.write_engine(url, patience), engines.read_engine(url, patience)
        self._threads = self._start(readers, writers)

    def _start(self, readers: int, writers: int) -> list[threading.Thread]:
        to_write, to_read = self._engines
        serve = [Worker(to_read, self._reads, reading=True).run for _ in range(readers)]
        if self.dialect == "sqlite":
            serve.append(GroupCommit(to_write, self._writes).run)
        else:
            serve += [Worker(to_write, self._writes, reading=False).run for _ in range(writers)]
        threads = [threading.Thread(target=run, name="arraigo-database", daemon=True) for run in serve]
        for thread in threads:
            thread.start()
        return threads

    async def write(self, work: Work[T]) -> T:
        """Run a work that writes; returns once it is committed."""
        return await self._join(self._writes, work)

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads; it sees one moment of the database."""
        return await self._join(self._reads, work)

    def write_now(self, work: Work[T]) -> T:
        """`write` for code without an event loop."""
        return self._join_now(self._writes, work)

    def read_now(self, work: Work[T]) -> T:
        """`read` for code without an event loop."""
        return self._join_now(self._reads, work)

    def close(self) -> None:
        """Finish what was accepted, take no more, let go of the connections. May be called twice."""
        self._writes.close()
        self._reads.close()
        for thread in self._threads:
            thread.join()
        for engine in self._engines:
            engine.dispose()

    async def _join(self, line: Line, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        line.join(Ticket(work, future, loop))
        return await future

    def _join_now(self, line: Line, work: Work[T]) -> T:
        if threading.current_thread() in self._threads:
            raise RuntimeError("a work must not wait for another: use the connection it was given")
        future: Future[T] = Future()
        line.join(Ticket(work, future, None))
        return future.result()
