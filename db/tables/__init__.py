"""Every table, by subject, in one `metadata`: SQLAlchemy Core, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from db.tables.agenda import (
    accreditations,
    appointments,
    availabilities,
    centre_staff,
    centre_trades,
    centres,
    closures,
    reminders,
    slots,
    waitlist,
)
from db.tables.assessment import certificates, diagnoses, evaluation_marks, evaluations, network_profiles
from db.tables.care import followups, handoffs, institutions, referrals
from db.tables.cases import canned_answers, case_events, case_notes, covers, holidays, shifts
from db.tables.columns import UtcDateTime, metadata
from db.tables.conversation import conversations, events, media, messages
from db.tables.delivery import broadcasts, outbox, provider_contents, provider_templates, sender_rates
from db.tables.learning import misses
from db.tables.lines import crisis_lines, line_calls
from db.tables.people import consents, contacts, identities, merges, name_tokens, opt_outs, sources
from db.tables.places import departments, districts, municipalities
from db.tables.reviews import reviews
from db.tables.staff import audit_log, login_attempts, panel_sessions, recovery_codes, users
from db.tables.staffroom import staff_topics
from db.tables.work import applications, employers, job_alerts, job_offers

__all__ = [
    "UtcDateTime",
    "accreditations",
    "applications",
    "appointments",
    "audit_log",
    "availabilities",
    "broadcasts",
    "canned_answers",
    "case_events",
    "case_notes",
    "centre_staff",
    "centre_trades",
    "centres",
    "certificates",
    "closures",
    "consents",
    "contacts",
    "conversations",
    "covers",
    "crisis_lines",
    "departments",
    "diagnoses",
    "districts",
    "employers",
    "evaluation_marks",
    "evaluations",
    "events",
    "followups",
    "handoffs",
    "holidays",
    "identities",
    "institutions",
    "job_alerts",
    "job_offers",
    "line_calls",
    "login_attempts",
    "media",
    "merges",
    "messages",
    "metadata",
    "misses",
    "municipalities",
    "name_tokens",
    "network_profiles",
    "opt_outs",
    "outbox",
    "panel_sessions",
    "provider_contents",
    "provider_templates",
    "recovery_codes",
    "referrals",
    "reminders",
    "reviews",
    "sender_rates",
    "shifts",
    "slots",
    "sources",
    "staff_topics",
    "users",
    "waitlist",
]
