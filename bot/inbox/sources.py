"""Where people heard of us: a short code a place, carried by deep links and by a greeting's last word."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from db.tables import sources
from nlu.text import normalise

_CODE: Final = re.compile(r"\(([a-z0-9-]{2,40})\)\s*$")


def register(connection: Connection, name: str, now: datetime) -> str:
    """The code of a place, made of its name: the same for the same name. At most 40 of a-z, 0-9 and -."""
    stem = normalise(name).replace(" ", "-")[:36].strip("-") or "lugar"
    for attempt in range(1, 1000):
        code = stem if attempt == 1 else f"{stem}-{attempt}"
        taken = connection.scalar(select(sources.c.name).where(sources.c.code == code))
        if taken == name:
            return code
        if taken is None:
            connection.execute(insert(sources).values(created_at=now, code=code, name=name))
            return code
    raise ValueError("too many places with the same name")


def in_greeting(text: str) -> str | None:
    """The code at the end of a prefilled greeting, «Hola (crr-zona-13)»."""
    found = _CODE.search(text.strip())
    return found[1] if found else None
