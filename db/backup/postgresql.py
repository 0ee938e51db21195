"""Backups of a PostgreSQL database: a zip with a manifest and each table as `COPY` gives it, of one moment."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from alembic import command
from psycopg import sql
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from db import engines, migrate
from db.away import explain
from db.backup.archive import BackupError, appearing, check_revision, check_target

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1 << 20  # bytes read at a time
_LEVEL = 3  # of compression: what is encrypted hardly shrinks

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, KeyError)

Driver = psycopg.Connection[tuple[Any, ...]]


def backup(url: str, file: Path) -> None:
    """Write every table, all as they are at one moment, while others read and write."""
    with appearing(file) as written, _connected(engines.read_engine(url)) as connection:
        revision = migrate.revision_of(connection)
        if revision is None:
            raise BackupError("the database has no tables yet: there is nothing to keep")
        driver = _driver(connection)
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            tables = {name: _copy_out(driver, archive, name) for name in _tables(connection)}
            manifest = {"arraigo_backup": FORMAT, "revision": revision, "tables": tables}
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))


def restore(url: str, file: Path, *, replace: bool) -> None:
    """Read every table back, in one transaction: all of it or, if it fails, nothing."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise BackupError(f"{file} is no backup of ours, or it was cut short") from error
    with archive, _connected(engines.write_engine(url, migrate.PATIENCE)) as connection:
        manifest = _manifest(archive, file)
        migrate.wait_for_others(connection)
        _make_room(connection, check_revision(file, manifest["revision"]), replace=replace)
        for name in _in_order(connection, manifest["tables"], file):
            _copy_in(_driver(connection), archive, name, manifest["tables"][name])


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except (DBAPIError, psycopg.Error) as error:
        raise explain(error) from error
    finally:
        engine.dispose()


def _driver(connection: Connection) -> Driver:
    return cast(Driver, connection.connection.driver_connection)


def _tables(connection: Connection) -> list[str]:
    """Our tables, those that others refer to first."""
    order = inspect(connection).get_sorted_table_and_fkc_names()
    return [name for name, _ in order if name not in (None, "alembic_version")]


def _columns(driver: Driver, table: str) -> list[str]:
    query = (
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s ORDER BY ordinal_position"
    )
    return [name for (name,) in driver.execute(query, (table,)).fetchall()]


def _copy_out(driver: Driver, archive: zipfile.ZipFile, table: str) -> dict[str, Any]:
    columns, digest, rows = _columns(driver, table), hashlib.sha256(), 0
    with (
        driver.cursor() as cursor,
        archive.open(_member(table), "w", force_zip64=True) as out,
        cursor.copy(_copy(table, columns, "TO STDOUT")) as copy,
    ):
        for block in copy:
            out.write(block)
            digest.update(block)
            rows += bytes(block).count(b"\n")
    sequence = _sequence(driver, table)
    last = driver.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sequence)) if sequence else None
    return {
        "columns": columns,
        "rows": rows,
        "sha256": digest.hexdigest(),
        "sequence": last.fetchone() if last else None,
    }


def _copy_in(driver: Driver, archive: zipfile.ZipFile, table: str, entry: Mapping[str, Any]) -> None:
    digest, rows = hashlib.sha256(), 0
    try:
        with (
            driver.cursor() as cursor,
            archive.open(_member(table)) as stored,
            cursor.copy(_copy(table, entry["columns"], "FROM STDIN")) as copy,
        ):
            while block := stored.read(_CHUNK):
                copy.write(block)
                digest.update(block)
                rows += block.count(b"\n")
    except (*_DAMAGED, psycopg.DataError, psycopg.IntegrityError) as error:
        raise BackupError(f"the backup is damaged at table {table}; nothing was restored") from error
    if (rows, digest.hexdigest()) != (entry["rows"], entry["sha256"]):
        raise BackupError(f"the backup is damaged at table {table}; nothing was restored")
    if entry["sequence"]:
        driver.execute("SELECT setval(%s, %s, %s)", (_sequence_name(driver, table), *entry["sequence"]))


def _member(table: str) -> str:
    return f"tables/{table}.copy"


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), names, sql.SQL(direction))


def _sequence_name(driver: Driver, table: str) -> str | None:
    """The sequence behind a table's `id`, quoted, with its schema."""
    if "id" not in _columns(driver, table):
        return None
    row = driver.execute("SELECT pg_get_serial_sequence(quote_ident(%s), 'id')", (table,)).fetchone()
    return row[0] if row else None


def _sequence(driver: Driver, table: str) -> sql.Identifier | None:
    name = _sequence_name(driver, table)
    return None if name is None else sql.Identifier(*(part.strip('"') for part in name.split(".")))


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except (*_DAMAGED, ValueError) as error:
        raise BackupError(f"{file} is no backup of ours, or it was cut short") from error
    if manifest.get("arraigo_backup") != FORMAT:
        raise BackupError(f"{file} was made by another release: restore it with that one")
    return manifest


def _make_room(connection: Connection, wanted: str, *, replace: bool) -> None:
    """Leave the tables of that revision, all empty."""
    found, tables = migrate.revision_of(connection), _tables(connection)
    driver = _driver(connection)
    if not replace:
        check_target(found, wanted, empty=not any(_has_rows(driver, table) for table in tables))
    names = sql.SQL(", ").join(map(sql.Identifier, [*tables, "alembic_version"]))
    if found == wanted and tables:
        driver.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        return
    if found is not None:
        driver.execute(sql.SQL("DROP TABLE {} CASCADE").format(names))
    command.upgrade(migrate.configuration(connection), wanted)


def _has_rows(driver: Driver, table: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))
    return driver.execute(query).fetchone() is not None


def _in_order(connection: Connection, stored: Mapping[str, Any], file: Path) -> list[str]:
    tables = _tables(connection)
    if set(tables) != set(stored):
        raise BackupError(f"{file} does not hold the tables of its revision; nothing was restored")
    return tables
