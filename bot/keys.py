"""The keys that protect what people tell: given as settings, or made up and kept beside the SQLite file."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import SHORTEST_KEY, Settings, SettingsError, keys_in, variable
from db.crypto import BadKey, new_key, read_key
from db.engines import is_sqlite, sqlite_path

NAMES = ("secret_key", "data_key", "care_key", "hash_key")
SUFFIX = ".keys"  # added to the name of the SQLite file
_REPLACEABLE = {"secret_key"}  # a new one only ends the panel's sessions
_HEADER = (
    "# Arraigo made these keys up. Without them nobody can read what people wrote; with them anybody can.\n"
    "# Keep a copy apart from the backups of the database. Change nothing here.\n"
)
_HOW = "Make a set with: python -m bot.keys"

Kept = Mapping[str, str]  # name of a setting -> key


class KeysError(SettingsError):
    """Keys are missing, lost or unreadable. The message has a line for each and says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys in force. Lists go from the newest, which seals, to the oldest, which still opens."""

    secret: str = field(repr=False)  # signs the panel's sessions
    data: tuple[str, ...] = field(repr=False)  # seals personal data
    care: tuple[str, ...] = field(repr=False)  # seals psychosocial data
    hash: str = field(repr=False)  # finds people without reading them; never turns


def load(settings: Settings) -> Keys:
    """The keys of these settings; what is missing with SQLite is made up once and kept. Raises `KeysError`.

    To be called before the database is made: a database without its keys is an error.
    """
    texts = {name: keys_in(getattr(settings, name)) for name in NAMES}
    given = {name: tuple(map(full_size, keys)) for name, keys in texts.items() if keys}
    missing = [name for name in NAMES if name not in given]
    kept: Kept = {}
    if is_sqlite(settings.database):
        kept = _kept(sqlite_path(settings.database), missing)
    elif missing:
        raise KeysError("\n".join(f"{variable(name)}: PostgreSQL needs it. {_HOW}" for name in missing))
    return _join(given, kept)


def make() -> dict[str, str]:
    """A new set, one for each name."""
    return {name: new_key() for name in NAMES}


def full_size(key: str) -> str:
    """A key as ciphers want it, 32 bytes in base64url; one of another form (hexadecimal, say) is hashed."""
    try:
        read_key(key)
    except BadKey:
        return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode().rstrip("=")
    return key


def _join(given: Mapping[str, tuple[str, ...]], kept: Kept) -> Keys:
    """Given keys come first; a kept one stays behind them, so that what it sealed can be opened."""
    if "hash_key" in given and kept.get("hash_key") not in (None, *given["hash_key"]):
        raise KeysError("ARRAIGO_HASH_KEY: differs from the one kept beside the database. It never changes: empty it")
    every = {name: (*given.get(name, ()), *((kept[name],) if name in kept else ())) for name in NAMES}
    data, care = (tuple(dict.fromkeys(every[name])) for name in ("data_key", "care_key"))
    return Keys(every["secret_key"][0], data, care, every["hash_key"][0])


def _kept(database: Path, missing: list[str]) -> Kept:
    file = database.with_name(database.name + SUFFIX)
    try:
        if not missing:
            return _read(file) if file.exists() else {}
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone_in(database.parent):
            if not file.exists():
                _refuse_if_lost(database, file, missing)
                _write(file, {name: key for name, key in make().items() if name in missing})
            kept = _read(file)
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"{file}: {_reason(error)}. Let this user read and write it, or restore your copy") from None
    if lacking := [variable(name) for name in missing if name not in kept]:
        raise KeysError(f"{file}: lacks {', '.join(lacking)}. Restore your copy of the file, or set the variable")
    return kept


def _reason(error: Exception) -> str:
    return (error.strerror or "cannot be used") if isinstance(error, OSError) else "is no text"


def _refuse_if_lost(database: Path, file: Path, missing: list[str]) -> None:
    lost = [variable(name) for name in missing if name not in _REPLACEABLE]
    if lost and database.exists() and database.stat().st_size:
        raise KeysError(
            f"{file}: gone, though {database} is there and cannot be read without {', '.join(lost)}. "
            f"Restore your copy of the file, or move the database away to start anew"
        )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: of two processes that start at once, one makes keys, the other reads them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(file: Path, keys: Kept) -> None:
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(_HEADER + as_lines(keys))
        out.flush()
        os.fsync(out.fileno())
    new.rename(file)


def _read(file: Path) -> Kept:
    names = {variable(name): name for name in NAMES}
    kept: dict[str, str] = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            name, _, key = (part.strip() for part in line.partition("="))
            if name not in names or len(key) < SHORTEST_KEY:
                raise KeysError(f"{file}: line {number} is damaged. Restore your copy of the file")
            kept[names[name]] = key
    if not kept:
        raise KeysError(f"{file}: is empty. Restore your copy of the file")
    return kept


def as_lines(keys: Kept) -> str:
    """Keys as the lines of a `.env` file."""
    return "".join(f"{variable(name)}={key}\n" for name, key in keys.items())


if __name__ == "__main__":
    print(as_lines(make()), end="")
