"""Who of outside read our content and found it right: an institute's evaluator, a psychologist, a speaker."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index

from db.tables.columns import moment, one_of, ref, table, text

reviews = table(  # the newest of a kind and key counts while its version is the content's
    "reviews",
    text("kind"),
    text("key"),  # a trade's slug, a language's code; "" where there is one thing of that kind
    text("version"),  # a digest of the content that was read
    text("by_name"),
    text("profession", nullable=True),
    text("institution"),
    Column("reviewed_on", Date, nullable=False),
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),  # who wrote it down
    moment("withdrawn_at"),  # written down by mistake
    one_of("kind", "trade", "crisis_words", "safety_rules", "consent", "translation", "mayan"),
    Index(None, "kind", "key", "id"),
)
