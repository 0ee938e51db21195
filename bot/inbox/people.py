"""Who is writing: finds a person by the keyed hash of an address, or begins a record for a stranger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, insert, select, update

from bot.channels.base import Inbound
from db.crypto import Cipher, Hasher
from db.tables import contacts, conversations, identities, opt_outs, sources

ADDRESS: Final = "address"
CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that are taken for another when read aloud

_FOUND = (
    select(
        identities.c.id.label("identity_id"),
        identities.c.address_hash,
        identities.c.address_enc,
        identities.c.stopped_at,
        contacts.c.id.label("contact_id"),
        contacts.c.code,
        contacts.c.country,
        contacts.c.place,
        contacts.c.age_band,
        contacts.c.consent_kept,
        contacts.c.consent_asked,
        contacts.c.language,
        contacts.c.department,
        conversations.c.id.label("conversation_id"),
        conversations.c.state_enc,
        conversations.c.human_since,
        conversations.c.last_inbound_at,
        exists()
        .where(
            opt_outs.c.channel == identities.c.channel,
            opt_outs.c.address_hash == identities.c.address_hash,
            opt_outs.c.lifted_at.is_(None),
        )
        .label("opted_out"),
    )
    .join_from(identities, contacts)
    .join(conversations, conversations.c.identity_id == identities.c.id)
)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of the person who writes. `hashes` are of every address that the event named, its own first."""

    row: Any
    hashes: tuple[bytes, ...]
    new: bool = False


def hashes(inbound: Inbound, hasher: Hasher) -> tuple[bytes, ...]:
    """Keyed hashes of an event's address and its aliases."""
    return tuple(hasher.of(inbound.channel, address) for address in (inbound.address, *inbound.aliases))


def find(connection: Connection, channel: str, keys: tuple[bytes, ...]) -> Found | None:
    """The person behind one of these addresses, locked against a second message at the same time."""
    query = _FOUND.where(identities.c.channel == channel, identities.c.address_hash.in_(keys))
    rows = connection.execute(query.with_for_update(of=conversations)).all()
    if not rows:
        return None
    own = next((row for row in rows if row.address_hash == keys[0]), rows[0])
    return Found(own, keys)


def begin(
    connection: Connection,
    inbound: Inbound,
    keys: tuple[bytes, ...],
    cipher: Cipher,
    source: str | None,
    now: datetime,
) -> Found:
    """A record for a stranger, found by all the addresses that the event named from now on."""
    contact_id = add_contact(connection, inbound.channel, source_id(connection, source), now)
    address = cipher.seal(inbound.address, ADDRESS)
    identity_ids = connection.scalars(
        insert(identities).returning(identities.c.id, sort_by_parameter_order=True),
        [
            {
                "created_at": now,
                "contact_id": contact_id,
                "channel": inbound.channel,
                "address_hash": key,
                "address_enc": address,
            }
            for key in keys
        ],
    ).all()
    connection.execute(insert(conversations).values(created_at=now, contact_id=contact_id, identity_id=identity_ids[0]))
    found = find(connection, inbound.channel, keys[:1])
    if found is None:
        raise LookupError("a record that was just made is not there")
    return Found(found.row, keys, new=True)


def add_contact(connection: Connection, channel: str, source: int | None, now: datetime) -> int:
    """A new pseudonymous record; returns its id."""
    contact_id: int = connection.scalars(
        insert(contacts)
        .values(created_at=now, code=new_code(8), channel_first=channel, source_id=source, last_seen_at=now)
        .returning(contacts.c.id)
    ).one()
    return contact_id


def new_code(length: int) -> str:
    """A code that says nothing about anybody and survives being read over the telephone."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(length))


def source_id(connection: Connection, code: str | None) -> int | None:
    """The source that a deep link named, if there is one of that code."""
    if not code:
        return None
    return connection.scalar(select(sources.c.id).where(sources.c.code == code[:64]))


def touch_alias(connection: Connection, found: Found, inbound: Inbound, cipher: Cipher, now: datetime) -> None:
    """Note an address of a known person that we had not seen: WhatsApp may name a phone today, a username tomorrow."""
    if len(found.hashes) == 1:
        return
    known = set(
        connection.scalars(
            select(identities.c.address_hash).where(
                identities.c.channel == inbound.channel, identities.c.address_hash.in_(found.hashes)
            )
        )
    )
    address = cipher.seal(inbound.address, ADDRESS)
    for key in found.hashes:
        if key not in known:
            connection.execute(
                insert(identities).values(
                    created_at=now,
                    contact_id=found.row.contact_id,
                    channel=inbound.channel,
                    address_hash=key,
                    address_enc=address,
                )
            )


def let_in_again(connection: Connection, identity_id: int) -> None:
    """Who writes to us takes messages again, whatever the provider said before."""
    connection.execute(update(identities).where(identities.c.id == identity_id).values(stopped_at=None))
