"""What helps who answers: who the person is, as far as they said, and where they can be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from bot.cases import contact
from bot.cases.reading import Case
from bot.inbox.people import ADDRESS
from db.crypto import CannotOpen, Cipher
from db.tables import contacts, conversations, diagnoses, handoffs, identities

TELEPHONES: Final = frozenset({"whatsapp", "sms"})  # channels whose address is a telephone


@dataclass(frozen=True, slots=True)
class Facts:
    """A person. "" and None: not known. `trade`: the slug of the latest diagnosis."""

    name: str
    country: str | None
    department: str | None
    district: str | None
    language: str
    age_band: str | None
    trade: str
    kept: bool
    promotions_held_since: datetime | None


def facts(connection: Connection, cipher: Cipher, case: Case) -> Facts | None:
    """The person of a case; None once they are erased."""
    person = select(
        contacts.c.name_enc,
        contacts.c.country,
        contacts.c.department,
        contacts.c.district,
        contacts.c.language,
        contacts.c.age_band,
        contacts.c.consent_kept,
        contacts.c.hold_promotions_since,
    ).where(contacts.c.id == case.contact_id, contacts.c.erased_at.is_(None))
    row = connection.execute(person).one_or_none()
    if row is None:
        return None
    latest = select(diagnoses.c.trade).where(diagnoses.c.contact_id == case.contact_id).order_by(diagnoses.c.id.desc())
    trade = connection.scalar(latest.limit(1)) or ""
    return Facts(_name(cipher, row.name_enc), *row[1:6], trade, *row[6:])


def _name(cipher: Cipher, token: bytes | None) -> str:
    try:
        return cipher.open(token, "name") if token else ""
    except CannotOpen:
        return ""


def which_number(connection: Connection, case: Case) -> str:
    """What there is to call, without telling it: «dado» for it, «mismo» that writes, or «ninguno»."""
    given = select(handoffs.c.id).where(handoffs.c.id == case.id, handoffs.c.call_number_enc.is_not(None))
    if connection.scalar(given) is not None:
        return "dado"
    return "mismo" if case.channel in TELEPHONES else "ninguno"


def number(connection: Connection, cipher: Cipher, case: Case) -> str:
    """Where to call: the number that was given for it, else the one that writes; "" where there is none."""
    given = contact.call_number(connection, cipher, case.id)
    if given or case.channel not in TELEPHONES:
        return given
    address = (
        select(identities.c.address_enc)
        .join(conversations, conversations.c.identity_id == identities.c.id)
        .where(conversations.c.id == case.conversation_id)
    )
    token = connection.scalar(address)
    return cipher.open(token, ADDRESS).removeprefix("whatsapp:") if token else ""
