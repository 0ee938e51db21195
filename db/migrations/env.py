"""Runs Alembic on the connection that `db.migrate` hands over, inside the transaction that it began."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import DefaultClause
from sqlalchemy.sql.elements import False_, True_

from db.tables.columns import Json, Key, UtcDateTime, metadata


def write_ours(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """How a new revision spells our own types, and truth, which the databases spell differently."""
    if item is Key or item is Json:
        return "Key" if item is Key else "Json"
    if isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "server_default" and isinstance(item, DefaultClause) and isinstance(item.arg, True_ | False_):
        return "sa.true()" if isinstance(item.arg, True_) else "sa.false()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=context.config.attributes.get("batch", True),
    render_item=write_ours,
    user_module_prefix="",
)
context.run_migrations()
