"""From self-diagnosis to certificate: diagnoses, centres, slots, appointments, evaluations, certificates."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    Index,
    Integer,
    UniqueConstraint,
    false,
    true,
)

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

centres = table(
    "centres",
    text("code", unique=True),
    text("name"),
    text("country"),
    ref("municipality_id", "municipalities", nullable=True),
    ref("institution_id", "institutions", nullable=True, on_delete="SET NULL"),
    text("address", default=""),
    Column("latitude", Float),
    Column("longitude", Float),
    text("phone", nullable=True),
    Column("active", Boolean, nullable=False, server_default=true()),
    moment("accredited_until"),
)

slots = table(
    "slots",
    ref("centre_id", "centres", on_delete="CASCADE", index=False),
    ref("evaluator_id", "users", nullable=True, on_delete="SET NULL"),
    text("trade"),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("booked", Integer, nullable=False, server_default="0"),
    UniqueConstraint("centre_id", "trade", "starts_at"),
    CheckConstraint("booked BETWEEN 0 AND capacity", name="booked"),
    CheckConstraint("ends_at > starts_at", name="ends_at"),
    Index(None, "trade", "starts_at"),
)

appointments = table(
    "appointments",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    ref("slot_id", "slots"),
    ref("diagnosis_id", "diagnoses", nullable=True, on_delete="SET NULL"),
    text("trade"),
    text("state", default="booked"),
    moment("reminded_at"),
    moment("confirmed_at"),
    moment("closed_at"),
    text("reason", nullable=True),  # why it was missed or cancelled: a code of ours, never free text
    one_of("state", "booked", "confirmed", "attended", "missed", "cancelled"),
    Index(None, "contact_id", "state"),
    index(
        "uq_appointments_standing",
        "contact_id",
        "slot_id",
        where="state IN ('booked', 'confirmed')",
        unique=True,
    ),
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
    one_of("result", "competent", "not_yet"),
)

certificates = table(
    "certificates",
    ref("contact_id", "contacts", nullable=True, on_delete="SET NULL"),
    ref("evaluation_id", "evaluations", nullable=True, on_delete="SET NULL"),
    ref("institution_id", "institutions", nullable=True, on_delete="SET NULL"),
    text("code", unique=True),  # what /verificar/{code} asks for
    text("number", nullable=True),  # the institute's own
    text("trade"),
    text("standard", nullable=True),
    Column("issued_on", Date, nullable=False),
    moment("revoked_at"),
    sealed("name_enc", "name"),
)
