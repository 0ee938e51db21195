"""The log of who saw and changed what: written beside the change, in its transaction, and never altered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from db.tables import audit_log


def audit(
    connection: Connection,
    user_id: int | None,
    action: str,
    entity: str,
    entity_id: int | None,
    detail: Mapping[str, object] | None = None,
    *,
    now: datetime,
    contact_id: int | None = None,
) -> None:
    """Add a line. `user_id` None: the command line. `action` such as "case.seen"; `entity` is a table's name.

    `contact_id` says whose data it was about, where that is not `entity_id` of `contacts` itself. `detail` is
    small, and holds no personal data: which fields changed, from which role to which.
    """
    row = {
        "created_at": now,
        "user_id": user_id,
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "detail": dict(detail) if detail else None,
        "contact_id": entity_id if entity == "contacts" else contact_id,
    }
    connection.execute(insert(audit_log).values(row))
