"""The column types and small builders that all tables share, and the one `metadata` they belong to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone: use datetime.now(UTC), never a naive datetime")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@lru_cache(maxsize=8)  # one event writes the same moment many times
def _to_text(value: datetime | None) -> str | None:
    moment = _in_utc(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, in and out, on both databases.

    SQLite keeps `2026-11-22 10:00:00.000000+00:00`: it sorts as text, its date functions read it, and
    `datetime.fromisoformat` reads it in C. The processors stand alone, without the decorator's wrappers.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        text = String(32) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(text)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_text if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else None

    @property
    def python_type(self) -> type[datetime]:
        return datetime


Key = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")


def table(name: str, *items: SchemaItem) -> Table:
    """A table with `id` (never used twice) and `created_at`, which the writer gives: clocks are arguments."""
    return Table(
        name,
        metadata,
        Column("id", Key, Identity(), primary_key=True),
        Column("created_at", UtcDateTime, nullable=False),
        *items,
        sqlite_autoincrement=True,
    )


def ref(
    name: str, target: str, *, nullable: bool = False, on_delete: str | None = None, index: bool = True
) -> Column[int]:
    """A foreign key to the `id` of a table, with its index (not where another index begins with it)."""
    key = ForeignKey(f"{target}.id", ondelete=on_delete)
    return Column(name, Key, key, nullable=nullable, index=index)


def unique_ref(name: str, target: str, *, nullable: bool = False, on_delete: str | None = None) -> Column[int]:
    """A foreign key that no two rows share."""
    key = ForeignKey(f"{target}.id", ondelete=on_delete)
    return Column(name, Key, key, nullable=nullable, unique=True)


def index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of only the rows that matter, the same on both databases."""
    part = sql(where)
    return Index(name, *columns, unique=unique, postgresql_where=part, sqlite_where=part)


def text(name: str, *, nullable: bool = False, default: str | None = None, unique: bool = False) -> Column[str]:
    """A text column; `default` is the database's own."""
    return Column(name, Text, nullable=nullable, server_default=default, unique=unique)


def moment(name: str, *, nullable: bool = True) -> Column[datetime]:
    """A point in time."""
    return Column(name, UtcDateTime, nullable=nullable)


def sealed(name: str, context: str, *, key: str = "data", nullable: bool = True) -> Column[bytes]:
    """What `Cipher.seal(…, context)` made, with the data or care key; `db.rotation` finds it by this mark."""
    return Column(name, LargeBinary, nullable=nullable, info={"encrypted": context, "key": key})


def one_of(column: str, *values: str) -> CheckConstraint:
    """Only these values in a column."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)
