"""Everything that is due at a moment, done: what the clock, `arraigo run-due` and the tests call."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from db.database import Database
from scheduler.retention import BATCH, RULES


def run_due(database: Database, now: datetime) -> dict[str, int]:
    """Do what is due at `now`; says how much of each. Safe on several machines at once, and to repeat."""
    done = {}
    for name, rule in RULES.items():
        taken = total = database.write_now(partial(rule, now=now))
        while taken >= BATCH:
            taken = database.write_now(partial(rule, now=now))
            total += taken
        done[name] = total
    return done
