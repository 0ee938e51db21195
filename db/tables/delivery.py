"""What is to leave the machine, how fast each sender may go, and messages to many."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.columns import (
    UtcDateTime,
    index,
    metadata,
    moment,
    one_of,
    ref,
    sealed,
    table,
    text,
)

broadcasts = table(
    "broadcasts",
    ref("job_offer_id", "job_offers", nullable=True, on_delete="SET NULL"),
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    text("state", default="draft"),
    Column("audience", Integer, nullable=False, server_default="0"),  # people it goes to
    moment("queued_at"),
    moment("finished_at"),
    one_of("state", "draft", "queued", "sending", "done", "stopped"),
)

outbox = table(
    "outbox",
    ref("message_id", "messages", on_delete="CASCADE"),
    ref("identity_id", "identities", nullable=True, on_delete="CASCADE"),  # null: to staff
    ref("conversation_id", "conversations", nullable=True, on_delete="CASCADE"),
    text("channel"),
    sealed("address_enc", "address", nullable=False),
    Column("priority", SmallInteger, nullable=False),  # 1 crisis and replies, 2 reminders, 3 broadcasts
    text("state", default="pending"),
    moment("not_before"),
    moment("expires_at"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("lease_until"),
    text("claimed_by", nullable=True),
    text("provider_id", nullable=True),
    text("error_code", nullable=True),
    ref("broadcast_id", "broadcasts", nullable=True, on_delete="SET NULL", index=False),
    moment("sent_at"),
    one_of("state", "pending", "sending", "sent", "delivered", "read", "failed"),
    CheckConstraint("priority BETWEEN 1 AND 3", name="priority"),
    index("ix_outbox_claim", "channel", "priority", "id", where="state = 'pending'"),
    index("ix_outbox_leases", "lease_until", where="state = 'sending'"),
    index("ix_outbox_broadcast_id", "broadcast_id", "state", where="broadcast_id IS NOT NULL"),
    index("ix_outbox_provider_id", "channel", "provider_id", where="provider_id IS NOT NULL"),
)

sender_rates = Table(
    "sender_rates",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("broadcast_tokens", Float, nullable=False),
    Column("refilled_at", UtcDateTime, nullable=False),
    Column("paused_until", UtcDateTime),
    Column("halted_reason", Text),
)

provider_contents = table(  # Content resources that we made at Twilio, to be used again; nothing personal
    "provider_contents",
    Column("account_hash", LargeBinary, nullable=False),
    text("content_hash"),  # SHA-256 of the text and titles, in hex
    text("content_sid"),
    UniqueConstraint("account_hash", "content_hash"),
)

provider_templates = table(  # messages that WhatsApp takes outside the 24 hours, as the provider knows them
    "provider_templates",
    Column("account_hash", LargeBinary, nullable=False),
    text("name"),
    text("language"),  # as WhatsApp writes it: es, en
    text("content_hash"),  # SHA-256 of category, body, buttons and sample, in hex: a changed text is a new template
    text("content_sid", nullable=True),
    text("state", default="unsent"),
    text("rejection", nullable=True),  # the provider's words
    moment("checked_at"),
    one_of("state", "unsent", "pending", "approved", "rejected", "paused", "disabled"),
    UniqueConstraint("account_hash", "name", "language", "content_hash"),
)
