"""Turns the keys: seals everything anew that an older key sealed, batch by batch, while the service runs.

To turn a key: put a new one first in the list, restart, run `turn_all`, then drop the old one. Stopped
half-way, it is simply run again: a token names its key, so what was turned already is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Column, Connection, Table, bindparam, func, select, update

from db.crypto import HEADER, CannotOpen, Cipher
from db.database import Database
from db.tables import metadata

BATCH = 500  # rows in one transaction


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that holds tokens: of which use, by which of the ciphers («data», «care»)."""

    table: Table
    column: Column[bytes]
    context: str
    key: str


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of one column: tokens turned, and the ids of the rows that no key opens."""

    name: str
    turned: int
    unreadable: tuple[int, ...]


def sealed_columns() -> Iterator[Sealed]:
    """Every encrypted column, as the tables declare them."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if "encrypted" in column.info:
                yield Sealed(table, column, column.info["encrypted"], column.info["key"])


def turn_all(database: Database, ciphers: Mapping[str, Cipher], batch: int = BATCH) -> list[Turned]:
    """Turn every column. `ciphers` has «data» and «care». Raises `DatabaseAway`; run it again then."""
    return [_turn_column(database, sealed, ciphers[sealed.key], batch) for sealed in sealed_columns()]


def _turn_column(database: Database, sealed: Sealed, cipher: Cipher, batch: int) -> Turned:
    last, turned, unreadable = 0, 0, list[int]()
    while rows := database.read_now(partial(_find, sealed, cipher, last, batch)):
        stuck = database.write_now(partial(_turn, sealed, cipher, rows))
        last = rows[-1]
        turned += len(rows) - len(stuck)
        unreadable += stuck
    return Turned(f"{sealed.table.name}.{sealed.column.name}", turned, tuple(unreadable))


def _find(sealed: Sealed, cipher: Cipher, last: int, batch: int, connection: Connection) -> Sequence[int]:
    """The next rows that an older key sealed; looked for among the readers, so that nobody waits to write."""
    key, column = sealed.table.c.id, sealed.column
    old = func.substr(column, 1, HEADER) != cipher.header
    return connection.scalars(select(key).where(key > last, old).order_by(key).limit(batch)).all()


def _turn(sealed: Sealed, cipher: Cipher, rows: Sequence[int], connection: Connection) -> list[int]:
    """Turn these rows as they are now. Returns those that no key opens."""
    key, column = sealed.table.c.id, sealed.column
    query = select(key, column).where(key.in_(rows), column.is_not(None)).order_by(key).with_for_update()
    fresh, stuck = [], []
    for row, token in connection.execute(query):
        try:
            fresh.append({"row": row, "token": cipher.turn(token, sealed.context)})
        except CannotOpen:
            stuck.append(row)
    if fresh:
        change = update(sealed.table).where(key == bindparam("row")).values({column: bindparam("token")})
        connection.execute(change, fresh)
    return stuck
