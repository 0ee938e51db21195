"""What revisions are written with: tables with id and moment, partial indexes, columns with their foreign keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Key, UtcDateTime

KEEP_IDS: Final[Mapping[str, Any]] = {"sqlite_autoincrement": True}
"""For `batch_alter_table`: no id is used twice, also after SQLite's copy of the table."""


def created(name: str, *items: sa.Column[Any] | sa.Constraint) -> None:
    """A table with id and moment."""
    op.create_table(
        name,
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *items,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sqlite_autoincrement=True,
    )


def key(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    """A foreign key, for `created`."""
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=on_delete)


def indexed(table: str, *columns: str) -> None:
    """An index of each of these columns."""
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def partial(name: str, table: str, columns: Sequence[str], where: str, *, unique: bool = False) -> None:
    """An index of only the rows that matter, the same on both databases."""
    rule = sa.text(where)
    op.create_index(name, table, list(columns), unique=unique, postgresql_where=rule, sqlite_where=rule)


def widened(
    table: str,
    *columns: sa.Column[Any],
    keys: Mapping[str, str] | None = None,
    rules: Mapping[str, str] | None = None,
) -> None:
    """Columns more; `keys`: column to table, null once that row goes; `rules`: check constraints by name, anew."""
    with op.batch_alter_table(table, table_kwargs=KEEP_IDS) as batch:
        for column in columns:
            batch.add_column(column)
        for column_name, target in (keys or {}).items():
            foreign = op.f(f"fk_{table}_{column_name}")
            batch.create_foreign_key(foreign, target, [column_name], ["id"], ondelete="SET NULL")
        for name, rule in (rules or {}).items():
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))
    indexed(table, *(keys or {}))


def narrowed(table: str, *columns: str, keys: Sequence[str] = (), rules: Mapping[str, str] | None = None) -> None:
    """The way back from `widened`."""
    for column in keys:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    with op.batch_alter_table(table, table_kwargs=KEEP_IDS) as batch:
        for name, rule in (rules or {}).items():
            batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(rule))
        for column in keys:
            batch.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
        for column in (*keys, *columns):
            batch.drop_column(column)
