"""Who writes to us, through which addresses, what they agreed to, and who wants no messages."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, false

from db.tables.columns import index, moment, one_of, ref, sealed, table, text

sources = table("sources", text("code", unique=True), text("name"))

contacts = table(
    "contacts",
    text("code", unique=True),  # the pseudonym that reports and staff use
    text("country", nullable=True),
    ref("municipality_id", "municipalities", nullable=True),
    text("department", nullable=True),  # names, as the person's place was understood
    text("district", nullable=True),
    text("place", nullable=True),  # the id of that place in the gazetteer
    text("age_band", nullable=True),
    text("sex", nullable=True),
    text("language", default="es"),
    ref("source_id", "sources", nullable=True),
    text("channel_first"),
    Column("consent_asked", Boolean, nullable=False, server_default=false()),
    Column("consent_kept", Boolean, nullable=False, server_default=false()),
    moment("expires_at"),  # when the person goes if no consent keeps them
    moment("last_seen_at"),
    moment("erased_at"),
    sealed("name_enc", "name"),
    index("ix_contacts_expires_at", "expires_at", where="expires_at IS NOT NULL"),
)

identities = table(
    "identities",
    ref("contact_id", "contacts", on_delete="CASCADE"),
    text("channel"),
    Column("address_hash", LargeBinary, nullable=False),
    sealed("address_enc", "address"),
    moment("stopped_at"),  # the provider says that this address takes nothing more from us
    moment("window_until"),  # until then WhatsApp takes free text
    Index("uq_identities_channel_address_hash", "channel", "address_hash", unique=True),
)

consents = table(  # append-only: the newest row of a purpose counts
    "consents",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    text("purpose"),
    Column("granted", Boolean, nullable=False),
    text("text_version"),
    text("channel"),
    one_of("purpose", "keep_answers", "job_offers", "share_partner"),
    Index("ix_consents_contact_id_purpose_id", "contact_id", "purpose", "id"),
)

opt_outs = table(  # outlives an erasure: a hash alone, tied to nobody
    "opt_outs",
    Column("address_hash", LargeBinary, nullable=False),
    text("channel"),
    text("scope", default="all"),
    moment("lifted_at"),
    one_of("scope", "all", "alerts"),
    index("uq_opt_outs_standing", "channel", "address_hash", "scope", where="lifted_at IS NULL", unique=True),
)
