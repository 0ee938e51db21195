"""Who writes to us, through which addresses, what they agreed to, and who wants no messages."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, LargeBinary, false

from db.tables.columns import Json, index, moment, one_of, ref, sealed, table, text

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
    moment("hold_promotions_since"),  # a crisis: no message of promotion until a person of the team clears it
    text("trade", nullable=True),  # as staff noted it; what the person evaluated is in `diagnoses`
    ref("merged_into", "contacts", nullable=True, on_delete="SET NULL"),  # the same person's other record: no person
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
    ref("taken_by", "users", nullable=True, on_delete="SET NULL"),  # who has the paper that was signed
    Column("given_on", Date),  # … and the day on it
    one_of("purpose", "keep_answers", "job_offers", "share_partner", "network", "followups"),
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

name_tokens = table(  # to find a sealed name by its parts: keyed hashes of how each sounds
    "name_tokens",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    Column("token_hash", LargeBinary, nullable=False),
    Index("uq_name_tokens_contact_id_token_hash", "contact_id", "token_hash", unique=True),
    Index(None, "token_hash", "contact_id"),
)

merges = table(  # two records of one person made one; the newest ones can be undone
    "merges",
    ref("kept_id", "contacts", on_delete="CASCADE"),
    ref("dropped_id", "contacts", on_delete="CASCADE"),
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    Column("before", Json),  # ids of what moved, and which columns were filled; null: it can no longer be undone
    moment("undone_at"),
    ref("undone_by", "users", nullable=True, on_delete="SET NULL"),
    index("uq_merges_standing", "dropped_id", where="undone_at IS NULL", unique=True),
    index("ix_merges_undoable", "created_at", where="before IS NOT NULL"),
)
