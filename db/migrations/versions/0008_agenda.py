"""Where and when somebody is assessed: centres as one finds them, their hours, the waiting list, reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.shape import created, indexed, key, narrowed, partial, widened
from db.tables.columns import Key, UtcDateTime

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None

STATES = "state IN ('offered', 'booked', 'confirmed', 'attended', 'missed', 'cancelled', 'lapsed')"
STATES_BEFORE = "state IN ('booked', 'confirmed', 'attended', 'missed', 'cancelled')"
STANDING = "state IN ('offered', 'booked', 'confirmed')"
STANDING_BEFORE = "state IN ('booked', 'confirmed')"
WAITING = "state IN ('waiting', 'offered')"
KINDS = "kind IN ('three_days', 'one_day', 'two_hours', 'missed', 'offered', 'closed', 'result')"


def upgrade() -> None:
    widened(
        "centres",
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("directions", "bring")),
        sa.Column("accessibility", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="America/El_Salvador", nullable=False),
    )
    op.create_index(op.f("ix_centres_country_active"), "centres", ["country", "active"])
    _who_and_when()
    widened(
        "slots",
        sa.Column("availability_id", Key, nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        keys={"availability_id": "availabilities"},
    )
    indexed("slots", "starts_at")
    _appointments()
    _waiting_and_reminding()


def _who_and_when() -> None:
    created(
        "centre_trades",
        sa.Column("centre_id", Key, nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        key("centre_trades", "centre_id", "centres", "CASCADE"),
        sa.UniqueConstraint("centre_id", "trade", name=op.f("uq_centre_trades_centre_id_trade")),
    )
    created(
        "accreditations",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("institution_id", Key, nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        key("accreditations", "user_id", "users", "CASCADE"),
        key("accreditations", "institution_id", "institutions", "SET NULL"),
        sa.UniqueConstraint("user_id", "trade", name=op.f("uq_accreditations_user_id_trade")),
    )
    indexed("accreditations", "institution_id")
    created(
        "centre_staff",
        sa.Column("centre_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        key("centre_staff", "centre_id", "centres", "CASCADE"),
        key("centre_staff", "user_id", "users", "CASCADE"),
        sa.UniqueConstraint("centre_id", "user_id", name=op.f("uq_centre_staff_centre_id_user_id")),
    )
    indexed("centre_staff", "user_id")
    created(
        "availabilities",
        sa.Column("centre_id", Key, nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("evaluator_id", Key, nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_availabilities_weekday")),
        sa.CheckConstraint("minutes BETWEEN 10 AND 720", name=op.f("ck_availabilities_minutes")),
        sa.CheckConstraint("capacity BETWEEN 1 AND 500", name=op.f("ck_availabilities_capacity")),
        key("availabilities", "centre_id", "centres", "CASCADE"),
        key("availabilities", "evaluator_id", "users", "SET NULL"),
    )
    indexed("availabilities", "centre_id", "evaluator_id")
    created(
        "closures",
        sa.Column("centre_id", Key, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_closures_until_day")),
        key("closures", "centre_id", "centres", "CASCADE"),
        key("closures", "user_id", "users", "SET NULL"),
    )
    indexed("closures", "centre_id", "user_id")


def _appointments() -> None:
    """Their codes come from their ids where there are any: no release made appointments before this one."""
    op.drop_index("uq_appointments_standing", "appointments")
    widened(
        "appointments",
        sa.Column("moved_from_id", Key, nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("offered_until", UtcDateTime(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        keys={"moved_from_id": "appointments"},
        rules={"state": STATES},
    )
    op.execute("UPDATE appointments SET code = 'C' || id")
    with op.batch_alter_table("appointments", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("code", nullable=False)
        batch.drop_column("reminded_at")
        batch.create_unique_constraint(op.f("uq_appointments_code"), ["code"])
        offered = sa.text("(state = 'offered') = (offered_until IS NOT NULL)")
        batch.create_check_constraint(op.f("ck_appointments_offered_until"), offered)
    partial("uq_appointments_standing", "appointments", ["contact_id", "trade"], STANDING, unique=True)
    partial("ix_appointments_offered_until", "appointments", ["offered_until"], "state = 'offered'")


def _waiting_and_reminding() -> None:
    created(
        "waitlist",
        sa.Column("contact_id", Key, nullable=False),
        sa.Column("centre_id", Key, nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("diagnosis_id", Key, nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("passed", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'booked', 'left')", name=op.f("ck_waitlist_state")),
        key("waitlist", "contact_id", "contacts", "CASCADE"),
        key("waitlist", "centre_id", "centres", "CASCADE"),
        key("waitlist", "diagnosis_id", "diagnoses", "SET NULL"),
    )
    indexed("waitlist", "diagnosis_id")
    partial("uq_waitlist_standing", "waitlist", ["contact_id", "centre_id", "trade"], WAITING, unique=True)
    partial("ix_waitlist_next", "waitlist", ["centre_id", "trade", "id"], "state = 'waiting'")
    created(
        "reminders",
        sa.Column("appointment_id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("outbox_id", Key, nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_reminders_kind")),
        sa.CheckConstraint("state IN ('due', 'sent', 'void', 'late', 'blocked')", name=op.f("ck_reminders_state")),
        key("reminders", "appointment_id", "appointments", "CASCADE"),
        key("reminders", "outbox_id", "outbox", "SET NULL"),
        sa.UniqueConstraint("appointment_id", "kind", name=op.f("uq_reminders_appointment_id_kind")),
    )
    indexed("reminders", "outbox_id")
    partial("ix_reminders_due_at", "reminders", ["due_at"], "state = 'due'")
    partial("ix_reminders_blocked", "reminders", ["closed_at"], "state = 'blocked'")


def downgrade() -> None:
    """What only this revision knows goes: offers, lapsed ones, and a second standing place for another slot."""
    op.drop_table("reminders")
    op.drop_table("waitlist")
    op.execute("DELETE FROM appointments WHERE state IN ('offered', 'lapsed')")
    op.drop_index("ix_appointments_offered_until", "appointments")
    op.drop_index("uq_appointments_standing", "appointments")
    with op.batch_alter_table("appointments", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(op.f("ck_appointments_offered_until"), type_="check")
        batch.drop_constraint(op.f("uq_appointments_code"), type_="unique")
        batch.add_column(sa.Column("reminded_at", UtcDateTime(), nullable=True))
    narrowed(
        "appointments",
        *("code", "offered_until", "channel"),
        keys=["moved_from_id"],
        rules={"state": STATES_BEFORE},
    )
    partial("uq_appointments_standing", "appointments", ["contact_id", "slot_id"], STANDING_BEFORE, unique=True)
    op.drop_index(op.f("ix_slots_starts_at"), "slots")
    narrowed("slots", "closed_at", keys=["availability_id"])
    for table in ("closures", "availabilities", "centre_staff", "accreditations", "centre_trades"):
        op.drop_table(table)
    op.drop_index(op.f("ix_centres_country_active"), "centres")
    narrowed("centres", "directions", "bring", "accessibility", "timezone")
