"""A form that arrives twice, as from a phone with a bad line, counts once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from bot.cases import work
from bot.cases.reading import Case
from bot.panel.sessions import Staff
from db.tables import events

PANEL: Final = "panel"  # in place of a channel


def first(connection: Connection, ticket: str, case: Case, staff: Staff, now: datetime) -> bool:
    """Whether this is the first time; `ticket` is the form's own. Call it in the transaction of what the form does."""
    if not ticket:
        return True
    work.locked(connection, case.id)  # two at once, one after the other
    known = f"{staff.id}-{case.id}-{ticket}"
    mine = select(events.c.id).where(events.c.channel == PANEL, events.c.provider_id == known)
    if connection.scalar(mine) is not None:
        return False
    row = {"created_at": now, "channel": PANEL, "provider_id": known, "kind": "form", "processed_at": now}
    connection.execute(insert(events).values(row | {"conversation_id": case.conversation_id}))
    return True
