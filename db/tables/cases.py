"""Around a case for the staff: what happened to it, notes, ready answers, and who is on duty when."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, SmallInteger, UniqueConstraint, false

from db.tables.columns import index, moment, one_of, ref, sealed, table, text

EVENT_KINDS = (
    *("opened", "asked_again", "alerted", "alert_failed", "acknowledged", "claimed", "answered", "answer_failed"),
    *("noted", "released", "lapsed", "handed_over", "transferred", "snoozed", "woken", "escalated", "opted_out"),
    *("bot_taken_back", "closed", "reopened"),
)

case_events = table(  # append-only; no words of anybody
    "case_events",
    ref("handoff_id", "handoffs", on_delete="CASCADE", index=False),
    text("kind"),
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),  # who did it; of an alert: to whom, null: the chat
    ref("to_user_id", "users", nullable=True, on_delete="SET NULL"),  # of a transfer
    Column("level", SmallInteger),  # how far the escalation had come
    ref("outbox_id", "outbox", nullable=True, on_delete="SET NULL"),  # of an alert or an answer: what became of it
    one_of("kind", *EVENT_KINDS),
    Index("ix_case_events_handoff_id_id", "handoff_id", "id"),
    index("ix_case_events_sent", "created_at", where="kind IN ('alerted', 'answered')"),
)

case_notes = table(  # among staff; never sent
    "case_notes",
    ref("handoff_id", "handoffs", on_delete="CASCADE"),
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    sealed("body_enc", "case note", nullable=False),
)

canned_answers = table(
    "canned_answers",
    text("title"),
    text("body"),
    text("language", default="es"),
    moment("reviewed_at"),  # null: nobody has reviewed it yet
    ref("reviewed_by", "users", nullable=True, on_delete="SET NULL"),
    UniqueConstraint("language", "title"),
)

shifts = table(
    "shifts",
    ref("user_id", "users", nullable=True, on_delete="CASCADE"),  # null: everybody of that role
    text("country", nullable=True),  # of a shift of everybody: of that country alone; null: of all
    Column("weekday", SmallInteger, nullable=False),  # Monday = 0, of its beginning
    text("starts"),  # HH:MM, local
    text("ends"),  # HH:MM, local; not later than the start: on the next day
    text("zone"),
    text("role"),
    one_of("role", "facilitator", "coordinator"),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
)

holidays = table(
    "holidays",
    text("country"),
    Column("day", Date, nullable=False),
    text("name"),
    text("source"),
    Column("verified", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("country", "day"),
)

covers = table(  # somebody is away; `covered_by` has the shifts meanwhile
    "covers",
    ref("user_id", "users", on_delete="CASCADE"),
    ref("covered_by", "users", nullable=True, on_delete="SET NULL"),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
)
