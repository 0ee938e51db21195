"""A conversation taken up outside of an event: a turn to speak in, and its state kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.channels.base import Inbound
from bot.inbox import people
from bot.inbox.answer import STATE
from bot.inbox.deps import Deps
from bot.inbox.people import ADDRESS
from bot.inbox.record import Record
from db.crypto import CannotOpen
from db.tables import conversations, identities
from flows.core.said import Said
from flows.core.session import Session, UnreadableSession
from flows.core.turn import Turn


def take_up(connection: Connection, conversation_id: int, reference: str, deps: Deps, now: datetime) -> Turn | None:
    """The conversation as it stands, with nothing said; None where it can no longer be read or has no address.

    `reference`: of what takes it up. The caller holds the conversation's row.
    """
    query = select(identities.c.channel, identities.c.address_enc, conversations.c.state_enc).join(
        conversations, conversations.c.identity_id == identities.c.id
    )
    row = connection.execute(query.where(conversations.c.id == conversation_id)).one_or_none()
    if row is None or row.address_enc is None or row.state_enc is None:
        return None
    try:
        session = Session.from_json(deps.cipher.open(row.state_enc, STATE))
        address = deps.cipher.open(row.address_enc, ADDRESS)
    except (CannotOpen, UnreadableSession):
        return None
    inbound = Inbound(row.channel, reference, address, phone=phone(row.channel, address))
    found = people.known(connection, inbound, people.hashes(inbound, deps.hasher))
    if found is None:
        return None
    record = Record(connection, found, inbound, deps, now)
    words = deps.copy.beside(record.person.language)
    return Turn(session, Said(), words, record, deps.world, now, deps.random, inbound.channel)


def phone(channel: str, address: str) -> str | None:
    """The number in an address, where it is one."""
    return address.removeprefix("whatsapp:") if channel in ("whatsapp", "sms") else None


def keep(connection: Connection, conversation_id: int, session: Session, deps: Deps) -> None:
    """Keep where the conversation stands now."""
    mine = update(conversations).where(conversations.c.id == conversation_id)
    state = deps.cipher.seal(session.to_json(), STATE)
    connection.execute(mine.values(state_enc=state, version=conversations.c.version + 1))
