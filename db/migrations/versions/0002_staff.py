"""The staff's way into the panel: sessions, failed logins, a second step; and whose data an action was about."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Json, Key, UtcDateTime

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def new_in_users() -> list[sa.Column[Any]]:
    return [
        sa.Column("password_changed_at", UtcDateTime(), nullable=True),
        sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("totp_enc", sa.LargeBinary(), nullable=True),
        sa.Column("totp_since", UtcDateTime(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=True),
        sa.Column("telegram_id", sa.Text(), nullable=True),
        sa.Column("languages", Json, server_default='["es"]', nullable=False),
    ]


def upgrade() -> None:
    for column in new_in_users():
        op.add_column("users", column)
    linked = sa.text("telegram_id IS NOT NULL")
    op.create_index(
        "uq_users_telegram_id", "users", ["telegram_id"], unique=True, postgresql_where=linked, sqlite_where=linked
    )
    op.create_table(
        "panel_sessions",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("stage IN ('code', 'full')", name=op.f("ck_panel_sessions_stage")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_panel_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_panel_sessions_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_panel_sessions_user_id"), "panel_sessions", ["user_id"])
    op.create_table(
        "login_attempts",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('account', 'address', 'code')", name=op.f("ck_login_attempts_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_login_attempts_kind_key_hash", "login_attempts", ["kind", "key_hash"], unique=True)
    op.create_index(op.f("ix_login_attempts_last_at"), "login_attempts", ["last_at"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    op.add_column("audit_log", sa.Column("contact_id", Key, nullable=True))
    op.execute("UPDATE audit_log SET contact_id = entity_id WHERE entity = 'contacts'")
    op.drop_index("ix_audit_log_user_id", "audit_log")
    op.create_index("ix_audit_log_user_id_id", "audit_log", ["user_id", "id"])
    about = sa.text("contact_id IS NOT NULL")
    op.create_index(
        "ix_audit_log_contact_id_id",
        "audit_log",
        ["contact_id", "id"],
        postgresql_where=about,
        sqlite_where=about,
    )
    op.create_index(op.f("ix_audit_log_created_at"), "audit_log", ["created_at"])


def downgrade() -> None:
    for name in ("ix_audit_log_created_at", "ix_audit_log_contact_id_id", "ix_audit_log_user_id_id"):
        op.drop_index(name, "audit_log")
    op.create_index("ix_audit_log_user_id", "audit_log", ["user_id"])
    op.drop_column("audit_log", "contact_id")
    for table in ("recovery_codes", "login_attempts", "panel_sessions"):
        op.drop_table(table)
    op.drop_index("uq_users_telegram_id", "users")
    for column in reversed(new_in_users()):
        op.drop_column("users", column.name)
