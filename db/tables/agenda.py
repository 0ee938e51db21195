"""Where and when somebody is assessed: centres, who may assess, their hours, slots, appointments, the waiting list."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    true,
)

from db.tables.columns import index, moment, one_of, ref, table, text

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
    text("directions", default=""),  # how to get there, as one would tell it
    text("bring", default=""),  # what to bring
    text("accessibility", default=""),  # ramp, lift, parking …; "" where nobody said
    text("timezone", default="America/El_Salvador"),  # IANA name: the hours of its days
    Index(None, "country", "active"),
)

centre_trades = table(
    "centre_trades",
    ref("centre_id", "centres", on_delete="CASCADE", index=False),
    text("trade"),
    UniqueConstraint("centre_id", "trade"),
)

accreditations = table(  # which trade an evaluator may assess, and until when
    "accreditations",
    ref("user_id", "users", on_delete="CASCADE", index=False),
    text("trade"),
    ref("institution_id", "institutions", nullable=True, on_delete="SET NULL"),
    Column("until", Date, nullable=False),  # the last day
    UniqueConstraint("user_id", "trade"),
)

centre_staff = table(  # where an evaluator works: whose agenda they see
    "centre_staff",
    ref("centre_id", "centres", on_delete="CASCADE", index=False),
    ref("user_id", "users", on_delete="CASCADE"),
    UniqueConstraint("centre_id", "user_id"),
)

availabilities = table(  # every week at this hour; slots are made from it some weeks ahead
    "availabilities",
    ref("centre_id", "centres", on_delete="CASCADE"),
    text("trade"),
    ref("evaluator_id", "users", nullable=True, on_delete="SET NULL"),
    Column("weekday", SmallInteger, nullable=False),  # 0 Monday .. 6 Sunday
    text("starts"),  # HH:MM at the centre
    Column("minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),  # the last day; null: until further notice
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("minutes BETWEEN 10 AND 720", name="minutes"),
    CheckConstraint("capacity BETWEEN 1 AND 500", name="capacity"),
)

closures = table(  # days on which a centre assesses nobody; national holidays are in `holidays`
    "closures",
    ref("centre_id", "centres", on_delete="CASCADE"),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date, nullable=False),  # the last day
    text("reason", default=""),  # for staff
    ref("user_id", "users", nullable=True, on_delete="SET NULL"),
    CheckConstraint("until_day >= from_day", name="until_day"),
)

slots = table(
    "slots",
    ref("centre_id", "centres", on_delete="CASCADE", index=False),
    ref("evaluator_id", "users", nullable=True, on_delete="SET NULL"),
    text("trade"),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    Column("capacity", Integer, nullable=False),
    # how many appointments hold a place: all but those cancelled and lapsed; changed only with them
    Column("booked", Integer, nullable=False, server_default="0"),
    ref("availability_id", "availabilities", nullable=True, on_delete="SET NULL"),
    moment("closed_at"),  # nobody is assessed then after all; who was booked is told
    UniqueConstraint("centre_id", "trade", "starts_at"),
    CheckConstraint("booked BETWEEN 0 AND capacity", name="booked"),
    CheckConstraint("ends_at > starts_at", name="ends_at"),
    Index(None, "trade", "starts_at"),
    Index(None, "starts_at"),
)

appointments = table(
    "appointments",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    ref("slot_id", "slots"),
    ref("diagnosis_id", "diagnoses", nullable=True, on_delete="SET NULL"),
    text("trade"),
    text("state", default="booked"),
    moment("confirmed_at"),  # «sí voy»
    moment("closed_at"),
    text("reason", nullable=True),  # why it was missed or cancelled: a code of ours, never free text
    ref("moved_from_id", "appointments", nullable=True, on_delete="SET NULL"),  # the one that this took the place of
    text("code", unique=True),  # what the person quotes; also the UID of the calendar entry
    moment("offered_until"),  # a place kept for somebody of the waiting list
    text("channel", nullable=True),  # through which it was made; null: by staff
    # offered: kept for somebody of the waiting list; lapsed: an offer that nobody took
    one_of("state", "offered", "booked", "confirmed", "attended", "missed", "cancelled", "lapsed"),
    CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offered_until"),
    Index(None, "contact_id", "state"),
    index(
        "uq_appointments_standing",  # one place for one person and trade: who wants another one changes it
        "contact_id",
        "trade",
        where="state IN ('offered', 'booked', 'confirmed')",
        unique=True,
    ),
    index("ix_appointments_offered_until", "offered_until", where="state = 'offered'"),
)

waitlist = table(  # first come, first offered
    "waitlist",
    ref("contact_id", "contacts", on_delete="CASCADE", index=False),
    ref("centre_id", "centres", on_delete="CASCADE", index=False),
    text("trade"),
    ref("diagnosis_id", "diagnoses", nullable=True, on_delete="SET NULL"),
    text("state", default="waiting"),
    moment("changed_at"),
    Column("passed", SmallInteger, nullable=False, server_default="0"),  # offers that were let go by
    one_of("state", "waiting", "offered", "booked", "left"),
    index(
        "uq_waitlist_standing",
        "contact_id",
        "centre_id",
        "trade",
        where="state IN ('waiting', 'offered')",
        unique=True,
    ),
    index("ix_waitlist_next", "centre_id", "trade", "id", where="state = 'waiting'"),
)

reminders = table(  # what is to be said before and after an appointment; made with it, and void when it falls
    "reminders",
    ref("appointment_id", "appointments", on_delete="CASCADE", index=False),
    text("kind"),
    moment("due_at", nullable=False),
    text("state", default="due"),
    moment("closed_at"),
    text("cause", nullable=True),  # why it did not leave: a code of ours
    ref("outbox_id", "outbox", nullable=True, on_delete="SET NULL"),
    # offered: a place is kept for somebody of the waiting list; closed: the centre cannot after all
    one_of("kind", "three_days", "one_day", "two_hours", "missed", "offered", "closed", "result"),
    # blocked: it could not leave (no approved template, say) and staff see it; late: too late to be of use
    one_of("state", "due", "sent", "void", "late", "blocked"),
    UniqueConstraint("appointment_id", "kind"),
    index("ix_reminders_due_at", "due_at", where="state = 'due'"),
    index("ix_reminders_blocked", "closed_at", where="state = 'blocked'"),
)
