"""Brings a database up to date, and says which revision it is at; safe when several processes try at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db import engines
from db.away import explain
from db.seeding import seed

PATIENCE = 60.0  # seconds to wait for another process that is migrating

_LOCK = 0x617272616967  # "arraig": PostgreSQL's advisory locks are numbers


class WrongRevision(Exception):
    """The database was made by a newer release than this one: update the program."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@cache
def head() -> str:
    """The revision that this release works with."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def known(revision: str) -> bool:
    """Whether this release has that revision among its own."""
    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    return any(script.revision == revision for script in scripts)


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at, `None` for one without tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Whether the database is at the revision that this release works with."""
    return revision_of(connection) == head()


def current(url: str) -> str | None:
    """The revision of a database, `None` for an empty one. Raises `DatabaseAway`."""
    if engines.is_sqlite(url) and not engines.sqlite_path(url).exists():
        return None
    with _connected(url) as connection:
        return revision_of(connection)


def upgrade(url: str, revision: str = "head") -> bool:
    """Bring a database to a revision; whether there was anything to do.

    Makes the SQLite file and its folder if need be. One transaction: it is done wholly or not at all.
    Raises `DatabaseAway`, `WrongRevision`.
    """
    if engines.is_sqlite(url):
        engines.sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    target = head() if revision == "head" else revision
    with _connected(url) as connection:
        if revision_of(connection) == target:
            return False
        connection.rollback()
        return _upgrade_alone(connection, target)


def prepare(url: str, now: datetime | None = None) -> None:
    """Bring a database up to date and fill in places and institutions. Raises as `upgrade` does."""
    upgrade(url)
    with _connected(url) as connection, connection.begin():
        wait_for_others(connection)
        seed(connection, now or datetime.now(UTC))


def wait_for_others(connection: Connection) -> None:
    """One process at a time, until the transaction ends; SQLite's own lock does the same."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _upgrade_alone(connection: Connection, target: str) -> bool:
    if connection.dialect.name == "sqlite":
        # To change a table, SQLite rebuilds it: no cascade may follow. (Without effect in a transaction.)
        driver = cast(sqlite3.Connection, connection.connection.driver_connection)
        driver.execute("PRAGMA foreign_keys=OFF")
    with connection.begin():
        wait_for_others(connection)
        found = revision_of(connection)
        if found == target:
            return False
        if found is not None and not known(found):
            raise WrongRevision(f"the database is at revision {found} of a newer release: update the program")
        command.upgrade(configuration(connection), target)
    return True


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = engines.write_engine(url, PATIENCE)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise explain(error) from error
    finally:
        engine.dispose()
