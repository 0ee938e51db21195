"""First shape."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.tables.columns import Json, Key, UtcDateTime

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("code", name=op.f("uq_departments_code")),
        sa.UniqueConstraint("country", "name", name=op.f("uq_departments_country_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "opt_outs",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="all", nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("scope IN ('all', 'alerts')", name=op.f("ck_opt_outs_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_outs")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_opt_outs_standing",
        "opt_outs",
        ["channel", "address_hash", "scope"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "provider_contents",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("account_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content_sid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_contents")),
        sa.UniqueConstraint(
            "account_hash", "content_hash", name=op.f("uq_provider_contents_account_hash_content_hash")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sender_rates",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("broadcast_tokens", sa.Float(), nullable=False),
        sa.Column("refilled_at", UtcDateTime(), nullable=False),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("halted_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_sender_rates")),
    )
    op.create_table(
        "sources",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("code", name=op.f("uq_sources_code")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("last_login_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit_log",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", Key, nullable=True),
        sa.Column("detail", Json, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_log_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_log_entity_entity_id"), "audit_log", ["entity", "entity_id"], unique=False)
    op.create_index(op.f("ix_audit_log_user_id"), "audit_log", ["user_id"], unique=False)
    op.create_table(
        "institutions",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("services", Json, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("caveats", Json, nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("verified_by", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["verified_by"], ["users.id"], name=op.f("fk_institutions_verified_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("code", name=op.f("uq_institutions_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_institutions_verified_by"), "institutions", ["verified_by"], unique=False)
    op.create_table(
        "municipalities",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("department_id", Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_municipalities_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipalities")),
        sa.UniqueConstraint("department_id", "name", name=op.f("uq_municipalities_department_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "centres",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("municipality_id", Key, nullable=True),
        sa.Column("institution_id", Key, nullable=True),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("accredited_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.id"],
            name=op.f("fk_centres_institution_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_centres_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centres")),
        sa.UniqueConstraint("code", name=op.f("uq_centres_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_centres_institution_id"), "centres", ["institution_id"], unique=False)
    op.create_index(op.f("ix_centres_municipality_id"), "centres", ["municipality_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("municipality_id", Key, nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("age_band", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="es", nullable=False),
        sa.Column("source_id", Key, nullable=True),
        sa.Column("channel_first", sa.Text(), nullable=False),
        sa.Column("consent_asked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("consent_kept", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("last_seen_at", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("name_enc", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_contacts_municipality_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_contacts_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("code", name=op.f("uq_contacts_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_contacts_expires_at",
        "contacts",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_contacts_municipality_id"), "contacts", ["municipality_id"], unique=False)
    op.create_index(op.f("ix_contacts_source_id"), "contacts", ["source_id"], unique=False)
    op.create_table(
        "districts",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("municipality_id", Key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_districts_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("municipality_id", "name", name=op.f("uq_districts_municipality_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "employers",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("municipality_id", Key, nullable=True),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("contact_enc", sa.LargeBinary(), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_employers_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employers")),
        sa.UniqueConstraint("country", "name", name=op.f("uq_employers_country_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_employers_municipality_id"), "employers", ["municipality_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('keep_answers', 'job_offers', 'share_partner')", name=op.f("ck_consents_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_contact_id_purpose_id", "consents", ["contact_id", "purpose", "id"], unique=False)
    op.create_table(
        "diagnoses",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Text(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("band", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("score_by_function", Json, nullable=True),
        sa.Column("answers", Json, nullable=True),
        sa.Column("knowledge", Json, nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("finished", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("age_band", sa.Text(), nullable=True),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_diagnoses_score")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_diagnoses_contact_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnoses")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_diagnoses_contact_id"), "diagnoses", ["contact_id"], unique=False)
    op.create_index(op.f("ix_diagnoses_trade_created_at"), "diagnoses", ["trade", "created_at"], unique=False)
    op.create_table(
        "identities",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address_enc", sa.LargeBinary(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("window_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_identities_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_identities_contact_id"), "identities", ["contact_id"], unique=False)
    op.create_index("uq_identities_channel_address_hash", "identities", ["channel", "address_hash"], unique=True)
    op.create_table(
        "job_alerts",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_job_alerts_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_alerts")),
        sa.UniqueConstraint("contact_id", "trade", name=op.f("uq_job_alerts_contact_id_trade")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_job_alerts_trade_country"), "job_alerts", ["trade", "country"], unique=False)
    op.create_table(
        "job_offers",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("employer_id", Key, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("municipality_id", Key, nullable=True),
        sa.Column("places", sa.Integer(), server_default="1", nullable=False),
        sa.Column("pay", sa.Text(), nullable=True),
        sa.Column("formal", sa.Boolean(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("opens_at", UtcDateTime(), nullable=True),
        sa.Column("closes_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_job_offers_state")),
        sa.CheckConstraint("places > 0", name=op.f("ck_job_offers_places")),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["employers.id"], name=op.f("fk_job_offers_employer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["municipality_id"], ["municipalities.id"], name=op.f("fk_job_offers_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_offers")),
        sa.UniqueConstraint("employer_id", "reference", name=op.f("uq_job_offers_employer_id_reference")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_job_offers_municipality_id"), "job_offers", ["municipality_id"], unique=False)
    op.create_index(op.f("ix_job_offers_trade_state"), "job_offers", ["trade", "state"], unique=False)
    op.create_table(
        "slots",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("centre_id", Key, nullable=False),
        sa.Column("evaluator_id", Key, nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("booked BETWEEN 0 AND capacity", name=op.f("ck_slots_booked")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slots_ends_at")),
        sa.ForeignKeyConstraint(["centre_id"], ["centres.id"], name=op.f("fk_slots_centre_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["evaluator_id"], ["users.id"], name=op.f("fk_slots_evaluator_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("centre_id", "trade", "starts_at", name=op.f("uq_slots_centre_id_trade_starts_at")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_slots_evaluator_id"), "slots", ["evaluator_id"], unique=False)
    op.create_index(op.f("ix_slots_trade_starts_at"), "slots", ["trade", "starts_at"], unique=False)
    op.create_table(
        "applications",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("job_offer_id", Key, nullable=False),
        sa.Column("state", sa.Text(), server_default="sent", nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('sent', 'seen', 'interview', 'hired', 'rejected', 'withdrawn')",
            name=op.f("ck_applications_state"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_applications_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["job_offer_id"], ["job_offers.id"], name=op.f("fk_applications_job_offer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("contact_id", "job_offer_id", name=op.f("uq_applications_contact_id_job_offer_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_applications_job_offer_id"), "applications", ["job_offer_id"], unique=False)
    op.create_table(
        "appointments",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("slot_id", Key, nullable=False),
        sa.Column("diagnosis_id", Key, nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="booked", nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('booked', 'confirmed', 'attended', 'missed', 'cancelled')",
            name=op.f("ck_appointments_state"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_appointments_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["diagnosis_id"], ["diagnoses.id"], name=op.f("fk_appointments_diagnosis_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_appointments_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_appointments_contact_id_state"), "appointments", ["contact_id", "state"], unique=False)
    op.create_index(op.f("ix_appointments_diagnosis_id"), "appointments", ["diagnosis_id"], unique=False)
    op.create_index(op.f("ix_appointments_slot_id"), "appointments", ["slot_id"], unique=False)
    op.create_index(
        "uq_appointments_standing",
        "appointments",
        ["contact_id", "slot_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('booked', 'confirmed')"),
        sqlite_where=sa.text("state IN ('booked', 'confirmed')"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("job_offer_id", Key, nullable=True),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("audience", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'queued', 'sending', 'done', 'stopped')", name=op.f("ck_broadcasts_state")
        ),
        sa.ForeignKeyConstraint(
            ["job_offer_id"], ["job_offers.id"], name=op.f("fk_broadcasts_job_offer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_broadcasts_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_broadcasts_job_offer_id"), "broadcasts", ["job_offer_id"], unique=False)
    op.create_index(op.f("ix_broadcasts_user_id"), "broadcasts", ["user_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("identity_id", Key, nullable=True),
        sa.Column("state_enc", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_inbound_at", UtcDateTime(), nullable=True),
        sa.Column("human_since", UtcDateTime(), nullable=True),
        sa.Column("handled_by", Key, nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_conversations_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["handled_by"], ["users.id"], name=op.f("fk_conversations_handled_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_conversations_identity_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_conversations_identity_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_conversations_contact_id"), "conversations", ["contact_id"], unique=False)
    op.create_index(
        "ix_conversations_expires_at",
        "conversations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_conversations_handled_by"), "conversations", ["handled_by"], unique=False)
    op.create_index(
        "ix_conversations_human_since",
        "conversations",
        ["human_since"],
        unique=False,
        postgresql_where=sa.text("human_since IS NOT NULL"),
        sqlite_where=sa.text("human_since IS NOT NULL"),
    )
    op.create_table(
        "referrals",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("institution_id", Key, nullable=True),
        sa.Column("consent_id", Key, nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="offered", nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("first_contact_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("wishes_enc", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "service IN ('psychosocial', 'legal', 'finance', 'insurance', 'enterprise', 'training', 'other')",
            name=op.f("ck_referrals_service"),
        ),
        sa.CheckConstraint(
            "state IN ('offered', 'declined', 'accepted', 'contacted', 'attended', 'completed', 'closed')",
            name=op.f("ck_referrals_state"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_referrals_consent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_referrals_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.id"],
            name=op.f("fk_referrals_institution_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_referrals_consent_id"), "referrals", ["consent_id"], unique=False)
    op.create_index(op.f("ix_referrals_contact_id"), "referrals", ["contact_id"], unique=False)
    op.create_index(op.f("ix_referrals_institution_id"), "referrals", ["institution_id"], unique=False)
    op.create_table(
        "evaluations",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("appointment_id", Key, nullable=False),
        sa.Column("evaluator_id", Key, nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("notes_enc", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("result IN ('competent', 'not_yet')", name=op.f("ck_evaluations_result")),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_evaluations_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"], ["users.id"], name=op.f("fk_evaluations_evaluator_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("appointment_id", name=op.f("uq_evaluations_appointment_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_evaluations_evaluator_id"), "evaluations", ["evaluator_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.Column("payload_enc", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_events_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("channel", "provider_id", name=op.f("uq_events_channel_provider_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_conversation_id"), "events", ["conversation_id"], unique=False)
    op.create_index(
        "ix_events_due_at",
        "events",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("processed_at IS NULL"),
        sqlite_where=sa.text("processed_at IS NULL"),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=True),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("claimed_by", Key, nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('person', 'self_harm', 'violence', 'child', 'unclear')",
            name=op.f("ck_handoffs_reason"),
        ),
        sa.CheckConstraint("state IN ('open', 'claimed', 'closed')", name=op.f("ck_handoffs_state")),
        sa.CheckConstraint("priority BETWEEN 1 AND 3", name=op.f("ck_handoffs_priority")),
        sa.ForeignKeyConstraint(["claimed_by"], ["users.id"], name=op.f("fk_handoffs_claimed_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_handoffs_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_handoffs_conversation_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
        sa.UniqueConstraint("code", name=op.f("uq_handoffs_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_handoffs_claimed_by"), "handoffs", ["claimed_by"], unique=False)
    op.create_index(op.f("ix_handoffs_contact_id"), "handoffs", ["contact_id"], unique=False)
    op.create_index(op.f("ix_handoffs_conversation_id"), "handoffs", ["conversation_id"], unique=False)
    op.create_index(
        "ix_handoffs_waiting",
        "handoffs",
        ["priority", "due_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
        sqlite_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "certificates",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=True),
        sa.Column("evaluation_id", Key, nullable=True),
        sa.Column("institution_id", Key, nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("name_enc", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_certificates_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_certificates_evaluation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.id"],
            name=op.f("fk_certificates_institution_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("code", name=op.f("uq_certificates_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_certificates_contact_id"), "certificates", ["contact_id"], unique=False)
    op.create_index(op.f("ix_certificates_evaluation_id"), "certificates", ["evaluation_id"], unique=False)
    op.create_index(op.f("ix_certificates_institution_id"), "certificates", ["institution_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("event_id", Key, nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("body_enc", sa.LargeBinary(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.CheckConstraint("author IN ('person', 'bot', 'staff')", name=op.f("ck_messages_author")),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_messages_direction")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_messages_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_messages_event_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_conversation_id_id", "messages", ["conversation_id", "id"], unique=False)
    op.create_index(op.f("ix_messages_event_id"), "messages", ["event_id"], unique=False)
    op.create_index(
        "ix_messages_worded",
        "messages",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("body_enc IS NOT NULL"),
        sqlite_where=sa.text("body_enc IS NOT NULL"),
    )
    op.create_table(
        "followups",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("certificate_id", Key, nullable=True),
        sa.Column("application_id", Key, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("content_version", sa.Text(), nullable=True),
        sa.Column("answers", Json, nullable=True),
        sa.CheckConstraint("state IN ('due', 'asked', 'answered', 'skipped')", name=op.f("ck_followups_state")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_followups_application_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificates.id"],
            name=op.f("fk_followups_certificate_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_followups_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followups")),
        sa.UniqueConstraint("contact_id", "kind", "due_at", name=op.f("uq_followups_contact_id_kind_due_at")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_followups_application_id"), "followups", ["application_id"], unique=False)
    op.create_index(op.f("ix_followups_certificate_id"), "followups", ["certificate_id"], unique=False)
    op.create_index(
        "ix_followups_due_at",
        "followups",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
        sqlite_where=sa.text("state = 'due'"),
    )
    op.create_table(
        "media",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("message_id", Key, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("source_enc", sa.LargeBinary(), nullable=True),
        sa.Column("content_enc", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'stored', 'gone')", name=op.f("ck_media_state")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_media_contact_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_media_message_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_media_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_media_contact_id"), "media", ["contact_id"], unique=False)
    op.create_index(
        "ix_media_expires_at",
        "media",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_media_message_id"), "media", ["message_id"], unique=False)
    op.create_index(
        "ix_media_pending",
        "media",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Key, sa.Identity(always=False), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("message_id", Key, nullable=False),
        sa.Column("identity_id", Key, nullable=True),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_enc", sa.LargeBinary(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("broadcast_id", Key, nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'delivered', 'read', 'failed')",
            name=op.f("ck_outbox_state"),
        ),
        sa.CheckConstraint("priority BETWEEN 1 AND 3", name=op.f("ck_outbox_priority")),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_outbox_broadcast_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_outbox_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_outbox_identity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_outbox_message_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_broadcast_id",
        "outbox",
        ["broadcast_id", "state"],
        unique=False,
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        sqlite_where=sa.text("broadcast_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_claim",
        "outbox",
        ["channel", "priority", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_outbox_conversation_id"), "outbox", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_outbox_identity_id"), "outbox", ["identity_id"], unique=False)
    op.create_index(
        "ix_outbox_leases",
        "outbox",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
        sqlite_where=sa.text("state = 'sending'"),
    )
    op.create_index(op.f("ix_outbox_message_id"), "outbox", ["message_id"], unique=False)
    op.create_index(
        "ix_outbox_provider_id",
        "outbox",
        ["channel", "provider_id"],
        unique=False,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
        sqlite_where=sa.text("provider_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_outbox_provider_id",
        table_name="outbox",
        postgresql_where=sa.text("provider_id IS NOT NULL"),
        sqlite_where=sa.text("provider_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_outbox_message_id"), table_name="outbox")
    op.drop_index(
        "ix_outbox_leases",
        table_name="outbox",
        postgresql_where=sa.text("state = 'sending'"),
        sqlite_where=sa.text("state = 'sending'"),
    )
    op.drop_index(op.f("ix_outbox_identity_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_conversation_id"), table_name="outbox")
    op.drop_index(
        "ix_outbox_claim",
        table_name="outbox",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.drop_index(
        "ix_outbox_broadcast_id",
        table_name="outbox",
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        sqlite_where=sa.text("broadcast_id IS NOT NULL"),
    )
    op.drop_table("outbox")
    op.drop_index(
        "ix_media_pending",
        table_name="media",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_media_message_id"), table_name="media")
    op.drop_index(
        "ix_media_expires_at",
        table_name="media",
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_media_contact_id"), table_name="media")
    op.drop_table("media")
    op.drop_index(
        "ix_followups_due_at",
        table_name="followups",
        postgresql_where=sa.text("state = 'due'"),
        sqlite_where=sa.text("state = 'due'"),
    )
    op.drop_index(op.f("ix_followups_certificate_id"), table_name="followups")
    op.drop_index(op.f("ix_followups_application_id"), table_name="followups")
    op.drop_table("followups")
    op.drop_index(
        "ix_messages_worded",
        table_name="messages",
        postgresql_where=sa.text("body_enc IS NOT NULL"),
        sqlite_where=sa.text("body_enc IS NOT NULL"),
    )
    op.drop_index(op.f("ix_messages_event_id"), table_name="messages")
    op.drop_index("ix_messages_conversation_id_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_certificates_institution_id"), table_name="certificates")
    op.drop_index(op.f("ix_certificates_evaluation_id"), table_name="certificates")
    op.drop_index(op.f("ix_certificates_contact_id"), table_name="certificates")
    op.drop_table("certificates")
    op.drop_index(
        "ix_handoffs_waiting",
        table_name="handoffs",
        postgresql_where=sa.text("state <> 'closed'"),
        sqlite_where=sa.text("state <> 'closed'"),
    )
    op.drop_index(op.f("ix_handoffs_conversation_id"), table_name="handoffs")
    op.drop_index(op.f("ix_handoffs_contact_id"), table_name="handoffs")
    op.drop_index(op.f("ix_handoffs_claimed_by"), table_name="handoffs")
    op.drop_table("handoffs")
    op.drop_index(
        "ix_events_due_at",
        table_name="events",
        postgresql_where=sa.text("processed_at IS NULL"),
        sqlite_where=sa.text("processed_at IS NULL"),
    )
    op.drop_index(op.f("ix_events_conversation_id"), table_name="events")
    op.drop_table("events")
    op.drop_index(op.f("ix_evaluations_evaluator_id"), table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index(op.f("ix_referrals_institution_id"), table_name="referrals")
    op.drop_index(op.f("ix_referrals_contact_id"), table_name="referrals")
    op.drop_index(op.f("ix_referrals_consent_id"), table_name="referrals")
    op.drop_table("referrals")
    op.drop_index(
        "ix_conversations_human_since",
        table_name="conversations",
        postgresql_where=sa.text("human_since IS NOT NULL"),
        sqlite_where=sa.text("human_since IS NOT NULL"),
    )
    op.drop_index(op.f("ix_conversations_handled_by"), table_name="conversations")
    op.drop_index(
        "ix_conversations_expires_at",
        table_name="conversations",
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_conversations_contact_id"), table_name="conversations")
    op.drop_table("conversations")
    op.drop_index(op.f("ix_broadcasts_user_id"), table_name="broadcasts")
    op.drop_index(op.f("ix_broadcasts_job_offer_id"), table_name="broadcasts")
    op.drop_table("broadcasts")
    op.drop_index(
        "uq_appointments_standing",
        table_name="appointments",
        postgresql_where=sa.text("state IN ('booked', 'confirmed')"),
        sqlite_where=sa.text("state IN ('booked', 'confirmed')"),
    )
    op.drop_index(op.f("ix_appointments_slot_id"), table_name="appointments")
    op.drop_index(op.f("ix_appointments_diagnosis_id"), table_name="appointments")
    op.drop_index(op.f("ix_appointments_contact_id_state"), table_name="appointments")
    op.drop_table("appointments")
    op.drop_index(op.f("ix_applications_job_offer_id"), table_name="applications")
    op.drop_table("applications")
    op.drop_index(op.f("ix_slots_trade_starts_at"), table_name="slots")
    op.drop_index(op.f("ix_slots_evaluator_id"), table_name="slots")
    op.drop_table("slots")
    op.drop_index(op.f("ix_job_offers_trade_state"), table_name="job_offers")
    op.drop_index(op.f("ix_job_offers_municipality_id"), table_name="job_offers")
    op.drop_table("job_offers")
    op.drop_index(op.f("ix_job_alerts_trade_country"), table_name="job_alerts")
    op.drop_table("job_alerts")
    op.drop_index("uq_identities_channel_address_hash", table_name="identities")
    op.drop_index(op.f("ix_identities_contact_id"), table_name="identities")
    op.drop_table("identities")
    op.drop_index(op.f("ix_diagnoses_trade_created_at"), table_name="diagnoses")
    op.drop_index(op.f("ix_diagnoses_contact_id"), table_name="diagnoses")
    op.drop_table("diagnoses")
    op.drop_index("ix_consents_contact_id_purpose_id", table_name="consents")
    op.drop_table("consents")
    op.drop_index(op.f("ix_employers_municipality_id"), table_name="employers")
    op.drop_table("employers")
    op.drop_table("districts")
    op.drop_index(op.f("ix_contacts_source_id"), table_name="contacts")
    op.drop_index(op.f("ix_contacts_municipality_id"), table_name="contacts")
    op.drop_index(
        "ix_contacts_expires_at",
        table_name="contacts",
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.drop_table("contacts")
    op.drop_index(op.f("ix_centres_municipality_id"), table_name="centres")
    op.drop_index(op.f("ix_centres_institution_id"), table_name="centres")
    op.drop_table("centres")
    op.drop_table("municipalities")
    op.drop_index(op.f("ix_institutions_verified_by"), table_name="institutions")
    op.drop_table("institutions")
    op.drop_index(op.f("ix_audit_log_user_id"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_entity_entity_id"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_table("users")
    op.drop_table("sources")
    op.drop_table("sender_rates")
    op.drop_table("provider_contents")
    op.drop_index(
        "uq_opt_outs_standing",
        table_name="opt_outs",
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_table("opt_outs")
    op.drop_table("departments")
