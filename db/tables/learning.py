"""What was not understood, under pseudonym, until somebody has looked at it."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, LargeBinary

from db.tables.columns import index, one_of, ref, sealed, table, text

misses = table(
    "misses",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),  # so that an erasure finds it; shown to nobody
    text("kind"),
    sealed("words_enc", "miss", nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),  # keyed hash of the normalised words
    text("language"),
    text("country", nullable=True),
    text("asked"),  # «flow.step» that was on screen, empty if nothing was
    text("intent"),  # the best reading at that time …
    Column("confidence", Float, nullable=False),  # … and how sure it was
    text("label", nullable=True),  # the intent that somebody of the staff says it is: a candidate, no more
    one_of("kind", "unclear", "undone"),
    Index("uq_misses_contact_id_fingerprint", "contact_id", "fingerprint", unique=True),  # one person is counted once
    Index("ix_misses_created_at", "created_at"),
    index("ix_misses_label", "label", where="label IS NOT NULL"),
)
