"""Jobs: employers, their offers, who wants to hear of them, and who applied."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, UniqueConstraint

from db.tables.columns import moment, one_of, ref, sealed, table, text

employers = table(
    "employers",
    text("name"),
    text("country"),
    ref("municipality_id", "municipalities", nullable=True),
    text("sector", nullable=True),
    sealed("contact_enc", "employer contact"),  # JSON: who to ask for, telephone, e-mail
    moment("verified_at"),  # nothing of an employer goes out before
    UniqueConstraint("country", "name"),
)

job_offers = table(
    "job_offers",
    ref("employer_id", "employers", on_delete="CASCADE", index=False),
    text("reference"),  # the employer's own
    text("title"),
    text("trade"),
    text("description", default=""),
    text("country"),
    text("department", nullable=True),
    ref("municipality_id", "municipalities", nullable=True),
    Column("places", Integer, nullable=False, server_default="1"),
    text("pay", nullable=True),
    Column("formal", Boolean),
    text("state", default="draft"),
    moment("opens_at"),
    moment("closes_at"),
    one_of("state", "draft", "open", "closed"),
    CheckConstraint("places > 0", name="places"),
    UniqueConstraint("employer_id", "reference"),
    Index(None, "trade", "state"),
)

job_alerts = table(
    "job_alerts",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    text("trade"),
    text("country"),
    text("department", nullable=True),
    moment("stopped_at"),
    UniqueConstraint("contact_id", "trade"),
    Index(None, "trade", "country"),
)

applications = table(
    "applications",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    ref("job_offer_id", "job_offers", on_delete="CASCADE"),
    text("state", default="sent"),
    moment("changed_at"),
    one_of("state", "sent", "seen", "interview", "hired", "rejected", "withdrawn"),
    UniqueConstraint("contact_id", "job_offer_id"),
)
