"""Turning the keys of a database that is in use."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from db.crypto import Cipher, new_key
from db.database import Database
from db.rotation import sealed_columns, turn_all
from db.tables import contacts, metadata, referrals

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OLD_DATA, NEW_DATA, OLD_CARE, NEW_CARE = (new_key() for _ in range(4))
OLD = {"data": Cipher([OLD_DATA]), "care": Cipher([OLD_CARE])}
BOTH = {"data": Cipher([NEW_DATA, OLD_DATA]), "care": Cipher([NEW_CARE, OLD_CARE])}
NEW = {"data": Cipher([NEW_DATA]), "care": Cipher([NEW_CARE])}


def fill(connection: Connection) -> None:
    """25 people with a name, 5 without, 25 referrals."""
    rows = [
        {"id": n, "created_at": NOW, "code": str(n), "channel_first": "sms", "name_enc": name}
        for n, name in enumerate([*[OLD["data"].seal(f"Ana {n}", "name") for n in range(25)], *[None] * 5], 1)
    ]
    connection.execute(insert(contacts), rows)
    wishes = [
        {
            "created_at": NOW,
            "contact_id": n,
            "service": "legal",
            "wishes_enc": OLD["care"].seal("tarde", "referral wishes"),
        }
        for n in range(1, 26)
    ]
    connection.execute(insert(referrals), wishes)


def names(database: Database, cipher: Cipher) -> list[str | None]:
    tokens = database.read_now(lambda c: c.scalars(select(contacts.c.name_enc).order_by(contacts.c.id)).all())
    return [None if token is None else cipher.open(token, "name") for token in tokens]


def test_every_column_of_tokens_is_declared() -> None:
    declared = {f"{sealed.table.name}.{sealed.column.name}" for sealed in sealed_columns()}
    named = {f"{t.name}.{c.name}" for t in metadata.sorted_tables for c in t.columns if c.name.endswith("_enc")}
    assert declared == named
    assert {sealed.key for sealed in sealed_columns()} == {"data", "care"}


def test_the_old_keys_are_not_needed_afterwards(database: Database) -> None:
    database.write_now(fill)
    done = {turned.name: turned for turned in turn_all(database, BOTH, batch=10)}
    assert done["contacts.name_enc"].turned == done["referrals.wishes_enc"].turned == 25
    assert names(database, NEW["data"]) == [*(f"Ana {n}" for n in range(25)), *[None] * 5]
    wishes = database.read_now(lambda c: c.scalars(select(referrals.c.wishes_enc)).all())
    assert {NEW["care"].open(token, "referral wishes") for token in wishes} == {"tarde"}


def test_run_again_it_finds_nothing_left(database: Database) -> None:
    database.write_now(fill)
    turn_all(database, BOTH)
    assert sum(turned.turned for turned in turn_all(database, BOTH)) == 0


def test_what_no_key_opens_is_named_and_left_as_it_is(database: Database) -> None:
    database.write_now(fill)
    foreign = Cipher([new_key()]).seal("x", "name")
    database.write_now(lambda c: c.execute(update(contacts).where(contacts.c.id == 3).values(name_enc=foreign)))
    done = {turned.name: turned for turned in turn_all(database, BOTH, batch=2)}
    assert (done["contacts.name_enc"].turned, done["contacts.name_enc"].unreadable) == (24, (3,))
    kept = database.read_now(lambda c: c.scalar(select(contacts.c.name_enc).where(contacts.c.id == 3)))
    assert kept == foreign
