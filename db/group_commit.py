"""SQLite's one writer: what waits goes into one transaction, each work in its SAVEPOINT, with one COMMIT."""

from __future__ import annotations

import sqlite3
from typing import Any, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from db.away import explain
from db.engines import is_orphan
from db.line import Line, Ticket, settle

MOST = 64  # works in a group: enough to share the cost of a COMMIT, few enough that nobody waits long


class GroupCommit:
    """The writer's thread. Nobody is answered before the COMMIT is on the disk (WAL, `synchronous=FULL`)."""

    def __init__(self, engine: Engine, line: Line) -> None:
        self._engine, self._line = engine, line
        self._connection: Connection | None = None

    def run(self) -> None:
        """Serve the line until it is closed and empty."""
        while waiting := self._line.take(MOST):
            self._serve([ticket for ticket in waiting if not ticket.abandoned])
        self._drop()

    def _serve(self, tickets: list[Ticket[Any]]) -> None:
        again = self._write(tickets) if tickets else []
        settle(ticket for ticket in tickets if ticket not in again)
        for ticket in again:
            ticket.error = None
            self._write([ticket])
            settle([ticket])

    def _write(self, tickets: list[Ticket[Any]]) -> list[Ticket[Any]]:
        """One transaction. Returns those to try once more alone: the database refused them in company."""
        try:
            connection = self._open()
            driver = cast(sqlite3.Connection, connection.connection.driver_connection)
            transaction = connection.begin()
            for ticket in tickets:
                _attempt(ticket, connection, driver)
            transaction.commit()
        except BaseException as error:  # all of the group is lost: its callers hear why
            self._drop()
            for ticket in tickets:
                ticket.fail(explain(error))
            return []
        alone = len(tickets) == 1
        return [] if alone else [ticket for ticket in tickets if _refused(ticket)]

    def _open(self) -> Connection:
        if self._connection is not None and is_orphan(self._connection):
            self._drop()
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _attempt(ticket: Ticket[Any], connection: Connection, driver: sqlite3.Connection) -> None:
    driver.execute("SAVEPOINT work")
    try:
        ticket.result = ticket.work(connection)
    except BaseException as error:
        if not driver.in_transaction:  # SQLite undid everything: disk full, I/O error, no memory
            raise
        driver.execute("ROLLBACK TO work")
        ticket.fail(explain(error))
    if not driver.in_transaction:
        raise RuntimeError("a work must not commit or roll back: the writer does")
    driver.execute("RELEASE work")


def _refused(ticket: Ticket[Any]) -> bool:
    return isinstance(ticket.error, DBAPIError)
