"""Backups: what comes back is what was there, or nothing at all and a sentence that says why."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text

from db import migrate
from db.backup import BackupError, backup, restore
from db.crypto import Cipher, new_key
from db.database import Database
from db.seeding import seed
from db.tables import contacts, identities, metadata, sources

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TOKEN = Cipher([new_key()]).seal("Ana\t\\N\n«ñ»", "name")


def fill(connection: Connection) -> None:
    seed(connection, NOW)
    connection.execute(insert(contacts).values(created_at=NOW, code="a\tb\\N\n", channel_first="sms", name_enc=TOKEN))
    connection.execute(insert(sources).values(created_at=NOW, code="gone", name=""))
    connection.execute(delete(sources))


def everything(connection: Connection) -> dict[str, list[Any]]:
    return {
        table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in metadata.sorted_tables
    }


@pytest.fixture
def other_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A second database of the same kind, without any table."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'other' / 'other.db'}"
    url: str = request.getfixturevalue("blank_postgres_url")
    return url


@pytest.fixture
def opened(other_url: str) -> Iterator[Callable[[], Database]]:
    """Opens the second database."""
    databases: list[Database] = []

    def open_it() -> Database:
        databases.append(Database(other_url))
        return databases[-1]

    yield open_it
    for database in databases:
        database.close()


def test_what_comes_back_is_what_was_there(
    database: Database, database_url: str, other_url: str, tmp_path: Path, opened: Callable[[], Database]
) -> None:
    database.write_now(fill)
    backup(database_url, tmp_path / "kept")
    restore(other_url, tmp_path / "kept")
    other = opened()
    assert other.read_now(everything) == database.read_now(everything)
    assert migrate.current(other_url) == migrate.HEAD
    add = insert(sources).values(created_at=NOW, code="x", name="").returning(sources.c.id)
    assert other.write_now(lambda c: c.scalar(add)) == 2, "ids go on where they were"


def test_the_file_is_its_owners_alone(database: Database, database_url: str, tmp_path: Path) -> None:
    backup(database_url, tmp_path / "kept")
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "kept"))] == ["kept"]


def test_it_is_of_one_moment_while_others_write(database: Database, database_url: str, tmp_path: Path) -> None:
    """Each transaction adds a contact with its identity: no backup has the one without the other."""
    stop = threading.Event()

    def add(number: int, connection: Connection) -> None:
        person = insert(contacts).values(id=number, created_at=NOW, code=str(number), channel_first="sms")
        connection.execute(person)
        connection.execute(
            insert(identities).values(
                created_at=NOW, contact_id=number, channel="sms", address_hash=str(number).encode()
            )
        )

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            database.write_now(partial(add, number))

    writing = threading.Thread(target=write)
    writing.start()
    for number in range(5):
        backup(database_url, tmp_path / f"kept{number}")
    stop.set()
    writing.join()
    restore(database_url, tmp_path / "kept4", replace=True)
    counts = database.read_now(lambda c: [len(c.execute(select(table)).all()) for table in (contacts, identities)])
    assert counts[0] == counts[1] > 0


def test_a_database_that_holds_something_is_not_overwritten_unasked(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    backup(database_url, tmp_path / "empty")
    database.write_now(fill)
    with pytest.raises(BackupError, match="holds data already"):
        restore(database_url, tmp_path / "empty")
    assert database.read_now(lambda c: c.scalar(select(func.count()).select_from(contacts))) == 1
    restore(database_url, tmp_path / "empty", replace=True)
    assert database.read_now(lambda c: c.scalar(select(func.count()).select_from(contacts))) == 0


def test_a_database_at_another_revision_is_refused(database: Database, database_url: str, tmp_path: Path) -> None:
    backup(database_url, tmp_path / "kept")
    database.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'x9'")))
    with pytest.raises(BackupError, match="is at revision x9 and the backup at"):
        restore(database_url, tmp_path / "kept")
    restore(database_url, tmp_path / "kept", replace=True)
    assert migrate.current(database_url) == migrate.HEAD


def test_a_backup_of_a_newer_release_is_refused(
    database: Database, database_url: str, other_url: str, tmp_path: Path
) -> None:
    database.write_now(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'x9'")))
    backup(database_url, tmp_path / "kept")
    with pytest.raises(BackupError, match="newer release"):
        restore(other_url, tmp_path / "kept", replace=True)


def test_a_damaged_backup_changes_nothing(database: Database, database_url: str, tmp_path: Path) -> None:
    database.write_now(fill)
    file = tmp_path / "kept"
    backup(database_url, file)
    before = database.read_now(everything)
    content = bytearray(file.read_bytes())
    for at in range(len(content) // 3, len(content) // 2):
        content[at] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(BackupError, match=r"damaged|cut short"):
        restore(database_url, file, replace=True)
    assert database.read_now(everything) == before


def test_a_changed_table_is_found_by_its_checksum(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    database.write_now(fill)
    backup(postgres_url, tmp_path / "kept")
    with zipfile.ZipFile(tmp_path / "kept") as old, zipfile.ZipFile(tmp_path / "changed", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"Mejicanos", b"Mexicanos"))
    with pytest.raises(BackupError, match="damaged at table districts"):
        restore(postgres_url, tmp_path / "changed", replace=True)
    manifest = json.loads(zipfile.ZipFile(tmp_path / "kept").read("manifest.json"))
    assert manifest["revision"] == migrate.HEAD
    assert manifest["tables"]["districts"]["rows"] == 262
    database.close()


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"anything", b"SQLite format 3\0 and no more"])
def test_what_is_no_backup_is_refused(database_url: str, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    with pytest.raises(BackupError):
        restore(database_url, tmp_path / "kept")


def test_the_kinds_do_not_mix(sqlite_url: str, postgres_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "small")
    backup(postgres_url, tmp_path / "large")
    with pytest.raises(BackupError, match="no backup of a PostgreSQL database"):
        restore(postgres_url, tmp_path / "small")
    with pytest.raises(BackupError, match="no backup of a SQLite database"):
        restore(sqlite_url, tmp_path / "large")


def test_files_that_are_in_the_way_or_not_there(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(BackupError, match="exists already"):
        backup(sqlite_url, tmp_path / "there")
    with pytest.raises(BackupError, match="cannot be written"):
        backup(sqlite_url, tmp_path / "nowhere" / "kept")
    with pytest.raises(BackupError, match="cannot be read"):
        restore(sqlite_url, tmp_path / "not there")
    with pytest.raises(BackupError, match="no database at"):
        backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "kept")


def test_a_sqlite_backup_is_a_sqlite_database(sqlite_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "kept")
    connection = sqlite3.connect(tmp_path / "kept")
    assert connection.execute("SELECT count(*) FROM contacts").fetchone() == (0,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
