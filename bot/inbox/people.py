"""Who is writing: finds a person by the keyed hash of an address, or begins a record for a stranger."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    LargeBinary,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from bot.channels.base import Inbound
from db.crypto import Cipher, Hasher
from db.prepared import Prepared
from db.tables import contacts, conversations, identities, media, opt_outs, outbox, sources

ADDRESS: Final = "address"
WINDOW: Final = timedelta(hours=24)  # of free text after a person's last message on WhatsApp
WINDOW_STEP: Final = timedelta(minutes=5)
CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that are taken for another when read aloud

_ME, _HOME = identities.alias("me"), identities.alias("home")
_MINE = (
    _ME.join(_HOME, and_(_HOME.c.contact_id == _ME.c.contact_id, _HOME.c.channel == _ME.c.channel))
    .join(conversations, conversations.c.identity_id == _HOME.c.id)
    .join(contacts, contacts.c.id == _ME.c.contact_id)
)
_KEYS = [bindparam(name, type_=LargeBinary()) for name in ("own", "alias")]
_WROTE = and_(_ME.c.channel == bindparam("of_channel"), _ME.c.address_hash.in_(_KEYS))
# Two joined records may have a conversation each: that of the address which writes comes first.
_NEAREST = (_ME.c.address_hash != _KEYS[0], _HOME.c.id != _ME.c.id, _HOME.c.id)


def _opted_out(address: FromClause) -> Exists:
    """Whether this row of `identities` is to get nothing unasked."""
    return exists().where(
        opt_outs.c.channel == address.c.channel,
        opt_outs.c.address_hash == address.c.address_hash,
        opt_outs.c.scope == "all",
        opt_outs.c.lifted_at.is_(None),
    )


_FOUND = Prepared(
    select(
        _ME.c.address_hash,
        _ME.c.address_enc,
        _HOME.c.id,
        _HOME.c.stopped_at,
        _HOME.c.window_until,
        contacts.c.id,
        contacts.c.code,
        contacts.c.country,
        contacts.c.place,
        contacts.c.age_band,
        contacts.c.consent_kept,
        contacts.c.consent_asked,
        contacts.c.language,
        contacts.c.department,
        conversations.c.id,
        conversations.c.state_enc,
        conversations.c.human_since,
        conversations.c.last_inbound_at,
        _opted_out(_ME),
    )
    .select_from(_MINE)
    .where(_WROTE)
    .order_by(*_NEAREST)
)
CONVERSATION: Final = select(conversations.c.id).select_from(_MINE).where(_WROTE).order_by(*_NEAREST).limit(1)
"""The conversation of who writes, by `of_channel`, `own` and `alias`, as `_FOUND` finds it."""


class Found(NamedTuple):
    """The person who writes, as `_FOUND` selects. `identity_id`: the one that the conversation began with, for all
    of its addresses.
    """

    address_hash: bytes
    address_enc: bytes  # of the address that wrote: where the answer goes
    identity_id: int
    stopped_at: datetime | None
    window_until: datetime | None
    contact_id: int
    code: str
    country: str | None
    place: str | None
    age_band: str | None
    consent_kept: bool
    consent_asked: bool
    language: str
    department: str | None
    conversation_id: int
    state_enc: bytes | None
    human_since: datetime | None
    last_inbound_at: datetime | None
    opted_out: bool


def hashes(inbound: Inbound, hasher: Hasher) -> tuple[bytes, ...]:
    """Keyed hashes of an event's address and its aliases."""
    return tuple(hasher.of(inbound.channel, address) for address in (inbound.address, *inbound.aliases))


def whose(inbound: Inbound, keys: tuple[bytes, ...]) -> dict[str, object]:
    """The values for `CONVERSATION`. No channel names more than one address beside the person's own."""
    return {"of_channel": inbound.channel, "own": keys[0], "alias": keys[-1]}


def find(
    connection: Connection, inbound: Inbound, keys: tuple[bytes, ...], cipher: Cipher, now: datetime
) -> Found | None:
    """The person behind one of these addresses. One that is new is theirs from now on: WhatsApp may name a telephone
    today and, once the person has a username, another address tomorrow.
    """
    nearest_last = reversed(_FOUND.all(connection, **whose(inbound, keys)))
    rows = {row.address_hash: row for row in map(Found._make, nearest_last)}
    if not rows:
        return None
    row = rows.get(keys[0]) or next(iter(rows.values()))
    row = row._replace(opted_out=any(one.opted_out for one in rows.values()))
    if len(rows) < len(keys):
        new = {key: sealed for key, sealed in _sealed(inbound, keys, cipher).items() if key not in rows}
        _add_addresses(connection, inbound.channel, new, row.contact_id, now)
        if row.opted_out:
            opt_out(connection, row.contact_id, inbound.channel, now)
        row = row._replace(address_enc=new.get(keys[0], row.address_enc))
    if row.stopped_at is not None:
        _let_in_again(connection, row.identity_id)
    return row


