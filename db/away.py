"""Which failures mean that the database is away, and not that a caller made a mistake."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, TimeoutError

# https://sqlite.org/rescode.html; the low byte of an extended code is its primary code.
_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html; a whole class, or one code.
_POSTGRESQL = (
    "08",  # connection
    "28",  # login refused
    "3D000",  # no such database
    "53",  # disk full, out of memory, too many connections
    "55P03",  # a lock was not had in time
    "57P",  # shutting down, starting up
    "58",  # the server's own disk
    "25006",  # read only: a standby
)
_AGAIN = ("40001", "40P01")  # serialization failure, deadlock


class DatabaseAway(Exception):
    """The database cannot take or give anything now, and nothing was stored: try again later (HTTP 503)."""


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-letter code of an error, if it is one of PostgreSQL's."""
    driver = _driver_error(error)
    return driver.sqlstate if _is_postgresql(driver) else None


def worth_repeating(error: BaseException) -> bool:
    """Whether the same transaction may well pass the next time: two of them got in each other's way."""
    return sqlstate(error) in _AGAIN


def explain(error: BaseException, *, reading: bool = False) -> BaseException:
    """What the caller gets: `DatabaseAway` if the database is, else the error itself.

    In a reading transaction an attempt to write fails as «read only» does, but is the caller's mistake.
    """
    reason = _reason(error, reading)
    if reason is None:
        return error
    away = DatabaseAway(f"the database is away ({reason}); nothing was stored, try again")
    away.__cause__ = error
    return away


def _reason(error: BaseException, reading: bool) -> str | None:
    driver = _driver_error(error)
    if isinstance(driver, sqlite3.Error):
        return _sqlite_reason(driver, reading)
    if _is_postgresql(driver):
        return _postgresql_reason(driver, reading)
    return "no connection is free" if isinstance(error, TimeoutError) else None


def _driver_error(error: BaseException) -> Any:
    return error.orig if isinstance(error, DBAPIError) else error


def _is_postgresql(driver: Any) -> bool:
    """Whether psycopg raised it; that driver is loaded only where it is used."""
    return type(driver).__module__.partition(".")[0] == "psycopg" and hasattr(driver, "sqlstate")


def _sqlite_reason(error: sqlite3.Error, reading: bool) -> str | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _SQLITE:
        return None
    if reading and code == sqlite3.SQLITE_READONLY:
        return None
    return str(error.sqlite_errorname)


def _postgresql_reason(error: Any, reading: bool) -> str | None:
    from psycopg import InterfaceError, OperationalError

    code: str | None = error.sqlstate
    if code is None:
        lost = isinstance(error, OperationalError | InterfaceError)
        return "no connection" if lost else None
    if code in _AGAIN:
        return f"PostgreSQL {code}, again and again"
    if code.startswith(_POSTGRESQL) and not (reading and code == "25006"):
        return f"PostgreSQL {code}"
    return None
