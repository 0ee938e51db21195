"""The rows of `media`: which file is fetched next, under a lease, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, literal_column, or_, select, update

from db.tables import media

MOST_TRIES: Final = 5
FIRST_WAIT: Final = timedelta(minutes=1)  # before the second try; each further one waits six times as long:
WAIT_GROWS: Final = 6  # five tries take four hours, longer than a provider is usually away
OFF: Final = timedelta(days=1)  # how long a file waits for its channel to be turned on

STORED, GONE, RETRY, UNWANTED = "stored", "gone", "retry", "unwanted"  # what became of a file

_PENDING = media.c.state == literal_column("'pending'")  # a literal: so both databases use the partial index
_GONE: Final = {"state": GONE, "source_enc": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that one worker fetches until its lease is over. The source is still sealed."""

    id: int
    channel: str
    kind: str
    mime: str
    size: int | None  # bytes, as the provider said
    source_enc: bytes
    attempts: int  # this one included


def claim(
    connection: Connection, channels: Collection[str], due: datetime, limit: int, lease_until: datetime
) -> list[Wanted]:
    """Claim at most so many files that are due at that moment, oldest first."""
    columns = (media.c.id, media.c.channel, media.c.kind, media.c.mime, media.c.size, media.c.source_enc)
    rows = connection.execute(
        select(*columns, media.c.attempts)
        .where(_PENDING, media.c.channel.in_(channels), media.c.attempts < MOST_TRIES)
        .where(or_(media.c.lease_until.is_(None), media.c.lease_until <= due))
        .order_by(media.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        connection.execute(
            update(media)
            .where(media.c.id.in_([row.id for row in rows]))
            .values(lease_until=lease_until, attempts=media.c.attempts + 1)
        )
    return [Wanted(*row[:-1], attempts=row.attempts + 1) for row in rows]


def give_up(connection: Connection, channels: Collection[str], due: datetime) -> int:
    """What nobody will bring any more is gone: tried to the last, or of a channel that is none of these for a day."""
    tried = and_(media.c.attempts >= MOST_TRIES, media.c.lease_until <= due)
    off = and_(media.c.channel.not_in(channels), media.c.created_at <= due - OFF)
    return connection.execute(update(media).where(_PENDING, or_(tried, off)).values(_GONE)).rowcount


def keep(connection: Connection, wanted: Wanted, content_enc: bytes, mime: str, size: int) -> str:
    """Keep the content. `UNWANTED` if its person was erased meanwhile, or another one kept it."""
    kept = connection.execute(
        update(media)
        .where(media.c.id == wanted.id, _PENDING)
        .values(state=STORED, content_enc=content_enc, mime=mime, size=size, source_enc=None, lease_until=None)
    )
    return STORED if kept.rowcount else UNWANTED


def drop(connection: Connection, wanted: Wanted) -> str:
    """There is nothing to be had."""
    connection.execute(update(media).where(_mine(wanted)).values(_GONE))
    return GONE


def put_back(connection: Connection, wanted: Wanted, at: datetime, after: float) -> str:
    """Try again, not before `after` seconds; or give up after the last try."""
    if wanted.attempts >= MOST_TRIES:
        return drop(connection, wanted)
    wait = max(FIRST_WAIT * WAIT_GROWS ** (wanted.attempts - 1), timedelta(seconds=after))
    connection.execute(update(media).where(_mine(wanted)).values(lease_until=at + wait))
    return RETRY


def _mine(wanted: Wanted) -> ColumnElement[bool]:
    """Only while nobody else took it over."""
    return and_(media.c.id == wanted.id, _PENDING, media.c.attempts == wanted.attempts)
