"""One person as the staff see them: facts, consents, results, cases by code; never words, and nothing of care."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select

from bot.inbox.people import ADDRESS
from bot.people import finding, merging, names, telephones
from bot.people.errors import Gone
from db.crypto import Cipher
from db.tables import (
    appointments,
    centres,
    consents,
    contacts,
    conversations,
    diagnoses,
    handoffs,
    identities,
    messages,
    opt_outs,
    slots,
    users,
)

ROWS: Final = 30  # of each list: who needs more has the report
STATE: Final = ("name_enc", "place", "country", "trade", "language", "age_band", "erased_at", "merged_into")


@dataclass(frozen=True, slots=True)
class Record:
    """`facts` is the row of `contacts`; `joined` what was joined to it; `state` a mark of what can be corrected."""

    facts: RowMapping
    name: str
    state: str
    consents: Sequence[RowMapping]
    diagnoses: Sequence[RowMapping]
    cases: Sequence[RowMapping]
    appointments: Sequence[RowMapping]
    channels: Sequence[RowMapping]
    messages: int
    joined: Sequence[RowMapping]


def found(connection: Connection, contact_id: int, scope: str | None) -> RowMapping:
    """The record of that id, for who sees that country. Raises `Gone`."""
    query = select(contacts).where(contacts.c.id == contact_id, finding.visible(scope))
    row = connection.execute(query.where(contacts.c.erased_at.is_(None))).mappings().first()
    if row is None:
        raise Gone
    return row


def state_of(row: RowMapping) -> str:
    """A short mark, to notice that somebody else has changed the record since."""
    return hashlib.sha256(repr([row[name] for name in STATE]).encode()).hexdigest()[:16]


def read(connection: Connection, cipher: Cipher, row: RowMapping, *, cases: bool) -> Record:
    """Everything about one person; `cases`: whether who looks may know of them."""
    mine = row["id"]
    return Record(
        facts=row,
        name=names.opened(cipher, row["name_enc"]),
        state=state_of(row),
        consents=_rows(
            connection,
            select(consents, users.c.name, users.c.email)
            .join(users, users.c.id == consents.c.taken_by, isouter=True)
            .where(consents.c.contact_id == mine)
            .order_by(consents.c.id.desc()),
        ),
        diagnoses=_rows(
            connection,
            select(diagnoses.c.trade, diagnoses.c.band, diagnoses.c.finished, diagnoses.c.reviewed)
            .add_columns(diagnoses.c.created_at)
            .where(diagnoses.c.contact_id == mine)
            .order_by(diagnoses.c.id.desc()),
        ),
        cases=_cases(connection, mine) if cases else [],
        appointments=_appointments(connection, mine),
        channels=_channels(connection, mine),
        messages=_messages(connection, mine),
        joined=merging.standing(connection, mine),
    )


def _rows(connection: Connection, query: Any) -> Sequence[RowMapping]:
    rows: Sequence[RowMapping] = connection.execute(query.limit(ROWS)).mappings().all()
    return rows


def _cases(connection: Connection, mine: int) -> Sequence[RowMapping]:
    """Codes and states: the reason may be danger or care, and stands in the case, for who may open it."""
    query = select(handoffs.c.id, handoffs.c.code, handoffs.c.state, handoffs.c.created_at)
    return _rows(connection, query.where(handoffs.c.contact_id == mine).order_by(handoffs.c.id.desc()))


def _appointments(connection: Connection, mine: int) -> Sequence[RowMapping]:
    query = (
        select(appointments.c.state, appointments.c.trade, slots.c.starts_at, centres.c.name)
        .join(slots, slots.c.id == appointments.c.slot_id)
        .join(centres, centres.c.id == slots.c.centre_id)
        .where(appointments.c.contact_id == mine)
        .order_by(slots.c.starts_at.desc())
    )
    return _rows(connection, query)


def _channels(connection: Connection, mine: int) -> Sequence[RowMapping]:
    """Where the person writes, and whether messages may go there."""
    against = select(opt_outs.c.id).where(
        opt_outs.c.channel == identities.c.channel,
        opt_outs.c.address_hash == identities.c.address_hash,
        opt_outs.c.scope == "all",
        opt_outs.c.lifted_at.is_(None),
    )
    query = select(identities.c.channel, identities.c.stopped_at, against.exists().label("opted_out"))
    return _rows(connection, query.where(identities.c.contact_id == mine).order_by(identities.c.id))


def _messages(connection: Connection, mine: int) -> int:
    theirs = messages.join(conversations, conversations.c.id == messages.c.conversation_id)
    query = select(func.count()).select_from(theirs).where(conversations.c.contact_id == mine)
    return connection.scalar(query) or 0


def phones(connection: Connection, cipher: Cipher, contact_id: int) -> list[str]:
    """The telephone numbers that the person writes from."""
    query = select(identities.c.address_enc).where(identities.c.contact_id == contact_id)
    tokens = connection.scalars(query.where(identities.c.channel.in_(("whatsapp", "sms"))).order_by(identities.c.id))
    opened = [telephones.telephone(cipher.open(token, ADDRESS)) for token in tokens if token]
    return list(dict.fromkeys(filter(None, opened)))
