"""Who is behind the codes: opened row by row, for a login that may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select

from bot.exporting.tables import Exported
from bot.inbox.people import ADDRESS
from bot.people import names
from db.crypto import CannotOpen, Cipher
from db.tables import contacts, identities


def people(cipher: Cipher) -> Exported:
    """Code, name, channel and address of everybody who has not erased their data."""
    query = (
        select(contacts.c.code, contacts.c.name_enc, identities.c.channel, identities.c.address_enc)
        .outerjoin(identities, identities.c.contact_id == contacts.c.id)
        .where(contacts.c.erased_at.is_(None), contacts.c.merged_into.is_(None))
    )

    def rows(row: Row[Any]) -> Iterator[tuple[Any, ...]]:
        yield row.code, names.opened(cipher, row.name_enc), row.channel, _address(cipher, row.address_enc)

    return Exported("people_identified", ("person", "name", "channel", "address"), query, rows)


def _address(cipher: Cipher, token: bytes | None) -> str:
    try:
        return cipher.open(token, ADDRESS) if token else ""
    except CannotOpen:
        return ""
