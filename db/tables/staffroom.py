"""The topics of the staff's Telegram group: one a case."""

from __future__ import annotations

from sqlalchemy import Column

from db.tables.columns import Key, index, table, text, unique_ref

staff_topics = table(
    "staff_topics",
    unique_ref("handoff_id", "handoffs", nullable=True, on_delete="SET NULL"),  # null: the topic is to be deleted
    text("chat"),
    Column("thread_id", Key),  # null: a chat without topics
    Column("message_id", Key),  # of the newest alert, which has the buttons
    text("shown", default="open:"),  # state and holder that it shows
    index("ix_staff_topics_thread_id", "thread_id", where="thread_id IS NOT NULL"),
)
