"""Erasing a person: everything that identifies goes from every table; pseudonymous statistics stay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from db.tables import (
    applications,
    appointments,
    consents,
    contacts,
    conversations,
    events,
    followups,
    handoffs,
    identities,
    job_alerts,
    media,
    messages,
    outbox,
    referrals,
)


def erase(connection: Connection, contact_id: int, now: datetime) -> None:
    """Erase one person. What stays: a pseudonym with country, department and age band, results and case counts.

    An opt-out stays too, as the keyed hash of the address alone, or it could not be honoured. Events keep only the
    provider's id, so that a repeated webhook is still recognised.
    """
    theirs = select(conversations.c.id).where(conversations.c.contact_id == contact_id).scalar_subquery()
    connection.execute(
        update(events).where(events.c.conversation_id.in_(theirs)).values(conversation_id=None, payload_enc=None)
    )
    connection.execute(
        update(handoffs).where(handoffs.c.contact_id == contact_id).values(conversation_id=None, topic=None)
    )
    connection.execute(delete(outbox).where(outbox.c.conversation_id.in_(theirs)))
    connection.execute(delete(media).where(media.c.contact_id == contact_id))
    connection.execute(delete(messages).where(messages.c.conversation_id.in_(theirs)))
    connection.execute(delete(conversations).where(conversations.c.contact_id == contact_id))
    for table in (identities, consents, referrals, job_alerts, applications, appointments, followups):
        connection.execute(delete(table).where(table.c.contact_id == contact_id))
    connection.execute(
        update(contacts)
        .where(contacts.c.id == contact_id)
        .values(
            name_enc=None,
            place=None,
            municipality_id=None,
            district=None,
            consent_kept=False,
            expires_at=None,
            last_seen_at=None,
            erased_at=now,
        )
    )


def forget(connection: Connection, contact_id: int, now: datetime) -> None:
    """Erase a person who never agreed that anything is kept: not even the pseudonymous record stays."""
    erase(connection, contact_id, now)
    connection.execute(delete(handoffs).where(handoffs.c.contact_id == contact_id))
    connection.execute(delete(contacts).where(contacts.c.id == contact_id))
