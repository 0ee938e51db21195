"""SQLAlchemy engines for the two databases, set up alike: UTC, foreign keys, patience."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

PATIENCE = 5.0  # seconds to wait for a lock or a connection
CACHE = 16_384  # KiB of SQLite's pages that the writer keeps in memory; a reader keeps an eighth


class _Immediate(SQLiteDialect_pysqlite):
    """The stock dialect, whose transactions take the write lock at once: none is refused half-way."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.execute("BEGIN IMMEDIATE")


class _Deferred(SQLiteDialect_pysqlite):
    """The stock dialect, whose transactions see one moment of the database: the driver left BEGIN to us."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.execute("BEGIN")


registry.register("sqlite.immediate", __name__, _Immediate.__name__)
registry.register("sqlite.deferred", __name__, _Deferred.__name__)

_NAMES = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def parse(url: str) -> URL:
    """Read `sqlite:///path` or `postgresql://user:pw@host/name[?host=/socket/dir]`. Raises `ValueError`."""
    parsed = make_url(url)
    driver = _NAMES.get(parsed.drivername)
    if driver is None:
        raise ValueError("a database address begins with sqlite:/// or postgresql://")
    if driver == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("SQLite needs a file: sqlite:///path/to/arraigo.db")
    return parsed.set(drivername=driver)


def is_sqlite(url: str) -> bool:
    """Whether this address is of a SQLite file."""
    return parse(url).drivername == "sqlite"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite address."""
    return Path(str(parse(url).database))


def write_engine(url: str, patience: float = PATIENCE) -> Engine:
    """An engine whose transactions write: `BEGIN IMMEDIATE` on SQLite."""
    if is_sqlite(url):
        return _sqlite(url, patience, writes=True)
    return _postgresql(url, patience)


def read_engine(url: str, patience: float = PATIENCE) -> Engine:
    """An engine whose transactions see one moment of the database, and cannot write."""
    if is_sqlite(url):
        return _sqlite(url, patience, writes=False)
    return _postgresql(url, patience).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _File(sqlite3.Connection):
    """An open database file, and where it was opened."""

    path: Path
    inode: int


def _open_file(path: Path, patience: float) -> _File:
    """Open a file that is there: one that is missing is not made anew, empty."""
    opened = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,  # the driver leaves BEGIN to us
        cached_statements=512,
        check_same_thread=False,
        factory=_File,
    )
    opened.path, opened.inode = path, path.stat().st_ino
    return opened


def is_orphan(connection: Connection) -> bool:
    """Whether the SQLite file of a connection was removed or replaced: what it writes now, nobody will ever read."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, _File):
        return False
    try:
        return driver.path.stat().st_ino != driver.inode
    except OSError:
        return True


def _sqlite(url: str, patience: float, *, writes: bool) -> Engine:
    engine = create_engine(
        parse(url).set(drivername="sqlite+immediate" if writes else "sqlite+deferred"),
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=_to_json,
        creator=partial(_open_file, sqlite_path(url), patience),
    )

    @event.listens_for(engine, "connect")
    def set_up(driver: sqlite3.Connection, record: object) -> None:
        if writes:
            driver.execute("PRAGMA journal_mode=WAL")
        driver.execute("PRAGMA synchronous=FULL")
        driver.execute("PRAGMA foreign_keys=ON")
        driver.execute("PRAGMA temp_store=MEMORY")
        driver.execute(f"PRAGMA cache_size=-{CACHE if writes else CACHE // 8}")
        driver.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")

    return engine


def _postgresql(url: str, patience: float) -> Engine:
    return create_engine(
        parse(url),
        poolclass=NullPool,
        hide_parameters=True,
        json_serializer=_to_json,
        connect_args={
            "application_name": "arraigo",
            "connect_timeout": max(2, round(patience)),  # libpq takes whole seconds, 2 at least
            "options": f"-c timezone=UTC -c lock_timeout={round(patience * 1000)}",
            "keepalives_idle": 30,
        },
    )
