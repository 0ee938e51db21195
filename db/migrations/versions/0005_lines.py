"""Crisis lines that staff sign, what is forgotten early, and the number somebody in danger wants to be called at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Json, Key, UtcDateTime

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crisis_lines",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("purposes", Json, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("signed_by", Key, nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["users.id"], name=op.f("fk_crisis_lines_signed_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crisis_lines")),
        sa.UniqueConstraint("country", "number", name=op.f("uq_crisis_lines_country_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_crisis_lines_signed_by"), "crisis_lines", ["signed_by"])
    op.add_column("messages", sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False))
    worded = sa.text("sensitive AND body_enc IS NOT NULL")
    op.create_index("ix_messages_sensitive", "messages", ["created_at"], postgresql_where=worded, sqlite_where=worded)
    op.add_column("handoffs", sa.Column("call_number_enc", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("handoffs", "call_number_enc")
    op.drop_index("ix_messages_sensitive", "messages")
    op.drop_column("messages", "sensitive")
    op.drop_table("crisis_lines")
