"""What came in, what was said, and where each conversation stands."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, UniqueConstraint, false

from db.tables.columns import index, moment, one_of, ref, sealed, table, text, unique_ref

conversations = table(
    "conversations",
    ref("contact_id", "contacts", on_delete="CASCADE"),
    # null: parted from its address
    unique_ref("identity_id", "identities", nullable=True, on_delete="SET NULL"),
    sealed("state_enc", "state"),
    Column("version", Integer, nullable=False, server_default="0"),
    moment("last_inbound_at"),
    moment("human_since"),
    ref("handled_by", "users", nullable=True, on_delete="SET NULL"),
    moment("expires_at"),
    index("ix_conversations_expires_at", "expires_at", where="expires_at IS NOT NULL"),
    index("ix_conversations_human_since", "human_since", where="human_since IS NOT NULL"),
)

events = table(
    "events",
    text("channel"),
    text("provider_id"),
    text("kind"),
    ref("conversation_id", "conversations", nullable=True, on_delete="CASCADE"),
    moment("due_at"),
    moment("processed_at"),
    sealed("payload_enc", "event"),
    UniqueConstraint("channel", "provider_id"),
    index("ix_events_due_at", "due_at", where="processed_at IS NULL"),
)

messages = table(
    "messages",
    # null: a message to staff
    ref("conversation_id", "conversations", nullable=True, on_delete="CASCADE", index=False),
    ref("event_id", "events", nullable=True, on_delete="SET NULL"),
    text("direction"),
    text("key", nullable=True),
    sealed("body_enc", "message"),  # null once its retention is over
    text("author"),
    Column("sensitive", Boolean, nullable=False, server_default=false()),  # of danger: the words go early
    one_of("direction", "in", "out"),
    one_of("author", "person", "bot", "staff"),
    Index("ix_messages_conversation_id_id", "conversation_id", "id"),
    index("ix_messages_worded", "created_at", where="body_enc IS NOT NULL"),
    index("ix_messages_sensitive", "created_at", where="sensitive AND body_enc IS NOT NULL"),
)

media = table(
    "media",
    ref("contact_id", "contacts", on_delete="CASCADE"),
    ref("message_id", "messages", nullable=True, on_delete="CASCADE"),
    text("channel"),
    text("kind"),
    text("mime", default=""),
    Column("size", Integer),  # bytes
    sealed("source_enc", "media source"),
    sealed("content_enc", "media"),
    text("state", default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("lease_until"),  # nobody fetches it before: somebody does already, or its next try is not due
    moment("expires_at"),
    Column("token_hash", LargeBinary, unique=True),
    one_of("state", "pending", "stored", "gone"),
    index("ix_media_pending", "id", where="state = 'pending'"),
    index("ix_media_expires_at", "expires_at", where="expires_at IS NOT NULL"),
)
