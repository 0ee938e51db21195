"""Misses: messages that were not understood, under pseudonym."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Key, UtcDateTime

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "misses",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words_enc", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('unclear', 'undone')", name=op.f("ck_misses_kind")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_misses_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misses")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_misses_contact_id_fingerprint", "misses", ["contact_id", "fingerprint"], unique=True)
    op.create_index("ix_misses_created_at", "misses", ["created_at"])
    labelled = sa.text("label IS NOT NULL")
    op.create_index("ix_misses_label", "misses", ["label"], postgresql_where=labelled, sqlite_where=labelled)


def downgrade() -> None:
    op.drop_table("misses")
