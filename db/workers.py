"""Threads that each serve one work at a time in its own transaction: PostgreSQL's, and SQLite's readers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from db.away import explain, worth_repeating
from db.engines import is_orphan
from db.line import Line, Ticket, Work, settle

TRIES = 6  # of a transaction that others keep getting in the way of


class Worker:
    """One thread with one connection."""

    def __init__(self, engine: Engine, line: Line, *, reading: bool) -> None:
        self._engine, self._line, self._reading = engine, line, reading
        self._connection: Connection | None = None
        self._committing = False

    def run(self) -> None:
        """Serve the line until it is closed and empty."""
        while waiting := self._line.take(1):
            if not waiting[0].abandoned:
                self._serve(waiting[0])
                settle(waiting)
        self._drop()

    def _serve(self, ticket: Ticket[Any]) -> None:
        for left in reversed(range(TRIES)):
            stale = self._connection is not None  # it may have died since it was last used
            try:
                ticket.result = self._transaction(ticket.work)
            except BaseException as error:  # it is the caller's, whatever it is; the thread goes on
                if left and (worth_repeating(error) or (stale and self._is_lost(error))):
                    continue
                ticket.fail(explain(error, reading=self._reading))
            return

    def _transaction(self, work: Work[Any]) -> Any:
        self._committing = False
        try:
            connection = self._open()
            with connection.begin():
                result = work(connection)
                self._committing = True
        except SQLAlchemyError:
            if self._connection is not None and self._connection.invalidated:
                self._drop()
            raise
        return result

    def _is_lost(self, error: BaseException) -> bool:
        """The connection broke before COMMIT: nothing was stored. (Broken in COMMIT, nobody knows.)"""
        return isinstance(error, DBAPIError) and error.connection_invalidated and not self._committing

    def _open(self) -> Connection:
        if self._connection is not None and is_orphan(self._connection):
            self._drop()
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
