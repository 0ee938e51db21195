"""The facilitators' inbox: claims and escalation of a case, its history and notes, and who is on duty when."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Key, UtcDateTime

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None

REASONS = "reason IN ('person', 'self_harm', 'violence', 'child', 'unclear')"
OUTCOMES = "outcome IN ('attended', 'referred', 'unreachable', 'no_longer_wanted', 'duplicate', 'false_alarm')"
EVENTS = (
    *("opened", "asked_again", "alerted", "alert_failed", "acknowledged", "claimed", "answered", "answer_failed"),
    *("noted", "released", "lapsed", "handed_over", "transferred", "snoozed", "woken", "escalated", "opted_out"),
    *("bot_taken_back", "closed", "reopened"),
)
OPEN = sa.text("state <> 'closed'")
SENT = sa.text("kind IN ('alerted', 'answered')")
KEEP_IDS: dict[str, Any] = {"sqlite_autoincrement": True}


def new_in_handoffs() -> list[sa.Column[Any]]:
    return [
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("wants", sa.Text(), server_default="chat", nullable=False),
        sa.Column("call_hours", sa.Text(), nullable=True),
        sa.Column("call_language", sa.Text(), nullable=True),
        sa.Column("assigned_to", Key, nullable=True),
        sa.Column("level", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.Column("alerted_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("wished_at", UtcDateTime(), nullable=True),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("unseen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owes_word", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("apologised_at", UtcDateTime(), nullable=True),
        sa.Column("safe_channel", sa.Boolean(), nullable=True),
        sa.Column("safe_hours", sa.Text(), nullable=True),
        sa.Column("contact_noted_at", UtcDateTime(), nullable=True),
        sa.Column("checkin_at", UtcDateTime(), nullable=True),
    ]


def created(name: str, *columns: sa.Column[Any], keys: tuple[Any, ...] = ()) -> None:
    """A table with id and moment; its foreign keys as (column, table, what a deletion does)."""
    foreign = [
        sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}"), ondelete=on_delete)
        for column, table, on_delete in (key for key in keys if isinstance(key, tuple))
    ]
    op.create_table(
        name,
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *columns,
        *(key for key in keys if not isinstance(key, tuple)),
        *foreign,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    op.add_column("contacts", sa.Column("hold_promotions_since", UtcDateTime(), nullable=True))
    with op.batch_alter_table("handoffs", table_kwargs=KEEP_IDS) as batch:
        for column in new_in_handoffs():
            batch.add_column(column)
    op.execute(
        "UPDATE handoffs SET next_at = coalesce(due_at, created_at), wished_at = created_at,"
        " waiting_since = created_at WHERE state <> 'closed'"
    )
    op.execute("UPDATE handoffs SET outcome = NULL")  # no release wrote one
    with op.batch_alter_table("handoffs", table_kwargs=KEEP_IDS) as batch:
        batch.drop_constraint(op.f("ck_handoffs_reason"), type_="check")
        batch.create_check_constraint(op.f("ck_handoffs_outcome"), OUTCOMES)
        batch.create_check_constraint(op.f("ck_handoffs_wants"), "wants IN ('chat', 'call')")
        batch.create_check_constraint(op.f("ck_handoffs_next_at"), "state = 'closed' OR next_at IS NOT NULL")
        batch.create_foreign_key(op.f("fk_handoffs_assigned_to"), "users", ["assigned_to"], ["id"], ondelete="SET NULL")
    op.create_index(op.f("ix_handoffs_assigned_to"), "handoffs", ["assigned_to"])
    op.create_index("ix_handoffs_next_at", "handoffs", ["next_at"], postgresql_where=OPEN, sqlite_where=OPEN)
    _around_a_case()
    _duty()


def _around_a_case() -> None:
    created(
        "case_events",
        sa.Column("handoff_id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("to_user_id", Key, nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("outbox_id", Key, nullable=True),
        keys=(
            sa.CheckConstraint(
                f"kind IN ({', '.join(repr(kind) for kind in EVENTS)})", name=op.f("ck_case_events_kind")
            ),
            ("handoff_id", "handoffs", "CASCADE"),
            ("user_id", "users", "SET NULL"),
            ("to_user_id", "users", "SET NULL"),
            ("outbox_id", "outbox", "SET NULL"),
        ),
    )
    for column in ("user_id", "to_user_id", "outbox_id"):
        op.create_index(op.f(f"ix_case_events_{column}"), "case_events", [column])
    op.create_index("ix_case_events_handoff_id_id", "case_events", ["handoff_id", "id"])
    op.create_index("ix_case_events_sent", "case_events", ["created_at"], postgresql_where=SENT, sqlite_where=SENT)
    created(
        "case_notes",
        sa.Column("handoff_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        keys=(("handoff_id", "handoffs", "CASCADE"), ("user_id", "users", "SET NULL")),
    )
    for column in ("handoff_id", "user_id"):
        op.create_index(op.f(f"ix_case_notes_{column}"), "case_notes", [column])
    created(
        "canned_answers",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="es", nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_by", Key, nullable=True),
        keys=(
            sa.UniqueConstraint("language", "title", name=op.f("uq_canned_answers_language_title")),
            ("reviewed_by", "users", "SET NULL"),
        ),
    )
    op.create_index(op.f("ix_canned_answers_reviewed_by"), "canned_answers", ["reviewed_by"])


def _duty() -> None:
    created(
        "shifts",
        sa.Column("user_id", Key, nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=False),
        sa.Column("ends", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        keys=(
            sa.CheckConstraint("role IN ('facilitator', 'coordinator')", name=op.f("ck_shifts_role")),
            sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_shifts_weekday")),
            ("user_id", "users", "CASCADE"),
        ),
    )
    op.create_index(op.f("ix_shifts_user_id"), "shifts", ["user_id"])
    created(
        "holidays",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.false(), nullable=False),
        keys=(sa.UniqueConstraint("country", "day", name=op.f("uq_holidays_country_day")),),
    )
    created(
        "covers",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("covered_by", Key, nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        keys=(("user_id", "users", "CASCADE"), ("covered_by", "users", "SET NULL")),
    )
    for column in ("user_id", "covered_by"):
        op.create_index(op.f(f"ix_covers_{column}"), "covers", [column])


def downgrade() -> None:
    for table in ("covers", "holidays", "shifts", "canned_answers", "case_notes", "case_events"):
        op.drop_table(table)
    op.drop_index("ix_handoffs_next_at", "handoffs")
    op.drop_index(op.f("ix_handoffs_assigned_to"), "handoffs")
    with op.batch_alter_table("handoffs", table_kwargs=KEEP_IDS) as batch:
        batch.drop_constraint(op.f("fk_handoffs_assigned_to"), type_="foreignkey")
        for name in ("next_at", "wants", "outcome"):
            batch.drop_constraint(op.f(f"ck_handoffs_{name}"), type_="check")
        for column in reversed(new_in_handoffs()):
            batch.drop_column(column.name)
    op.execute(f"UPDATE handoffs SET reason = 'unclear' WHERE NOT ({REASONS})")  # noqa: S608
    with op.batch_alter_table("handoffs", table_kwargs=KEEP_IDS) as batch:
        batch.create_check_constraint(op.f("ck_handoffs_reason"), REASONS)
    op.drop_column("contacts", "hold_promotions_since")
