"""Migrations: they make what the tables say, once, whoever asks at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from db import engines, migrate
from db.away import DatabaseAway
from db.database import Database
from db.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new folder' / 'arraigo.db'}"
    url: str = request.getfixturevalue("blank_postgres_url")
    return url


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = engines.write_engine(database_url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_the_tables_and_the_migrations_agree(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []


def rows_of(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where")))


def details(connection: Connection) -> dict[str, Any]:
    """What `compare_metadata` does not look at: defaults, checks, what a deletion does, an index's rows."""
    seen = inspect(connection)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(table)],
            sorted((check["name"] or "", check["sqltext"]) for check in seen.get_check_constraints(table)),
            sorted((key["name"] or "", str(key["options"])) for key in seen.get_foreign_keys(table)),
            sorted((str(i["name"]), bool(i["unique"]), rows_of(i)) for i in seen.get_indexes(table)),
        )
        for table in sorted(seen.get_table_names())
        if table != "alembic_version"
    }


def test_they_agree_in_the_details_too(connection: Connection) -> None:
    migrated = details(connection)
    metadata.drop_all(connection)
    metadata.create_all(connection)
    assert details(connection) == migrated
    assert set(migrated) == set(metadata.tables)


def test_there_is_one_revision_at_the_head(database: Database, database_url: str) -> None:
    assert ScriptDirectory.from_config(migrate.configuration()).get_heads() == [migrate.HEAD]
    assert database.read_now(migrate.is_current)
    assert migrate.current(database_url) == migrate.HEAD
    assert not migrate.upgrade(database_url)


def test_a_blank_database_is_not_current_and_becomes_it(blank_url: str) -> None:
    assert migrate.current(blank_url) is None
    assert migrate.upgrade(blank_url)
    assert migrate.current(blank_url) == migrate.HEAD


def test_several_at_once_do_it_once(blank_url: str) -> None:
    program = "import sys; from db import migrate; print(migrate.upgrade(sys.argv[1]))"
    several = [
        subprocess.Popen([sys.executable, "-c", program, blank_url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sorted(process.communicate()[0] for process in several) == ["False\n", "False\n", "True\n"]
    assert migrate.current(blank_url) == migrate.HEAD


def test_preparing_twice_fills_in_once(blank_url: str) -> None:
    migrate.prepare(blank_url)
    database = Database(blank_url)
    count = text("SELECT count(*) FROM municipalities")
    before = database.read_now(lambda c: c.scalar(count))
    migrate.prepare(blank_url)
    assert database.read_now(lambda c: c.scalar(count)) == before == 44 + 340 + 298
    database.close()


def test_a_database_of_a_newer_release_is_left_alone(database: Database, database_url: str) -> None:
    database.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'x9'")))
    with pytest.raises(migrate.WrongRevision, match="update the program"):
        migrate.upgrade(database_url)
    assert not database.read_now(migrate.is_current)


def test_it_can_be_taken_back(connection: Connection) -> None:
    from alembic import command

    with connection.begin():
        command.downgrade(migrate.configuration(connection), "base")
    assert set(inspect(connection).get_table_names()) == {"alembic_version"}


def test_each_step_can_be_taken_back_and_done_again(connection: Connection) -> None:
    from alembic import command

    way = [step.revision for step in ScriptDirectory.from_config(migrate.configuration()).walk_revisions()]
    shapes = {way[0]: details(connection)}
    connection.rollback()
    for revision in way[1:]:
        with connection.begin():
            command.downgrade(migrate.configuration(connection), revision)
        shapes[revision] = details(connection)
        connection.rollback()
    assert len(set(map(str, shapes.values()))) == len(way)  # each made a difference
    for revision in reversed(way[:-1]):
        with connection.begin():
            command.upgrade(migrate.configuration(connection), revision)
        assert details(connection) == shapes[revision], revision
        connection.rollback()


def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(DatabaseAway):
        migrate.upgrade("postgresql://a:b@/c?host=/nowhere")
