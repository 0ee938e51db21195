"""People helping people: institutions, referrals, a person's handoff to staff, and later questions."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, SmallInteger, UniqueConstraint

from db.tables.columns import Json, index, moment, one_of, ref, sealed, table, text

institutions = table(
    "institutions",
    text("code", unique=True),
    text("country"),  # SV, GT, HN, or "regional"
    text("name"),
    text("kind"),
    Column("services", Json, nullable=False),
    text("source"),
    text("confidence"),  # V seen in a stored copy, C common knowledge, U unsure
    Column("caveats", Json, nullable=False),
    moment("verified_at"),  # null: staff have not confirmed it; say so before showing it
    ref("verified_by", "users", nullable=True, on_delete="SET NULL"),
)

referrals = table(
    "referrals",
    ref("contact_id", "contacts", on_delete="CASCADE"),
    ref("institution_id", "institutions", nullable=True, on_delete="SET NULL"),
    ref("consent_id", "consents", nullable=True, on_delete="SET NULL"),
    text("service"),
    text("state", default="offered"),
    moment("accepted_at"),
    moment("first_contact_at"),
    moment("closed_at"),
    sealed("wishes_enc", "referral wishes", key="care"),  # safe time and way to be reached; never a story
    one_of("service", "psychosocial", "legal", "finance", "insurance", "enterprise", "training", "other"),
    one_of("state", "offered", "declined", "accepted", "contacted", "attended", "completed", "closed"),
)

handoffs = table(
    "handoffs",
    ref("contact_id", "contacts", nullable=True, on_delete="SET NULL"),
    ref("conversation_id", "conversations", nullable=True, on_delete="SET NULL"),
    text("code", unique=True),
    text("reason"),
    text("topic", nullable=True),  # the service wanted: a word of ours, never the person's
    Column("priority", SmallInteger, nullable=False),
    text("state", default="open"),
    text("country", nullable=True),
    text("department", nullable=True),
    text("language", nullable=True),
    ref("claimed_by", "users", nullable=True, on_delete="SET NULL"),
    moment("claimed_at"),
    moment("due_at"),
    moment("closed_at"),
    text("outcome", nullable=True),
    one_of("reason", "person", "self_harm", "violence", "child", "unclear"),
    one_of("state", "open", "claimed", "closed"),
    CheckConstraint("priority BETWEEN 1 AND 3", name="priority"),
    index("ix_handoffs_waiting", "priority", "due_at", where="state <> 'closed'"),
)

followups = table(
    "followups",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    ref("certificate_id", "certificates", nullable=True, on_delete="SET NULL"),
    ref("application_id", "applications", nullable=True, on_delete="SET NULL"),
    text("kind"),
    moment("due_at", nullable=False),
    text("state", default="due"),
    moment("asked_at"),
    moment("answered_at"),
    text("content_version", nullable=True),
    Column("answers", Json),
    one_of("state", "due", "asked", "answered", "skipped"),
    UniqueConstraint("contact_id", "kind", "due_at"),
    index("ix_followups_due_at", "due_at", where="state = 'due'"),
)
