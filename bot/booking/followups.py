"""Asks later how it goes: once, once more after five days of silence, and then no more; never who said no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from bot.booking import telling
from bot.booking.telling import Notice, Told, Untold
from bot.inbox.deps import Deps
from db.tables import centres, consents, followups, outbox
from db.tables import certificates as certificate_rows
from flows.agenda import FOLLOWUPS
from flows.plantillas import Form
from scheduler.due import Rule

BATCH: Final = 50
TRIES: Final = 2
AGAIN: Final = timedelta(days=5)
FRESH: Final = timedelta(days=1)  # what has not left by then is asked anew
TEMPLATES: Final[Mapping[str, str]] = {
    "one_month": "seguimiento_1m",
    "three_months": "seguimiento_3m",
    "six_months": "seguimiento_6m",
}
CONSENT, SILENCE, UNFINISHED, REVOKED = "consent", "silence", "unfinished", "revoked"
"""Causes of a question that is not asked (any more)."""

_OPEN: Final = ("due", "asked", "blocked")


def rules(deps: Deps, forms: Mapping[str, Form]) -> Mapping[str, Rule]:
    """For `scheduler.due.run_due`."""
    return {"notice_unasked": notice, "follow_up": partial(follow_up, deps=deps, forms=forms)}


def follow_up(connection: Connection, now: datetime, deps: Deps, forms: Mapping[str, Form]) -> int:
    """Every question whose moment has come: asked, asked once more, or let be."""
    due = (
        select(followups)
        .where(followups.c.state.in_(_OPEN), followups.c.due_at <= now, followups.c.kind.in_(TEMPLATES))
        .order_by(followups.c.due_at, followups.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    for row in rows:
        _one(connection, row, deps, forms, now)
    return len(rows)


def notice(connection: Connection, now: datetime) -> int:
    """Questions that were handed over and did not arrive: seen by staff, and tried once more like unanswered ones."""
    failed = (
        select(followups.c.id, outbox.c.error_code)
        .join(outbox, outbox.c.id == followups.c.outbox_id)
        .where(followups.c.state == "asked", followups.c.answers.is_(None), followups.c.due_at > now)
        .where(outbox.c.state == "failed")
        .order_by(followups.c.id)
        .limit(BATCH)
        .with_for_update(of=followups, skip_locked=True)
    )
    rows = connection.execute(failed).all()
    for row in rows:
        _set(connection, row, state="blocked", cause=f"failed:{row.error_code}", outbox_id=None)
    return len(rows)


def _one(connection: Connection, row: Any, deps: Deps, forms: Mapping[str, Form], now: datetime) -> None:
    over = _over(connection, row)
    if over:
        _set(connection, row, state="skipped", cause=over)
        return
    there = _zone(connection, row.certificate_id) or deps.world.zone
    notice = Notice(forms[TEMPLATES[row.kind]], str(row.id), lambda _: (), there, now + FRESH)
    told = telling.tell(connection, row.contact_id, notice, deps, now)
    if isinstance(told, Told):
        asked = {"state": "asked", "asked_at": now, "tries": row.tries + 1, "outbox_id": told.outbox_id}
        _set(connection, row, **asked, due_at=now + AGAIN, cause=None)
    else:
        _untold(connection, row, told, now)


def _untold(connection: Connection, row: Any, told: Untold, now: datetime) -> None:
    if told.again_at is not None:
        _set(connection, row, due_at=told.again_at)
    else:
        _set(connection, row, state="blocked", cause=told.cause, tries=row.tries + 1, due_at=now + AGAIN)


def _over(connection: Connection, row: Any) -> str:
    """Why nothing is asked any more; "" where it is."""
    if row.answers:
        return UNFINISHED
    if row.tries >= TRIES:
        return str(row.cause or SILENCE)
    if _revoked(connection, row.certificate_id):
        return REVOKED
    mine = select(consents.c.granted).where(consents.c.contact_id == row.contact_id, consents.c.purpose == FOLLOWUPS)
    agreed = connection.scalar(mine.order_by(consents.c.id.desc()).limit(1))
    return CONSENT if agreed is False else ""  # who was never asked is asked that first: flows.despues


def _revoked(connection: Connection, certificate_id: int | None) -> bool:
    mine = select(certificate_rows.c.id).where(
        certificate_rows.c.id == certificate_id, certificate_rows.c.revoked_at.is_not(None)
    )
    return connection.scalar(mine) is not None


def _zone(connection: Connection, certificate_id: int | None) -> ZoneInfo | None:
    """Where the certificate was earned."""
    query = select(centres.c.timezone).join(certificate_rows, certificate_rows.c.centre_id == centres.c.id)
    name = connection.scalar(query.where(certificate_rows.c.id == certificate_id))
    return ZoneInfo(name) if name else None


def _set(connection: Connection, row: Any, **columns: Any) -> None:
    connection.execute(update(followups).where(followups.c.id == row.id).values(**columns))
