"""What backups of both databases have in common: their error, and files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db import migrate


class BackupError(Exception):
    """A backup cannot be made or restored; the message says why and what to do."""


@contextmanager
def appearing(file: Path) -> Iterator[Path]:
    """A file to write, readable by its owner alone, that takes its name once it is whole and on the disk."""
    if file.exists():
        raise BackupError(f"{file} exists already: give another name")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise BackupError(f"{file.parent} cannot be written to: {error.strerror}") from error
    os.close(handle)
    written = Path(name)
    try:
        yield written
        _to_disk(written)
        written.rename(file)
        _to_disk(file.parent)
    finally:
        written.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_revision(file: Path, revision: str | None) -> str:
    """The revision a backup was made at, if this release can bring it up to date."""
    if revision is None or not migrate.known(revision):
        raise BackupError(f"{file} was made by a newer release (revision {revision}): update the program first")
    return revision


def check_target(found: str | None, wanted: str, *, empty: bool) -> None:
    """Refuse what must not be overwritten unasked."""
    if not empty:
        raise BackupError("the database holds data already: restore into an empty one, or say that it is replaced")
    if found not in (None, wanted):
        raise BackupError(
            f"the database is at revision {found} and the backup at {wanted}: "
            "restore into one without tables, or say that it is replaced"
        )