def known(connection: Connection, inbound: Inbound, keys: tuple[bytes, ...]) -> Found | None:
    """The person behind an address, where nobody has written: nothing changes."""
    return next(map(Found._make, _FOUND.all(connection, **whose(inbound, keys))), None)


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
    identity_ids = _add_addresses(connection, inbound.channel, _sealed(inbound, keys, cipher), contact_id, now)
    connection.execute(insert(conversations).values(created_at=now, contact_id=contact_id, identity_id=identity_ids[0]))
    found = find(connection, inbound, keys, cipher, now)
    if found is None:
        raise LookupError("a record that was just made is not there")
    return found


def _sealed(inbound: Inbound, keys: tuple[bytes, ...], cipher: Cipher) -> dict[bytes, bytes]:
    """Every address of the event, sealed, by its hash: each gets its own answers."""
    addresses = (inbound.address, *inbound.aliases)
    return {key: cipher.seal(address, ADDRESS) for key, address in zip(keys, addresses, strict=True)}


def _add_addresses(
    connection: Connection, channel: str, sealed: Mapping[bytes, bytes], contact_id: int, now: datetime
) -> Sequence[int]:
    rows = [
        {"created_at": now, "contact_id": contact_id, "channel": channel, "address_hash": key, "address_enc": address}
        for key, address in sealed.items()
    ]
    return connection.scalars(insert(identities).returning(identities.c.id, sort_by_parameter_order=True), rows).all()


def _let_in_again(connection: Connection, identity_id: int) -> None:
    """Who writes to us takes messages again, whatever the provider said before."""
    connection.execute(update(identities).where(identities.c.id == identity_id).values(stopped_at=None))


_OPEN_WINDOW = Prepared(
    update(identities)
    .where(identities.c.id == bindparam("identity"))
    .values(window_until=bindparam("until", type_=identities.c.window_until.type))
)


def open_window(connection: Connection, identity_id: int, known: datetime | None, now: datetime) -> None:
    """Who wrote on WhatsApp may be answered in free text for a day. Noted every few minutes, not at each message:
    only the last of these minutes are given away.
    """
    if known is None or known < now + WINDOW - WINDOW_STEP:
        _OPEN_WINDOW.run(connection, identity=identity_id, until=now + WINDOW)


def opt_out(connection: Connection, contact_id: int, channel: str, now: datetime) -> None:
    """Note for each of the person's addresses, once, that nothing goes there unasked."""
    wanting = select(identities.c.address_hash).where(*_addresses(contact_id, channel), ~_opted_out(identities))
    rows = [
        {"created_at": now, "address_hash": key, "channel": channel, "scope": "all"}
        for key in connection.scalars(wanting).all()
    ]
    if rows:
        connection.execute(insert(opt_outs), rows)


def opt_in(connection: Connection, contact_id: int, channel: str, now: datetime) -> None:
    """Lift what stands against each of the person's addresses."""
    theirs = select(identities.c.address_hash).where(*_addresses(contact_id, channel)).scalar_subquery()
    lift = update(opt_outs).where(opt_outs.c.channel == channel, opt_outs.c.address_hash.in_(theirs))
    connection.execute(lift.where(opt_outs.c.lifted_at.is_(None)).values(lifted_at=now))


def _addresses(contact_id: int, channel: str) -> tuple[ColumnElement[bool], ...]:
    return identities.c.contact_id == contact_id, identities.c.channel == channel


def part(connection: Connection, old: int, new: int, channel: str) -> None:
    """Give the channel's addresses of one record to another: what still waits for the first one is not sent to the
    second, links to its data end, and what was under way is forgotten.
    """
    mine = select(identities.c.id).where(*_addresses(old, channel)).scalar_subquery()
    waiting = outbox.c.state.in_(("pending", "sending"))
    connection.execute(delete(outbox).where(outbox.c.identity_id.in_(mine), waiting))
    connection.execute(delete(media).where(media.c.contact_id == old, media.c.token_hash.is_not(None)))
    connection.execute(
        update(conversations).where(conversations.c.identity_id.in_(mine)).values(identity_id=None, state_enc=None)
    )
    connection.execute(update(identities).where(*_addresses(old, channel)).values(contact_id=new))


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
