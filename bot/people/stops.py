"""What stops messages to a person who had two records: a BAJA, a stopped alert. Of both the stricter one holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, insert, select, update

from db.tables import conversations, identities, job_alerts, messages, opt_outs


def stricter(connection: Connection, kept: int, dropped: int, now: datetime) -> dict[str, Any]:
    """Before two records are joined: spread what stops one of them to both. Returns what `undo` takes back."""
    return {
        "standing": _standing_ids(connection, (kept, dropped)),
        "opt_outs": _spread_opt_outs(connection, (kept, dropped), now),
        "job_alerts": _stop_alerts(connection, kept, dropped),
    }


def _spread_opt_outs(connection: Connection, both: tuple[int, int], now: datetime) -> list[int]:
    """A BAJA on one number of a channel is one on each number that the person has there."""
    mine = select(identities.c.channel, identities.c.address_hash).where(identities.c.contact_id.in_(both))
    addresses = {(row.channel, bytes(row.address_hash)) for row in connection.execute(mine)}
    there = _standing(connection, {key for _, key in addresses})
    wanted = {(channel, key, scope) for channel, _, scope in there for of, key in addresses if of == channel}
    rows = [
        {"created_at": now, "channel": channel, "address_hash": key, "scope": scope}
        for channel, key, scope in sorted(wanted - there)
    ]
    if not rows:
        return []
    return list(connection.scalars(insert(opt_outs).returning(opt_outs.c.id, sort_by_parameter_order=True), rows))


def _standing_ids(connection: Connection, both: tuple[int, int]) -> list[int]:
    theirs = select(identities.c.address_hash).where(identities.c.contact_id.in_(both)).scalar_subquery()
    query = select(opt_outs.c.id).where(opt_outs.c.address_hash.in_(theirs), opt_outs.c.lifted_at.is_(None))
    return list(connection.scalars(query.order_by(opt_outs.c.id)))


def _standing(connection: Connection, keys: set[bytes]) -> set[tuple[str, bytes, str]]:
    query = select(opt_outs.c.channel, opt_outs.c.address_hash, opt_outs.c.scope)
    found = connection.execute(query.where(opt_outs.c.address_hash.in_(keys), opt_outs.c.lifted_at.is_(None)))
    return {(row.channel, bytes(row.address_hash), row.scope) for row in found}


def _stop_alerts(connection: Connection, kept: int, dropped: int) -> list[int]:
    """Where both want alerts of a trade and one has stopped them, they are stopped."""
    other = job_alerts.alias()
    stopped = (
        select(job_alerts.c.id, other.c.stopped_at)
        .join(other, and_(other.c.trade == job_alerts.c.trade, other.c.contact_id == dropped))
        .where(job_alerts.c.contact_id == kept, job_alerts.c.stopped_at.is_(None), other.c.stopped_at.is_not(None))
    )
    rows = connection.execute(stopped).all()
    for row in rows:
        connection.execute(update(job_alerts).where(job_alerts.c.id == row.id).values(stopped_at=row.stopped_at))
    return [row.id for row in rows]


def undo(connection: Connection, before: dict[str, Any], since: datetime) -> None:
    """Take back what was spread, but for a BAJA that was said again since; and what an ALTA of the other one lifted."""
    lifted = select(opt_outs).where(opt_outs.c.id.in_(before["standing"]), opt_outs.c.lifted_at.is_not(None))
    keys = {bytes(row.address_hash) for row in connection.execute(lifted)}
    again = _standing(connection, keys)
    stands = [
        row.id
        for row in connection.execute(lifted).all()
        if (row.channel, bytes(row.address_hash), row.scope) not in again and not _said_then(connection, row)
    ]
    connection.execute(update(opt_outs).where(opt_outs.c.id.in_(stands)).values(lifted_at=None))
    added = select(opt_outs).where(opt_outs.c.id.in_(before["opt_outs"]))
    over = [row.id for row in connection.execute(added).all() if not _said_since(connection, row, since)]
    connection.execute(delete(opt_outs).where(opt_outs.c.id.in_(over)))
    mine = update(job_alerts).where(job_alerts.c.id.in_(before["job_alerts"]))
    connection.execute(mine.values(stopped_at=None))


def _said_since(connection: Connection, opt_out: Row[Any], since: datetime) -> bool:
    """Whether the person said BAJA at that address after it was written down for the other one."""
    said = _said(opt_out).where(messages.c.created_at > since, messages.c.key.like("baja.%"))
    return connection.scalar(said) is not None


def _said_then(connection: Connection, opt_out: Row[Any]) -> bool:
    """Whether it was lifted by a message from that address."""
    said = _said(opt_out).where(messages.c.created_at == opt_out.lifted_at, messages.c.direction == "in")
    return connection.scalar(said) is not None


def _said(opt_out: Row[Any]) -> Select[tuple[int]]:
    return (
        select(messages.c.id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(identities, identities.c.id == conversations.c.identity_id)
        .where(identities.c.channel == opt_out.channel, identities.c.address_hash == opt_out.address_hash)
        .limit(1)
    )
