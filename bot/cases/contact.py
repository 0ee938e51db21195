"""How a person can be reached safely, as they said it: kept with their newest open case."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from db.crypto import Cipher
from db.tables import handoffs

CALL_NUMBER: Final = "call number"


def note(
    connection: Connection,
    contact_id: int,
    now: datetime,
    *,
    safe_channel: bool | None = None,
    safe_hours: str = "",
    checkin_at: datetime | None = None,
    call_number: bytes | None = None,
) -> None:
    """Keep what is given, `call_number` sealed; an agreed check-in is a moment at which the case wakes.

    Without an open case: nothing.
    """
    newest = (
        select(handoffs.c.id, handoffs.c.next_at)
        .where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed")
        .order_by(handoffs.c.priority, handoffs.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    row = connection.execute(newest).first()
    if row is None:
        return
    values: dict[str, Any] = {"contact_noted_at": now}
    if safe_channel is not None:
        values["safe_channel"] = safe_channel
    if safe_hours:
        values["safe_hours"] = safe_hours
    if call_number is not None:
        values["call_number_enc"] = call_number
    if checkin_at is not None:
        values |= {"checkin_at": checkin_at, "next_at": min(row.next_at, checkin_at)}
    connection.execute(update(handoffs).where(handoffs.c.id == row.id).values(**values))


def call_number(connection: Connection, cipher: Cipher, case_id: int) -> str:
    """Where the person of a case wants to be called; "" if it is the number that writes, or none was given."""
    token = connection.scalar(select(handoffs.c.call_number_enc).where(handoffs.c.id == case_id))
    return cipher.open(token, CALL_NUMBER) if token else ""
