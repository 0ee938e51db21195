"""The evaluator's marks, certificates as staff number and revoke them, the network, templates, later questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.shape import KEEP_IDS, created, indexed, key, narrowed, partial, widened
from db.tables.columns import Json, Key, UtcDateTime

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None

PURPOSES = "purpose IN ('keep_answers', 'job_offers', 'share_partner', 'network', 'followups')"
PURPOSES_BEFORE = "purpose IN ('keep_answers', 'job_offers', 'share_partner')"
ASKED = "state IN ('due', 'asked', 'answered', 'skipped', 'blocked')"
ASKED_BEFORE = "state IN ('due', 'asked', 'answered', 'skipped')"
APPROVAL = "state IN ('unsent', 'pending', 'approved', 'rejected', 'paused', 'disabled')"
VERDICTS = "verdict IN ('competent', 'not_yet', 'right', 'wrong', 'cleared')"
ONE_OF_EACH = ["account_hash", "name", "language", "content_hash"]


def upgrade() -> None:
    _evaluations()
    _certificates()
    widened("consents", rules={"purpose": PURPOSES})
    widened(
        "followups",
        sa.Column("appointment_id", Key, nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("outbox_id", Key, nullable=True),
        keys={"appointment_id": "appointments", "outbox_id": "outbox"},
        rules={"state": ASKED},
    )
    created(
        "provider_templates",
        sa.Column("account_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content_sid", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="unsent", nullable=False),
        sa.Column("rejection", sa.Text(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(APPROVAL, name=op.f("ck_provider_templates_state")),
        sa.UniqueConstraint(*ONE_OF_EACH, name=op.f(f"uq_provider_templates_{'_'.join(ONE_OF_EACH)}")),
    )


def _evaluations() -> None:
    widened(
        "evaluations",
        sa.Column("content_version", sa.Text(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("identity_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("legal_name_enc", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("practise", Json, nullable=True),
    )
    created(
        "evaluation_marks",
        sa.Column("evaluation_id", Key, nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note_enc", sa.LargeBinary(), nullable=True),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("way IN ('observed', 'asked', 'product')", name=op.f("ck_evaluation_marks_way")),
        sa.CheckConstraint(VERDICTS, name=op.f("ck_evaluation_marks_verdict")),
        key("evaluation_marks", "evaluation_id", "evaluations", "CASCADE"),
        key("evaluation_marks", "user_id", "users", "SET NULL"),
        sa.UniqueConstraint("device_id", name=op.f("uq_evaluation_marks_device_id")),
    )
    indexed("evaluation_marks", "user_id")
    order = ["evaluation_id", "item", "marked_at"]
    op.create_index(op.f(f"ix_evaluation_marks_{'_'.join(order)}"), "evaluation_marks", order)


def _certificates() -> None:
    op.drop_index(op.f("ix_certificates_evaluation_id"), "certificates")
    widened(
        "certificates",
        sa.Column("centre_id", Key, nullable=True),
        sa.Column("numbered_by", Key, nullable=True),
        sa.Column("numbered_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", Key, nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        keys={"centre_id": "centres", "numbered_by": "users", "revoked_by": "users"},
    )
    with op.batch_alter_table("certificates", table_kwargs=KEEP_IDS) as batch:
        batch.create_unique_constraint(op.f("uq_certificates_evaluation_id"), ["evaluation_id"])
    created(
        "network_profiles",
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("consent_id", Key, nullable=True),
        sa.Column("experience", sa.Text(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        key("network_profiles", "contact_id", "contacts", "CASCADE"),
        key("network_profiles", "consent_id", "consents", "SET NULL"),
        sa.UniqueConstraint("contact_id", name=op.f("uq_network_profiles_contact_id")),
    )
    indexed("network_profiles", "consent_id")
    partial("ix_network_profiles_standing", "network_profiles", ["joined_at"], "left_at IS NULL")


def downgrade() -> None:
    for table in ("provider_templates", "network_profiles", "evaluation_marks"):
        op.drop_table(table)
    op.execute("DELETE FROM consents WHERE purpose IN ('network', 'followups')")
    op.execute("UPDATE followups SET state = 'skipped' WHERE state = 'blocked'")
    narrowed("followups", "tries", "cause", keys=["appointment_id", "outbox_id"], rules={"state": ASKED_BEFORE})
    narrowed("consents", rules={"purpose": PURPOSES_BEFORE})
    with op.batch_alter_table("certificates", table_kwargs=KEEP_IDS) as batch:
        batch.drop_constraint(op.f("uq_certificates_evaluation_id"), type_="unique")
    narrowed("certificates", "numbered_at", "revoked_reason", keys=["centre_id", "numbered_by", "revoked_by"])
    indexed("certificates", "evaluation_id")
    narrowed(
        "evaluations",
        *("content_version", "started_at", "identity_confirmed_at", "legal_name_enc", "told_at", "practise"),
    )
