"""Whatever was done with cases: if from then on nobody does anything, each is told to somebody again, and again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cases.policy import LEASE, URGENCIES
from tests.cases.team import Team
from tests.cases.test_any_order import AnyOrder, run

TIMES = 3  # that each case is told
AGREED = timedelta(hours=30)  # the furthest check-in that the machine agrees on


def at_the_latest(priority: int) -> timedelta:
    """Until a case that nobody touches any more was told so often: it slept, was answered before, then waited."""
    urgency = URGENCIES[priority]
    return urgency.sleep + urgency.quiet + AGREED + LEASE + TIMES * max(urgency.longest, urgency.grace)


class Forgotten(AnyOrder):
    """Staff, people and the clock do anything; then everybody goes home."""

    def teardown(self) -> None:
        """Only the clock goes on: it jumps to the next moment at which a case wakes."""
        begun, team = self.team.now, self.team
        open_cases = {row["id"]: row["priority"] for row in team.cases() if row["state"] != "closed"}
        before = {case: len(team.alerted(case)) for case in open_cases}
        waiting = set(open_cases)
        while waiting:
            team.bot.now = max(team.now, min(moment(team, case) for case in waiting))
            team.due()
            waiting = {case for case in waiting if len(team.alerted(case)) < before[case] + TIMES}
            assert all(team.now - begun <= at_the_latest(open_cases[case]) for case in waiting)
        assert set(open_cases) <= {case.id for case in team.queue()}
        for case in open_cases:  # the next example begins without them
            team.set(case, state="closed", next_at=None, lease_until=None, claimed_by=None)


def moment(team: Team, case_id: int) -> datetime:
    """When a case wakes."""
    at: datetime = team.case(case_id)["next_at"]
    return at


def test_on_sqlite(small: Team) -> None:
    run(small, 10, 20, Forgotten)


def test_on_both(team: Team) -> None:
    run(team, 3, 12, Forgotten)
