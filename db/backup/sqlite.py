"""Backups of a SQLite database: the file is itself a SQLite database, whole and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from db.away import DatabaseAway, explain
from db.backup.archive import BackupError, appearing, check_revision, check_target

MAGIC = b"SQLite format 3\0"
_TRIES = 40  # of a step, a quarter of a second apart


def backup(source: Path, file: Path) -> None:
    """Copy a database while others read and write; the copy is of one moment."""
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    with appearing(file) as copy, _opened(source) as database, _opened(copy) as target:
        _copy(database, target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        _check(target, file)
        if _revision(target) is None:
            raise BackupError(f"{source} has no tables yet: there is nothing to keep")


def restore(target: Path, file: Path, *, replace: bool) -> None:
    """Copy a backup back; all of it or, if it fails, nothing."""
    with _opened(file) as source:
        _check(source, file)
        revision = check_revision(file, _revision(source))
        target.parent.mkdir(parents=True, exist_ok=True)
        with _opened(target) as database:
            if not replace:
                check_target(_revision(database), revision, empty=_is_empty(database))
            _copy(source, database)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            yield connection
    except sqlite3.OperationalError as error:
        raise explain(error) from error


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    source.backup(target, pages=-1, progress=_patience())


def _patience() -> Callable[[int, int, int], None]:
    """A progress callback: the driver would wait for a lock for ever."""
    left = _TRIES

    def look(status: int, remaining: int, total: int) -> None:
        nonlocal left
        left -= 1
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and left <= 0:
            raise DatabaseAway("the database stays locked: stop the other processes and try again")

    return look


def _check(connection: sqlite3.Connection, file: Path) -> None:
    try:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file} is damaged: {error}") from error
    if verdict != "ok" or broken:
        raise BackupError(f"{file} is damaged: {verdict if verdict != 'ok' else f'a row of {broken[0]} hangs loose'}")


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def _revision(connection: sqlite3.Connection) -> str | None:
    if "alembic_version" not in _tables(connection):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _is_empty(connection: sqlite3.Connection) -> bool:
    tables = _tables(connection) - {"alembic_version"}
    return not any(connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() for table in tables)  # noqa: S608
