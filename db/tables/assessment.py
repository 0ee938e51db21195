"""What people can do: self-diagnoses, evaluations, certificates, and the network of those who have one."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Float, Index, Integer, false

from db.tables.columns import Json, index, moment, one_of, ref, sealed, table, text, unique_ref

diagnoses = table(
    "diagnoses",
    ref("contact_id", "contacts", nullable=True, on_delete="SET NULL"),
    text("trade"),
    text("content_version"),
    Column("reviewed", Boolean, nullable=False, server_default=false()),
    text("band", nullable=True),
    Column("score", Float),  # 0..1, points over the most possible
    Column("score_by_function", Json),
    Column("answers", Json),
    Column("knowledge", Json),
    moment("started_at"),
    moment("finished_at"),
    Column("duration_seconds", Integer),
    Column("finished", Boolean, nullable=False, server_default=false()),
    text("channel"),
    text("country", nullable=True),
    text("municipality", nullable=True),
    text("department", nullable=True),
    text("age_band", nullable=True),
    CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    Index(None, "trade", "created_at"),
)

evaluations = table(
    "evaluations",
    unique_ref("appointment_id", "appointments", on_delete="CASCADE"),
    ref("evaluator_id", "users", nullable=True, on_delete="SET NULL"),
    text("trade"),
    text("standard", nullable=True),  # the code of the institute's norm
    text("result", nullable=True),
    moment("finished_at"),
    sealed("notes_enc", "evaluation notes"),
    text("content_version", nullable=True),  # of the criteria that were assessed
    moment("started_at"),
    moment("identity_confirmed_at"),  # the evaluator saw the person's document; no picture of it is kept
    sealed("legal_name_enc", "name"),
    moment("told_at"),  # the person was told the result
    Column("practise", Json),  # ids of the criteria to work on, for who is not competent yet
    one_of("result", "competent", "not_yet"),
)

evaluation_marks = table(  # append-only: the newest of a criterion counts; one device may send one many times
    "evaluation_marks",
    ref("evaluation_id", "evaluations", on_delete="CASCADE", index=False),
    text("device_id", unique=True),  # made on the evaluator's telephone: the same mark is stored once
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    text("item"),  # the id of a criterion or of a question of knowledge
    text("way", nullable=True),  # how it was seen
    text("verdict"),
    sealed("note_enc", "evaluation notes"),
    moment("marked_at", nullable=False),  # by the telephone's clock, never later than when it came
    one_of("way", "observed", "asked", "product"),
    one_of("verdict", "competent", "not_yet", "right", "wrong", "cleared"),
    Index(None, "evaluation_id", "item", "marked_at"),
)

certificates = table(
    "certificates",
    ref("contact_id", "contacts", nullable=True, on_delete="SET NULL"),
    unique_ref("evaluation_id", "evaluations", nullable=True, on_delete="SET NULL"),
    ref("institution_id", "institutions", nullable=True, on_delete="SET NULL"),
    text("code", unique=True),  # what /verificar/{code} asks for
    text("number", nullable=True),  # the institute's own; until then it is a «constancia» of the programme
    text("trade"),
    text("standard", nullable=True),
    Column("issued_on", Date, nullable=False),
    moment("revoked_at"),
    sealed("name_enc", "name"),
    ref("centre_id", "centres", nullable=True, on_delete="SET NULL"),
    ref("numbered_by", "users", nullable=True, on_delete="SET NULL"),
    moment("numbered_at"),
    ref("revoked_by", "users", nullable=True, on_delete="SET NULL"),
    text("revoked_reason", nullable=True),  # a code of ours
)

network_profiles = table(  # certified people who want job officers to find them; contact goes through us
    "network_profiles",
    unique_ref("contact_id", "contacts", on_delete="CASCADE"),
    ref("consent_id", "consents", nullable=True, on_delete="SET NULL"),
    text("experience", nullable=True),  # years in the trade: a code of ours
    moment("joined_at", nullable=False),
    moment("left_at"),
    index("ix_network_profiles_standing", "joined_at", where="left_at IS NULL"),
)
