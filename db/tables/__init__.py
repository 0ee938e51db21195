"""Every table, by subject, in one `metadata`: SQLAlchemy Core, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from db.tables.assessment import appointments, centres, certificates, diagnoses, evaluations, slots
from db.tables.care import followups, handoffs, institutions, referrals
from db.tables.columns import UtcDateTime, metadata
from db.tables.conversation import conversations, events, media, messages
from db.tables.delivery import broadcasts, outbox, provider_contents, sender_rates
from db.tables.people import consents, contacts, identities, opt_outs, sources
from db.tables.places import departments, districts, municipalities
from db.tables.staff import audit_log, users
from db.tables.work import applications, employers, job_alerts, job_offers

__all__ = [
    "UtcDateTime",
    "applications",
    "appointments",
    "audit_log",
    "broadcasts",
    "centres",
    "certificates",
    "consents",
    "contacts",
    "conversations",
    "departments",
    "diagnoses",
    "districts",
    "employers",
    "evaluations",
    "events",
    "followups",
    "handoffs",
    "identities",
    "institutions",
    "job_alerts",
    "job_offers",
    "media",
    "messages",
    "metadata",
    "municipalities",
    "opt_outs",
    "outbox",
    "provider_contents",
    "referrals",
    "sender_rates",
    "slots",
    "sources",
    "users",
]
