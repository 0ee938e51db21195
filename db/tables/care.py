"""People helping people: institutions, referrals, a person's handoff to staff, and later questions."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, SmallInteger, UniqueConstraint, false

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
    text("reason"),  # one of bot.cases.policy.REASONS
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
    text("source", nullable=True),  # the code of contacts.source_id
    text("wants", default="chat"),
    text("call_hours", nullable=True),  # when to call: a word of ours
    text("call_language", nullable=True),
    ref("assigned_to", "users", nullable=True, on_delete="SET NULL"),  # who is alerted first; nobody has it yet
    Column("level", SmallInteger, nullable=False, server_default="0"),  # how far the escalation has come
    moment("next_at"),  # when somebody or something looks at it again
    moment("lease_until"),
    moment("snoozed_until"),
    moment("alerted_at"),  # of this round: a transfer or a waking begins a new one
    moment("acknowledged_at"),
    moment("wished_at"),  # the person's last word to the staff
    moment("waiting_since"),  # the first such word that nobody has answered; null: answered
    moment("answered_at"),
    Column("unseen", Integer, nullable=False, server_default="0"),  # messages that the staff have not looked at
    Column("owes_word", Boolean, nullable=False, server_default=false()),  # left by staff, unanswered, not yet told
    moment("apologised_at"),  # told so, since the last answer
    Column("safe_channel", Boolean),  # whether it is safe to write here; null: not asked
    text("safe_hours", nullable=True),  # when it is safe: a word of ours
    moment("contact_noted_at"),
    moment("checkin_at"),  # when staff agreed to look after the person again
    sealed("call_number_enc", "call number"),  # where to call, if it is not the number that writes
    one_of("state", "open", "claimed", "closed"),
    one_of("outcome", "attended", "referred", "unreachable", "no_longer_wanted", "duplicate", "false_alarm"),
    one_of("wants", "chat", "call"),
    CheckConstraint("priority BETWEEN 1 AND 3", name="priority"),
    CheckConstraint("state = 'closed' OR next_at IS NOT NULL", name="next_at"),  # no open case without a wake-up
    index("ix_handoffs_waiting", "priority", "due_at", where="state <> 'closed'"),
    index("ix_handoffs_next_at", "next_at", where="state <> 'closed'"),
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
    ref("appointment_id", "appointments", nullable=True, on_delete="SET NULL"),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    text("cause", nullable=True),  # why it could not be asked: a code of ours
    ref("outbox_id", "outbox", nullable=True, on_delete="SET NULL"),  # the newest message that asked
    # asked: begun or waiting for an answer; blocked: it could not leave, and staff see it
    one_of("state", "due", "asked", "answered", "skipped", "blocked"),
    UniqueConstraint("contact_id", "kind", "due_at"),
    index("ix_followups_due_at", "due_at", where="state = 'due'"),
)
