"""Those who work the panel, and what they did."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, true

from db.tables.columns import Json, Key, moment, ref, table, text

users = table(
    "users",
    text("email", unique=True),
    text("name", default=""),
    text("role"),
    text("password_hash", nullable=True),
    text("country", nullable=True),
    text("department", nullable=True),
    Column("active", Boolean, nullable=False, server_default=true()),
    moment("last_login_at"),
)

audit_log = table(  # append-only; rows are named by table and id, so that an erased one can still be named
    "audit_log",
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    text("action"),
    text("entity"),
    Column("entity_id", Key),
    Column("detail", Json),
    Index(None, "entity", "entity_id"),
)
