"""The crisis lines: seeded from the content, shown to nobody before staff have called and signed them."""

from __future__ import annotations

from sqlalchemy import Column, Integer, UniqueConstraint

from db.tables.columns import Json, moment, one_of, ref, table, text

crisis_lines = table(
    "crisis_lines",
    text("country"),
    text("number"),
    text("who"),
    Column("purposes", Json, nullable=False),  # words of crisis_lines.yml
    Column("position", Integer, nullable=False),  # in that file: the most wanted first
    text("told"),  # what the sources say, for who calls: hours, state, source, note
    text("hours", nullable=True),  # as staff heard them, in words that a person may read
    ref("signed_by", "users", nullable=True, on_delete="SET NULL"),
    moment("signed_at"),  # somebody called and it was right; null: not yet, or it was wrong
    UniqueConstraint("country", "number"),
)

line_calls = table(  # append-only: who called, and what came of it
    "line_calls",
    ref("line_id", "crisis_lines", on_delete="CASCADE"),
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    text("outcome"),
    text("hours", nullable=True),  # as they said it
    one_of("outcome", "answered", "no_answer", "changed"),
)
