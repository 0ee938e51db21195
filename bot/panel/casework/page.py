"""The page of one case, whole or in pieces, and the line in the log that its words were looked at."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection, select
from starlette.responses import Response

from bot.cases import work
from bot.cases.policy import ANSWER_LENGTH, NOTE_LENGTH
from bot.panel.casework import sight
from bot.panel.casework.view import View, view
from bot.panel.gate import FETCH_HEADER
from bot.panel.visit import Visit
from db.tables import audit_log

SAME_LOOK: Final = timedelta(minutes=5)  # a page that stays fresh is one look, noted again after so long


def piecemeal(visit: Visit) -> bool:
    """Whether the page is open already and wants its pieces anew."""
    return FETCH_HEADER in visit.request.headers


async def shown(
    visit: Visit, status: int = 200, *, opened: bool = False, notice: str = "", tone: str = "warn", draft: str = ""
) -> Response:
    """The case in the address. `opened`: somebody came to it. `draft`: a text that was written and not sent."""
    seen = await visit.read(lambda c: view(c, visit, visit.number("antes")))
    if seen.words:
        await _note_look(visit, seen, opened=opened)
    return visit.page(
        "casos/piezas.html" if piecemeal(visit) else "casos/caso.html",
        status,
        v=seen,
        case=seen.case,
        notice=notice,
        tone=tone,
        draft=draft,
        answer_length=ANSWER_LENGTH,
        note_length=NOTE_LENGTH,
        trade_name=partial(_trade, visit),
        ticket=secrets.token_urlsafe(12),
    )


def _trade(visit: Visit, slug: str, country: str | None) -> str:
    """What people of that country call a trade."""
    trade = visit.services.deps.world.trades.get(slug)
    if trade is None:
        return slug
    return next(iter(trade.names.get(country or "", ()) or next(iter(trade.names.values()), ())), slug)


async def _note_look(visit: Visit, seen: View, *, opened: bool) -> None:
    """A line in the log; of who has the case and came to it, also that all is read."""
    case, staff = seen.case, visit.staff

    def note(connection: Connection) -> None:
        visit.audit(connection, "case.seen", "handoffs", case.id, contact_id=case.contact_id)
        if opened and sight.is_mine(sight.case_of(connection, case.id, staff), staff):
            work.renew(connection, case.id, staff.id, visit.now, seen=True)

    if opened or not await visit.read(lambda c: _noted(c, visit, case.id)):
        await visit.write(note)


def _noted(connection: Connection, visit: Visit, case_id: int) -> bool:
    lately = (
        select(audit_log.c.id)
        .where(audit_log.c.entity == "handoffs", audit_log.c.entity_id == case_id, audit_log.c.action == "case.seen")
        .where(audit_log.c.user_id == visit.staff.id, audit_log.c.created_at > visit.now - SAME_LOOK)
        .limit(1)
    )
    return connection.scalar(lately) is not None
