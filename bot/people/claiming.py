"""A person registered without a telephone takes their record into their chat, by its code and their first name.

Whatever is wrong, the answer is one and the same, and who guesses is stopped: after a few tries of one chat, and
after a few tries at one record, for a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping, func, select

from bot.panel.audit import audit
from bot.people import merging, names
from bot.people.writing import CHANNEL
from db.crypto import Cipher, Hasher
from db.tables import audit_log, contacts, identities
from nlu.text import tokens

JOINED, WRONG, LATER = "unido", "no_coincide", "mas_tarde"
TRIES: Final = 5
WITHIN: Final = timedelta(hours=24)
WORDS: Final = 6  # of an answer that is a name; a list of names is none
FAILED: Final = "person.code_failed"


def claim(
    connection: Connection, cipher: Cipher, hasher: Hasher, mine: int, code: str, name: str, now: datetime
) -> str:
    """Join the record of this code to `mine`; `JOINED`, `WRONG` or `LATER`. Staff can part them for a month."""
    if _failures(connection, mine, now) >= TRIES:
        return LATER
    record = _registered(connection, code)
    known = record is not None and _failures(connection, record["id"], now) < TRIES
    if record is None or not known or not _is_called(hasher, names.opened(cipher, record["name_enc"]), name):
        for tried in (mine, record["id"] if record is not None else None):
            if tried is not None:
                audit(connection, None, FAILED, "contacts", tried, now=now)
        return WRONG
    note = merging.merge(connection, cipher, hasher, mine, record["id"], None, now)
    detail = {"merge": note, "kept": mine, "dropped": record["id"], "by": "code"}
    for contact_id in (mine, record["id"]):
        audit(connection, None, "person.joined", "contacts", contact_id, detail, now=now)
    return JOINED


def _registered(connection: Connection, code: str) -> RowMapping | None:
    """The record of somebody who came to an office and has no chat yet."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    chat = select(identities.c.id).where(identities.c.contact_id == contacts.c.id)
    query = (
        select(contacts.c.id, contacts.c.name_enc)
        .where(contacts.c.code == plain, contacts.c.channel_first == CHANNEL, ~chat.exists())
        .where(contacts.c.erased_at.is_(None), contacts.c.merged_into.is_(None), contacts.c.consent_kept)
    )
    return connection.execute(query).mappings().first()


def _failures(connection: Connection, contact_id: int, now: datetime) -> int:
    """Of the last day, by this chat or at this record."""
    tries = select(func.count()).where(audit_log.c.entity == "contacts", audit_log.c.entity_id == contact_id)
    return connection.scalar(tries.where(audit_log.c.action == FAILED, audit_log.c.created_at > now - WITHIN)) or 0


def _is_called(hasher: Hasher, recorded: str, told: str) -> bool:
    """Whether the first of the recorded names was told, however it is spelt. Where none is recorded, nobody is."""
    first = next((part for part in recorded.split() if names.hashes(hasher, part)), "")
    if not first or len(tokens(told, names.LENGTH)) > WORDS:
        return False
    return names.hashes(hasher, first) <= names.hashes(hasher, told)
