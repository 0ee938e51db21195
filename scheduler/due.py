"""Everything that is due at a moment, done: what the clock, `arraigo run-due` and the tests call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from db.database import Database, DatabaseAway
from scheduler.retention import RULES


class Rule(Protocol):
    """Does some of what is due at `now`, and says how much; 0 once nothing is left."""

    def __call__(self, connection: Connection, now: datetime) -> int: ...


def run_due(database: Database, now: datetime, rules: Mapping[str, Rule] = RULES) -> dict[str, int]:
    """Do what is due at `now`; says how much of each rule. Safe on several machines at once, and to repeat.

    Raises `DatabaseAway`. A rule that fails does not keep the others from their work: what they raised comes in
    one `ExceptionGroup` at the end.
    """
    done: dict[str, int] = {}
    failures: list[Exception] = []
    for name, rule in rules.items():
        try:
            done[name] = _apply(database, rule, now)
        except DatabaseAway:
            raise
        except Exception as error:  # the edge: a mistake in one rule must not let other people's data stay
            failures.append(error)
    if failures:
        raise ExceptionGroup("some rules failed; the others are done", failures)
    return done


def _apply(database: Database, rule: Rule, now: datetime) -> int:
    """A batch at a time, each its own transaction, until nothing is left."""
    total = 0
    while taken := database.write_now(partial(rule, now=now)):
        total += taken
    return total
