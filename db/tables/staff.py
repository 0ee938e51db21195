"""Those who work the panel, how they get in, and what they did."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, false, true

from db.tables.columns import Json, Key, index, moment, one_of, ref, sealed, table, text

users = table(
    "users",
    text("email", unique=True),  # in lower case
    text("name", default=""),
    text("role"),
    text("password_hash", nullable=True),
    text("country", nullable=True),  # SV, GT or HN: all they see is of that country; null: of every country
    text("department", nullable=True),
    Column("active", Boolean, nullable=False, server_default=true()),
    moment("last_login_at"),
    moment("password_changed_at"),
    Column("must_change", Boolean, nullable=False, server_default=false()),  # the password is a temporary one
    sealed("totp_enc", "panel second step"),
    moment("totp_since"),  # null: no second step, or one that its first code has not confirmed yet
    Column("totp_step", Integer),  # the newest time step whose code was used: no code counts twice
    text("telegram_id", nullable=True),
    Column("languages", Json, nullable=False, server_default='["es"]'),  # codes: es, en, quc, mam, kek, cak, kjb
    index("uq_users_telegram_id", "telegram_id", where="telegram_id IS NOT NULL", unique=True),
)

panel_sessions = table(
    "panel_sessions",
    ref("user_id", "users", on_delete="CASCADE"),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    text("stage"),  # code: the password was right, the second step is still to come
    moment("last_seen_at", nullable=False),
    one_of("stage", "code", "full"),
)

login_attempts = table(  # one row for each account or network address that failed lately
    "login_attempts",
    text("kind"),
    Column("key_hash", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False),
    moment("last_at", nullable=False),
    moment("locked_until"),
    one_of("kind", "account", "address", "code"),
    Index("uq_login_attempts_kind_key_hash", "kind", "key_hash", unique=True),
    Index(None, "last_at"),
)

recovery_codes = table(
    "recovery_codes",
    ref("user_id", "users", on_delete="CASCADE"),
    Column("code_hash", LargeBinary, nullable=False),
    moment("used_at"),
)

audit_log = table(  # append-only; rows are named by table and id, so that an erased one can still be named
    "audit_log",
    ref("user_id", "users", nullable=True, on_delete="SET NULL", index=False),
    text("action"),
    text("entity"),
    Column("entity_id", Key),
    Column("detail", Json),
    Column("contact_id", Key),  # whose data it was about, whatever table they are in
    Index(None, "entity", "entity_id"),
    Index("ix_audit_log_user_id_id", "user_id", "id"),
    index("ix_audit_log_contact_id_id", "contact_id", "id", where="contact_id IS NOT NULL"),
    Index(None, "created_at"),
)
