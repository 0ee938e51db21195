"""Names: sealed where they stand, and found by keyed hashes of how each of their parts sounds."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, update

from db.crypto import CannotOpen, Cipher, Hasher
from db.tables import contacts, name_tokens
from nlu.text import sound_of_word, tokens

NAME: Final = "name"
PART: Final = "name token"
LENGTH: Final = 120
PARTICLES: Final = frozenset({"de", "del", "la", "las", "los", "y"})  # said or left out at will


def hashes(hasher: Hasher, name: str) -> set[bytes]:
    """A hash for each part of a name, the same for «Giménez» and «Jimenez»."""
    parts = set(tokens(name, LENGTH)) - PARTICLES
    return {hasher.of(PART, sound_of_word(part)) for part in parts}


def keep(connection: Connection, cipher: Cipher, hasher: Hasher, contact_id: int, name: str, now: datetime) -> None:
    """Give a record a name, or take it away with "". The only way in: what is not kept so, no search finds."""
    sealed = cipher.seal(name, NAME) if name else None
    connection.execute(update(contacts).where(contacts.c.id == contact_id).values(name_enc=sealed))
    index(connection, contact_id, hashes(hasher, name), now)


def index(connection: Connection, contact_id: int, parts: set[bytes], now: datetime) -> None:
    """Let a record be found by these parts, and by no others."""
    connection.execute(delete(name_tokens).where(name_tokens.c.contact_id == contact_id))
    rows = [{"created_at": now, "contact_id": contact_id, "token_hash": part} for part in sorted(parts)]
    if rows:
        connection.execute(insert(name_tokens), rows)


def opened(cipher: Cipher, token: bytes | None) -> str:
    """The name; "" where there is none, or no key of ours opens it."""
    try:
        return cipher.open(token, NAME) if token else ""
    except CannotOpen:
        return ""
