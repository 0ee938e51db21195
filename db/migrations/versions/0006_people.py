"""People as staff find, join and register them; who called which line, and who reviewed which content."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Json, Key, UtcDateTime

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None

KINDS = "kind IN ('trade', 'crisis_words', 'safety_rules', 'consent', 'translation', 'mayan')"
OUTCOMES = "outcome IN ('answered', 'no_answer', 'changed')"
STANDING = sa.text("undone_at IS NULL")
UNDOABLE = sa.text("before IS NOT NULL")
KEEP_IDS: dict[str, Any] = {"sqlite_autoincrement": True}


def created(name: str, *columns: sa.Column[Any], keys: tuple[tuple[str, str, str], ...], check: str = "") -> None:
    """A table with id and moment; its foreign keys as (column, table, what a deletion does); `check`: column|rule."""
    foreign = [
        sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}"), ondelete=on_delete)
        for column, table, on_delete in keys
    ]
    column, _, rule = check.partition("|")
    checks = [sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{column}"))] if check else []
    op.create_table(
        name,
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *columns,
        *foreign,
        *checks,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    with op.batch_alter_table("contacts", table_kwargs=KEEP_IDS) as batch:
        batch.add_column(sa.Column("trade", sa.Text(), nullable=True))
        batch.add_column(sa.Column("merged_into", Key, nullable=True))
        batch.create_foreign_key(
            op.f("fk_contacts_merged_into"), "contacts", ["merged_into"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_contacts_merged_into"), "contacts", ["merged_into"])
    with op.batch_alter_table("consents", table_kwargs=KEEP_IDS) as batch:
        batch.add_column(sa.Column("taken_by", Key, nullable=True))
        batch.add_column(sa.Column("given_on", sa.Date(), nullable=True))
        batch.create_foreign_key(op.f("fk_consents_taken_by"), "users", ["taken_by"], ["id"], ondelete="SET NULL")
    op.create_index(op.f("ix_consents_taken_by"), "consents", ["taken_by"])
    _people()
    _signatures()


def _people() -> None:
    created(
        "name_tokens",
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        keys=(("contact_id", "contacts", "CASCADE"),),
    )
    op.create_index("uq_name_tokens_contact_id_token_hash", "name_tokens", ["contact_id", "token_hash"], unique=True)
    op.create_index(op.f("ix_name_tokens_token_hash_contact_id"), "name_tokens", ["token_hash", "contact_id"])
    created(
        "merges",
        sa.Column("kept_id", Key, nullable=False),
        sa.Column("dropped_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("before", Json, nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", Key, nullable=True),
        keys=(
            ("kept_id", "contacts", "CASCADE"),
            ("dropped_id", "contacts", "CASCADE"),
            ("user_id", "users", "SET NULL"),
            ("undone_by", "users", "SET NULL"),
        ),
    )
    for column in ("kept_id", "dropped_id", "user_id", "undone_by"):
        op.create_index(op.f(f"ix_merges_{column}"), "merges", [column])
    op.create_index(
        "uq_merges_standing", "merges", ["dropped_id"], unique=True, postgresql_where=STANDING, sqlite_where=STANDING
    )
    op.create_index("ix_merges_undoable", "merges", ["created_at"], postgresql_where=UNDOABLE, sqlite_where=UNDOABLE)


def _signatures() -> None:
    created(
        "line_calls",
        sa.Column("line_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        keys=(("line_id", "crisis_lines", "CASCADE"), ("user_id", "users", "SET NULL")),
        check=f"outcome|{OUTCOMES}",
    )
    for column in ("line_id", "user_id"):
        op.create_index(op.f(f"ix_line_calls_{column}"), "line_calls", [column])
    created(
        "reviews",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("profession", sa.Text(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        keys=(("user_id", "users", "SET NULL"),),
        check=f"kind|{KINDS}",
    )
    op.create_index(op.f("ix_reviews_user_id"), "reviews", ["user_id"])
    op.create_index(op.f("ix_reviews_kind_key_id"), "reviews", ["kind", "key", "id"])


def downgrade() -> None:
    for table in ("reviews", "line_calls", "merges", "name_tokens"):
        op.drop_table(table)
    op.drop_index(op.f("ix_consents_taken_by"), "consents")
    with op.batch_alter_table("consents", table_kwargs=KEEP_IDS) as batch:
        batch.drop_constraint(op.f("fk_consents_taken_by"), type_="foreignkey")
        batch.drop_column("given_on")
        batch.drop_column("taken_by")
    op.drop_index(op.f("ix_contacts_merged_into"), "contacts")
    with op.batch_alter_table("contacts", table_kwargs=KEEP_IDS) as batch:
        batch.drop_constraint(op.f("fk_contacts_merged_into"), type_="foreignkey")
        batch.drop_column("merged_into")
        batch.drop_column("trade")
