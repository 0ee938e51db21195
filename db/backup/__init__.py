"""The whole database into one file, consistent while everything runs, and back."""

from __future__ import annotations

from pathlib import Path

from db import engines
from db.backup import sqlite
from db.backup.archive import BackupError

__all__ = ["BackupError", "backup", "restore"]


def backup(url: str, file: str | Path) -> None:
    """Write a new file. It holds personal data, encrypted: keep it apart from the keys.

    Raises `BackupError`, `DatabaseAway`.
    """
    if engines.is_sqlite(url):
        sqlite.backup(engines.sqlite_path(url), Path(file))
    else:
        from db.backup import postgresql  # loads PostgreSQL's driver

        postgresql.backup(url, Path(file))


def restore(url: str, file: str | Path, *, replace: bool = False) -> None:
    """Bring back what `backup` wrote, into an empty database of the same kind; with `replace` into any.

    The database is then at the backup's revision: migrate it. Raises `BackupError`, `DatabaseAway`.
    """
    file = Path(file)
    try:
        with file.open("rb") as stored:
            is_sqlite = stored.read(len(sqlite.MAGIC)) == sqlite.MAGIC
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}") from error
    if is_sqlite != engines.is_sqlite(url):
        kind = "PostgreSQL" if is_sqlite else "SQLite"
        raise BackupError(f"{file} is no backup of a {kind} database, which this one is")
    if is_sqlite:
        sqlite.restore(engines.sqlite_path(url), file, replace=replace)
    else:
        from db.backup import postgresql

        postgresql.restore(url, file, replace=replace)
