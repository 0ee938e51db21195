"""Erasing people: everything that identifies goes from every table; pseudonymous statistics stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, delete, null, or_, select, update

from db.tables import (
    applications,
    appointments,
    case_notes,
    certificates,
    consents,
    contacts,
    conversations,
    diagnoses,
    evaluation_marks,
    evaluations,
    events,
    followups,
    handoffs,
    identities,
    job_alerts,
    media,
    merges,
    messages,
    misses,
    name_tokens,
    network_profiles,
    opt_outs,
    outbox,
    referrals,
    reminders,
    slots,
    waitlist,
)

_GONE: Final = (
    *(
        media,
        misses,
        name_tokens,
        identities,
        consents,
        referrals,
        job_alerts,
        applications,
        waitlist,
        network_profiles,
    ),
)
_STANDING: Final = ("offered", "booked", "confirmed")
_KEPT: Final = (*_STANDING, "attended", "missed")  # states of appointments that hold a place of their slot
ERASED: Final = "erased"  # why an appointment was cancelled


_HOW_TO_REACH: Final = dict.fromkeys(
    ("topic", "call_number_enc", "call_hours", "call_language", "safe_channel", "safe_hours", "contact_noted_at")
)


def erase(connection: Connection, contact_id: int, now: datetime) -> None:
    """Erase one person. What stays: a pseudonym with country, department and age band, what they did (assessments
    and results, answers to later questions, case counts); of somebody who agreed to nothing, not even that. Places
    that were still to come are free again; the clock offers them to who waits (`bot.booking.waitlist.offer`).

    An opt-out that stands stays too, as the keyed hash of the address alone, or it could not be honoured. Events
    keep only the provider's id, so that a repeated webhook is still recognised.
    """
    refused = select(contacts.c.id).where(contacts.c.consent_kept.is_(False), contacts.c.erased_at.is_(None))
    if connection.scalar(refused.where(contacts.c.id == contact_id)) is None:
        whole = _with_joined(connection, [contact_id])
        _erase(connection, whole, now)
        _forget_merges(connection, whole)
    else:
        forget(connection, [contact_id], now)


def forget(connection: Connection, contact_ids: Sequence[int], now: datetime) -> None:
    """Erase people who never agreed that anything is kept: their pseudonymous records go as well.

    A case that is still open stays, tied to nobody, so that the staff who were alerted find it.
    """
    contact_ids = _with_joined(connection, contact_ids)
    _erase(connection, contact_ids, now)
    _give_back_places(connection, contact_ids, appointments.c.state.in_(_KEPT))
    for table in (followups, appointments):
        connection.execute(delete(table).where(table.c.contact_id.in_(contact_ids)))
    theirs = handoffs.c.contact_id.in_(contact_ids)
    connection.execute(delete(handoffs).where(theirs, handoffs.c.state == "closed"))
    connection.execute(delete(contacts).where(contacts.c.id.in_(contact_ids)))


def settle(connection: Connection, contact_ids: Sequence[int], now: datetime) -> None:
    """What is left of records that were joined to another one, once that can no longer be undone: a code that leads
    to the other record. What both had twice goes.
    """
    _erase(connection, contact_ids, now)
    connection.execute(update(merges).where(merges.c.dropped_id.in_(contact_ids)).values(before=null()))


def _with_joined(connection: Connection, contact_ids: Sequence[int]) -> Sequence[int]:
    """These and the records that were joined to them, which are the same people."""
    joined = connection.scalars(select(contacts.c.id).where(contacts.c.merged_into.in_(contact_ids))).all()
    return [*contact_ids, *joined] if joined else contact_ids


def _forget_merges(connection: Connection, contact_ids: Sequence[int]) -> None:
    theirs = or_(merges.c.kept_id.in_(contact_ids), merges.c.dropped_id.in_(contact_ids))
    connection.execute(delete(merges).where(theirs))


def _erase(connection: Connection, contact_ids: Sequence[int], now: datetime) -> None:
    _forget_conversations(connection, contact_ids)
    _forget_lifted_opt_outs(connection, contact_ids)
    _forget_appointments(connection, contact_ids, now)
    for table in _GONE:
        connection.execute(delete(table).where(table.c.contact_id.in_(contact_ids)))
    theirs = select(handoffs.c.id).where(handoffs.c.contact_id.in_(contact_ids)).scalar_subquery()
    connection.execute(delete(case_notes).where(case_notes.c.handoff_id.in_(theirs)))
    _blank(connection, handoffs, contact_ids, **_HOW_TO_REACH)
    _blank(connection, diagnoses, contact_ids, municipality=None)
    _blank(connection, certificates, contact_ids, name_enc=None, number=None)
    connection.execute(
        update(contacts)
        .where(contacts.c.id.in_(contact_ids))
        .values(
            name_enc=None,
            place=None,
            municipality_id=None,
            district=None,
            consent_kept=False,
            expires_at=None,
            last_seen_at=None,
            hold_promotions_since=None,
            erased_at=now,
        )
    )


def _forget_conversations(connection: Connection, contact_ids: Sequence[int]) -> None:
    theirs = select(conversations.c.id).where(conversations.c.contact_id.in_(contact_ids)).scalar_subquery()
    addresses = select(identities.c.id).where(identities.c.contact_id.in_(contact_ids)).scalar_subquery()
    connection.execute(
        update(events).where(events.c.conversation_id.in_(theirs)).values(conversation_id=None, payload_enc=None)
    )
    connection.execute(
        delete(outbox).where(or_(outbox.c.conversation_id.in_(theirs), outbox.c.identity_id.in_(addresses)))
    )
    connection.execute(delete(messages).where(messages.c.conversation_id.in_(theirs)))
    connection.execute(delete(conversations).where(conversations.c.contact_id.in_(contact_ids)))


def _forget_appointments(connection: Connection, contact_ids: Sequence[int], now: datetime) -> None:
    """Nobody is expected or reminded any more; names and notes go from what was assessed."""
    ahead = appointments.c.slot_id.in_(select(slots.c.id).where(slots.c.ends_at > now).scalar_subquery())
    coming = appointments.c.state.in_(_STANDING) & ahead
    _give_back_places(connection, contact_ids, coming)
    fallen = update(appointments).where(appointments.c.contact_id.in_(contact_ids), coming)
    connection.execute(fallen.values(state="cancelled", reason=ERASED, offered_until=None, closed_at=now))
    theirs = select(appointments.c.id).where(appointments.c.contact_id.in_(contact_ids)).scalar_subquery()
    unsaid = update(reminders).where(reminders.c.appointment_id.in_(theirs), reminders.c.state.in_(("due", "blocked")))
    connection.execute(unsaid.values(state="void", closed_at=now))
    assessed = evaluations.c.appointment_id.in_(theirs)
    connection.execute(update(evaluations).where(assessed).values(legal_name_enc=None, notes_enc=None))
    marked = evaluation_marks.c.evaluation_id.in_(select(evaluations.c.id).where(assessed).scalar_subquery())
    connection.execute(update(evaluation_marks).where(marked).values(note_enc=None))
    unanswered = followups.c.contact_id.in_(contact_ids) & (followups.c.state != "answered")
    connection.execute(delete(followups).where(unanswered))


def _give_back_places(connection: Connection, contact_ids: Sequence[int], which: ColumnElement[bool]) -> None:
    """Places are free again; slots are held in the order of their ids, as everybody does who holds several."""
    held = select(appointments.c.slot_id).where(appointments.c.contact_id.in_(contact_ids), which)
    lost = Counter(connection.scalars(held))
    order = select(slots.c.id).where(slots.c.id.in_(sorted(lost))).order_by(slots.c.id)
    connection.execute(order.with_for_update(key_share=True))
    lost = Counter(connection.scalars(held))  # what nobody cancelled meanwhile
    for slot_id, places in sorted(lost.items()):
        connection.execute(update(slots).where(slots.c.id == slot_id).values(booked=slots.c.booked - places))


def _forget_lifted_opt_outs(connection: Connection, contact_ids: Sequence[int]) -> None:
    """Who took a BAJA back has nothing left to honour."""
    theirs = select(identities.c.address_hash).where(identities.c.contact_id.in_(contact_ids)).scalar_subquery()
    connection.execute(delete(opt_outs).where(opt_outs.c.address_hash.in_(theirs), opt_outs.c.lifted_at.is_not(None)))


def _blank(connection: Connection, table: Table, contact_ids: Sequence[int], **columns: None) -> None:
    connection.execute(update(table).where(table.c.contact_id.in_(contact_ids)).values(**columns))
