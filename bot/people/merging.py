"""Two records of one person made one, and parted again: what moved is noted row by row.

The record that is kept takes the other's rows, and its facts where it has none. The other one stays without them,
found by its code and name, leading to the first. What stops messages is never lost: the stricter of both holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Table, and_, insert, null, select, update

from bot.booking import book
from bot.people import names, stops
from bot.people.errors import AlreadyJoined, Gone, NotKept, SameRecord, TooLate
from db.crypto import Cipher, Hasher
from db.tables import (
    applications,
    appointments,
    certificates,
    consents,
    contacts,
    conversations,
    diagnoses,
    followups,
    handoffs,
    identities,
    job_alerts,
    media,
    merges,
    messages,
    misses,
    network_profiles,
    referrals,
    waitlist,
)

UNDOABLE: Final = timedelta(days=30)  # scheduler.retention forgets by then how it was
MOVED: Final[Mapping[Table, tuple[str, ...] | None]] = {  # of which columns a person has each combination once
    identities: None,
    conversations: None,
    consents: None,
    diagnoses: None,
    certificates: None,
    handoffs: None,
    referrals: None,
    media: None,
    appointments: None,  # one stands for each trade: of two, one is cancelled before
    network_profiles: (),
    waitlist: ("centre_id", "trade"),
    applications: ("job_offer_id",),
    job_alerts: ("trade",),
    followups: ("kind", "due_at"),
    misses: ("fingerprint",),
}
STANDING: Final = ("offered", "booked", "confirmed")
PLACE: Final = ("country", "department", "district", "municipality_id", "place")
FACTS: Final = ("name_enc", "age_band", "sex", "trade", "source_id")


def merge(
    connection: Connection, cipher: Cipher, hasher: Hasher, kept: int, dropped: int, user_id: int | None, now: datetime
) -> int:
    """Make two records one; returns the id of the note by which `undo` parts them. Raises a `PersonError`.

    `user_id` None: the person did it.
    """
    one, other = _both(connection, kept, dropped)
    _one_place_each(connection, kept, dropped, now)
    before: dict[str, Any] = {"stops": stops.stricter(connection, kept, dropped, now)}
    before["moved"] = {table.name: _move(connection, table, same, kept, dropped) for table, same in MOVED.items()}
    before |= _take_facts(connection, one, other)
    if "name_enc" in before["filled"]:
        names.index(connection, kept, names.hashes(hasher, names.opened(cipher, other["name_enc"])), now)
    before["joined"] = _redirect(connection, dropped, kept)
    connection.execute(update(contacts).where(contacts.c.id == dropped).values(merged_into=kept))
    note = {"created_at": now, "kept_id": kept, "dropped_id": dropped, "user_id": user_id, "before": before}
    return int(connection.scalars(insert(merges).values(note).returning(merges.c.id)).one())


def _both(connection: Connection, kept: int, dropped: int) -> tuple[RowMapping, RowMapping]:
    if kept == dropped:
        raise SameRecord
    both = select(contacts).where(contacts.c.id.in_((kept, dropped))).order_by(contacts.c.id).with_for_update()
    rows = {row["id"]: row for row in connection.execute(both).mappings()}
    if len(rows) < 2 or any(row["erased_at"] for row in rows.values()):
        raise Gone
    if any(row["merged_into"] for row in rows.values()):
        raise AlreadyJoined
    if not all(row["consent_kept"] for row in rows.values()):
        raise NotKept
    return rows[kept], rows[dropped]


def _one_place_each(connection: Connection, kept: int, dropped: int, now: datetime) -> None:
    """Who has two places for one trade is expected once. The other is somebody else's, also if they are parted."""
    other = appointments.alias()
    there = (other.c.contact_id == kept) & (other.c.trade == appointments.c.trade) & other.c.state.in_(STANDING)
    twice = select(appointments.c.id).where(appointments.c.contact_id == dropped, appointments.c.state.in_(STANDING))
    for appointment_id in connection.scalars(twice.where(select(other.c.id).where(there).exists())).all():
        book.cancel(connection, appointment_id, book.DUPLICATE, now)


def _move(connection: Connection, table: Table, same: Sequence[str] | None, kept: int, dropped: int) -> list[int]:
    """Give the rows of one table to the other record; what it has already stays behind."""
    mine = select(table.c.id).where(table.c.contact_id == dropped)
    if same is not None:
        there = table.alias()
        equal = and_(there.c.contact_id == kept, *(there.c[name] == table.c[name] for name in same))
        mine = mine.where(~select(there.c.id).where(equal).exists())
    ids = list(connection.scalars(mine.order_by(table.c.id)))
    if ids:
        connection.execute(update(table).where(table.c.id.in_(ids)).values(contact_id=kept))
    return ids


