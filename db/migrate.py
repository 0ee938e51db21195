"""Brings a database up to date, and says which revision it is at; safe when several processes try at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from db import engines
from db.away import explain
from db.seeding import seed

if TYPE_CHECKING:  # Alembic takes half a second to load, and a database that is current needs none of it
    from alembic.config import Config

HEAD: Final = "0009"  # the revision that this release works with, the last of db/migrations/versions
PATIENCE = 60.0  # seconds to wait for another process that is migrating

_LOCK = 0x617272616967  # "arraig": PostgreSQL's advisory locks are numbers


class WrongRevision(Exception):
    """The database was made by a newer release than this one: update the program."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known(revision: str) -> bool:
    """Whether this release has that revision among its own."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(configuration()).walk_revisions()
    return any(script.revision == revision for script in scripts)


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at, `None` for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return cast("str | None", connection.scalar(text("SELECT version_num FROM alembic_version")))


def is_current(connection: Connection) -> bool:
    """Whether the database is at the revision that this release works with."""
    return revision_of(connection) == HEAD


def current(url: str) -> str | None:
    """The revision of a database, `None` for an empty one. Raises `DatabaseAway`."""
    if engines.is_sqlite(url) and not engines.sqlite_path(url).exists():
        return None
    with _connected(engines.read_engine(url, PATIENCE)) as connection:
        return revision_of(connection)


def upgrade(url: str, revision: str = HEAD) -> bool:
    """Bring a database to a revision; whether there was anything to do.

    Makes the SQLite file and its folder if need be. One transaction: it is done wholly or not at all.
    Raises `DatabaseAway`, `WrongRevision`.
    """
    if engines.is_sqlite(url):
        engines.sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
        engines.sqlite_path(url).touch()
    if current(url) == revision:
        return False
    with _connected(engines.write_engine(url, PATIENCE)) as connection:
        return _upgrade_alone(connection, revision)


def prepare(url: str, now: datetime | None = None) -> None:
    """Bring a database up to date and fill in places and institutions. Raises as `upgrade` does."""
    upgrade(url)
    with _connected(engines.write_engine(url, PATIENCE)) as connection, connection.begin():
        wait_for_others(connection)
        seed(connection, now or datetime.now(UTC))


def wait_for_others(connection: Connection) -> None:
    """One process at a time, until the transaction ends; SQLite's own lock does the same."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _upgrade_alone(connection: Connection, target: str) -> bool:
    from alembic import command

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
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise explain(error) from error
    finally:
        engine.dispose()
