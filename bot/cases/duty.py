"""Whether somebody of the team is there for a person, and when else: what may be promised, holidays and all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.cases.desk import Desk
from bot.cases.roster import Roster
from flows.store import Duty


def duty(connection: Connection, desk: Desk, country: str | None, now: datetime) -> Duty | None:
    """None where the panel has no users, or nobody knows when they work: the weekly hours are all there is then."""
    roster = Roster.load(connection, desk, now)
    if not roster.workers or not roster.shifts:
        return None
    return Duty(roster.somebody(now), roster.next_start(now, country))
