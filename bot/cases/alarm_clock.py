"""Due rows of one conversation: that the bot comes back to it at a moment, whatever the person does."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert

from db.tables import events

CLOCK: Final = "reloj"  # in place of a channel: nobody outside sends these events


def set_for(connection: Connection, conversation_id: int, what: str, at: datetime | None, now: datetime) -> None:
    """Once at that moment, in place of what was set before; None: not any more. `what`: as `flows.store.Store.wake`."""
    waiting = delete(events).where(events.c.channel == CLOCK, events.c.conversation_id == conversation_id)
    connection.execute(waiting.where(events.c.kind == what, events.c.processed_at.is_(None)))
    if at is not None:
        connection.execute(
            insert(events).values(
                created_at=now,
                channel=CLOCK,
                provider_id=f"{what}-{secrets.token_hex(8)}",
                kind=what,
                conversation_id=conversation_id,
                due_at=at,
            )
        )
