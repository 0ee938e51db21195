"""The topics of the staff's Telegram group."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Key, UtcDateTime

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_topics",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("handoff_id", Key, nullable=True),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread_id", Key, nullable=True),
        sa.Column("message_id", Key, nullable=True),
        sa.Column("shown", sa.Text(), server_default="open:", nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name=op.f("fk_staff_topics_handoff_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_topics")),
        sa.UniqueConstraint("handoff_id", name=op.f("uq_staff_topics_handoff_id")),
        sqlite_autoincrement=True,
    )
    threaded = sa.text("thread_id IS NOT NULL")
    op.create_index(
        "ix_staff_topics_thread_id", "staff_topics", ["thread_id"], postgresql_where=threaded, sqlite_where=threaded
    )


def downgrade() -> None:
    op.drop_table("staff_topics")
