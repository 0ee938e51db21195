"""What is not kept: notes some time after closing, and what a person wrote in a crisis."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, delete, or_, select, update

from bot.cases.policy import CRISIS_WORDS_KEPT, NOTES_KEPT, REASONS
from db.tables import case_notes, handoffs, media, messages

BATCH: Final = 500
FILES: Final = 20  # of up to 5 MB each
CRISES: Final = tuple(name for name, reason in REASONS.items() if reason.crisis)
LONG_CLOSED: Final = timedelta(days=100)  # by then the words of any conversation are gone


def drop_notes(connection: Connection, now: datetime) -> int:
    """Notes on cases that were closed long ago."""
    over = (
        select(case_notes.c.id)
        .join(handoffs, handoffs.c.id == case_notes.c.handoff_id)
        .where(handoffs.c.state == "closed", handoffs.c.closed_at <= now - NOTES_KEPT)
        .limit(BATCH)
    )
    return connection.execute(delete(case_notes).where(case_notes.c.id.in_(over))).rowcount


def blank_crisis_words(connection: Connection, now: datetime) -> int:
    """What the person wrote, up to the closing of a crisis, goes early; that there was a message stays."""
    said = _of_a_crisis(select(messages.c.id), now).where(messages.c.body_enc.is_not(None))
    ids = connection.scalars(said.limit(BATCH)).all()
    blank = update(messages).where(messages.c.id.in_(ids)).values(body_enc=None, key=None)
    return connection.execute(blank).rowcount if ids else 0


def drop_crisis_media(connection: Connection, now: datetime) -> int:
    """Pictures and voice notes of that time."""
    sent = _of_a_crisis(select(media.c.id).join(messages, messages.c.id == media.c.message_id), now)
    ids = connection.scalars(sent.limit(FILES)).all()
    return connection.execute(delete(media).where(media.c.id.in_(ids))).rowcount if ids else 0


def _of_a_crisis(which: Select[Any], now: datetime) -> Select[Any]:
    theirs = and_(handoffs.c.conversation_id == messages.c.conversation_id, handoffs.c.reason.in_(CRISES))
    until_closed = or_(handoffs.c.closed_at.is_(None), messages.c.created_at <= handoffs.c.closed_at)
    return (
        which.join(handoffs, theirs)
        .where(messages.c.direction == "in", messages.c.created_at <= now - CRISIS_WORDS_KEPT, until_closed)
        .where(or_(handoffs.c.closed_at.is_(None), handoffs.c.closed_at > now - LONG_CLOSED))
    )
