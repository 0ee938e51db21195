"""What happened to a case: one row an event, never changed, without anybody's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select

from db.tables import case_events


def record(
    connection: Connection,
    case_id: int,
    kind: str,
    now: datetime,
    *,
    user_id: int | None = None,
    to_user_id: int | None = None,
    level: int | None = None,
    outbox_id: int | None = None,
) -> None:
    """Add one event; `kind` is one of `db.tables.cases.EVENT_KINDS`."""
    connection.execute(
        insert(case_events).values(
            created_at=now,
            handoff_id=case_id,
            kind=kind,
            user_id=user_id,
            to_user_id=to_user_id,
            level=level,
            outbox_id=outbox_id,
        )
    )


def told(connection: Connection, case_ids: Iterable[int]) -> dict[int, set[int]]:
    """By case: users who were alerted to it or have had it."""
    rows = connection.execute(
        select(case_events.c.handoff_id, case_events.c.user_id)
        .where(case_events.c.handoff_id.in_(list(case_ids)), case_events.c.user_id.is_not(None))
        .where(case_events.c.kind.in_(("alerted", "claimed")))
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.handoff_id, set()).add(row.user_id)
    return found


def of_case(connection: Connection, case_id: int) -> list[RowMapping]:
    """Everything that happened, oldest first: kind, created_at, user_id, to_user_id, level."""
    columns = (case_events.c.kind, case_events.c.created_at, case_events.c.user_id, case_events.c.to_user_id)
    query = select(*columns, case_events.c.level).where(case_events.c.handoff_id == case_id)
    return list(connection.execute(query.order_by(case_events.c.id)).mappings())