def _take_facts(connection: Connection, one: RowMapping, other: RowMapping) -> dict[str, Any]:
    """Fill in what the kept record does not know. Of two moments the stricter or the newer one holds."""
    filled = [name for name in FACTS if one[name] is None and other[name] is not None]
    if one["place"] is None and one["department"] is None and one["country"] in (None, other["country"]):
        filled += [name for name in PLACE if one[name] is None and other[name] is not None]
    values = {name: other[name] for name in filled}
    changed = {}
    for name, choose in (("hold_promotions_since", min), ("last_seen_at", max)):
        known = [moment for moment in (one[name], other[name]) if moment is not None]
        chosen = choose(known) if known else None
        if chosen != one[name]:
            values[name], changed[name] = chosen, [_text(one[name]), _text(chosen)]
    if values:
        connection.execute(update(contacts).where(contacts.c.id == one["id"]).values(**values))
    return {"filled": filled, "changed": changed}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _redirect(connection: Connection, dropped: int, kept: int) -> list[int]:
    """Records that led to the one which is dropped lead to the kept one, at once."""
    led = contacts.c.merged_into == dropped
    return list(connection.scalars(update(contacts).where(led).values(merged_into=kept).returning(contacts.c.id)))


# --- parting them again -----------------------------------------------------------------------------------------


def undoable(connection: Connection, kept: int, now: datetime) -> RowMapping | None:
    """The newest join of this record, while it can be undone."""
    newest = (
        select(merges)
        .where(merges.c.kept_id == kept, merges.c.undone_at.is_(None))
        .order_by(merges.c.id.desc())
        .limit(1)
    )
    row = connection.execute(newest).mappings().first()
    return row if row and row["before"] is not None and row["created_at"] > now - UNDOABLE else None


def undo(
    connection: Connection, cipher: Cipher, hasher: Hasher, merge_id: int, user_id: int, now: datetime
) -> tuple[int, int]:
    """Part two records; returns the kept one and the other. What came since stays where it came. Raises `TooLate`."""
    kept = connection.scalar(select(merges.c.kept_id).where(merges.c.id == merge_id))
    if kept is None or (row := undoable(connection, kept, now)) is None or row["id"] != merge_id:
        raise TooLate
    one = select(contacts).where(contacts.c.id == kept, contacts.c.merged_into.is_(None)).with_for_update()
    here = connection.execute(one).mappings().first()
    if here is None:
        raise TooLate
    dropped, before = row["dropped_id"], row["before"]
    other = connection.execute(select(contacts).where(contacts.c.id == dropped)).mappings().one()
    for table in MOVED:
        back = update(table).where(table.c.id.in_(before["moved"].get(table.name, [])), table.c.contact_id == kept)
        connection.execute(back.values(contact_id=dropped))
    _follow_conversations(connection, kept, dropped)
    _give_back_facts(connection, cipher, here, other, before)
    stops.undo(connection, before["stops"], row["created_at"])
    connection.execute(update(contacts).where(contacts.c.id == dropped).values(merged_into=None))
    connection.execute(update(contacts).where(contacts.c.id.in_(before["joined"])).values(merged_into=dropped))
    done = update(merges).where(merges.c.id == merge_id)
    connection.execute(done.values(before=null(), undone_at=now, undone_by=user_id))
    return here["id"], dropped


def _follow_conversations(connection: Connection, kept: int, dropped: int) -> None:
    """Cases and files since then are of whose conversation they came from."""
    theirs = select(conversations.c.id).where(conversations.c.contact_id == dropped).scalar_subquery()
    connection.execute(
        update(handoffs)
        .where(handoffs.c.contact_id == kept, handoffs.c.conversation_id.in_(theirs))
        .values(contact_id=dropped)
    )
    said = select(messages.c.id).where(messages.c.conversation_id.in_(theirs)).scalar_subquery()
    connection.execute(
        update(media).where(media.c.contact_id == kept, media.c.message_id.in_(said)).values(contact_id=dropped)
    )


def _give_back_facts(
    connection: Connection, cipher: Cipher, one: RowMapping, other: RowMapping, before: Mapping[str, Any]
) -> None:
    """What was filled in goes, unless somebody has corrected it since."""

    def known(row: RowMapping, name: str) -> Any:
        return names.opened(cipher, row[name]) if name == "name_enc" else row[name]

    values: dict[str, Any] = {name: None for name in before["filled"] if known(one, name) == known(other, name)}
    for name, (old, new) in before["changed"].items():
        if _text(one[name]) == new:
            values[name] = datetime.fromisoformat(old) if old else None
    if values:
        connection.execute(update(contacts).where(contacts.c.id == one["id"]).values(**values))
    if "name_enc" in values:
        names.index(connection, one["id"], set(), other["created_at"])


def standing(connection: Connection, kept: int) -> Sequence[RowMapping]:
    """The records that were joined to this one: code, when."""
    query = (
        select(merges.c.id, merges.c.created_at, contacts.c.code)
        .join(contacts, contacts.c.id == merges.c.dropped_id)
        .where(merges.c.kept_id == kept, merges.c.undone_at.is_(None))
        .order_by(merges.c.id)
    )
    return connection.execute(query).mappings().all()
