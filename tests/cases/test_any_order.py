"""Whatever staff, people and the clock do, in any order: every open case has a moment at which it wakes."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.cases import alerts, contact, work
from bot.cases.answering import answer
from bot.cases.errors import CaseError
from bot.cases.opening import Wanted, open_case
from db.tables import conversations, handoffs
from tests.cases.team import Team

CASES, USERS = st.integers(0, 2), st.integers(0, 2)
OUTCOMES = st.sampled_from(["attended", "false_alarm"])


class AnyOrder(RuleBasedStateMachine):
    """Three cases, three users, and time."""

    team: Team

    def __init__(self) -> None:
        super().__init__()
        team = self.team
        self.users = [team.user(role) for role in ("facilitator", "coordinator", "admin")]
        self.cases = [team.opened(reason) for reason in ("self_harm", "unclear", "person")]

    def does(self, what: Any, *args: Any, **kwargs: Any) -> None:
        with suppress(CaseError):
            self.team.write(what, *args, **kwargs)

    @rule(case=CASES, user=USERS)
    def claim(self, case: int, user: int) -> None:
        self.does(work.claim, self.cases[case], self.users[user], self.team.now)

    @rule(case=CASES, user=USERS, what=st.sampled_from([work.release, work.renew, work.acknowledge, work.reopen]))
    def one_of(self, case: int, user: int, what: Any) -> None:
        self.does(what, self.cases[case], self.users[user], self.team.now)

    @rule(case=CASES, user=USERS, to=st.none() | USERS, role=st.sampled_from([None, "coordinator"]), over=st.booleans())
    def transfer(self, case: int, user: int, to: int | None, role: str | None, over: bool) -> None:
        whom = None if to is None else self.users[to]
        self.does(work.transfer, self.cases[case], self.users[user], self.team.now, to=whom, role=role, over=over)

    @rule(case=CASES, user=USERS, hours=st.integers(-1, 80))
    def snooze(self, case: int, user: int, hours: int) -> None:
        until = self.team.now + timedelta(hours=hours)
        self.does(work.snooze, self.cases[case], self.users[user], until, self.team.now)

    @rule(case=CASES, user=USERS, outcome=OUTCOMES, cancel=st.booleans())
    def close(self, case: int, user: int, outcome: str, cancel: bool) -> None:
        self.does(work.close, self.cases[case], self.users[user], outcome, self.team.now, cancel_checkin=cancel)

    @rule(case=CASES, user=USERS)
    def answer(self, case: int, user: int) -> None:
        self.does(answer, self.team.desk, self.cases[case], self.users[user], "Hola", self.team.now)

    @rule(user=USERS)
    def leaves(self, user: int) -> None:
        self.does(work.hand_over, self.users[user], self.team.now)

    @rule(case=CASES)
    def the_person_writes(self, case: int) -> None:
        row = self.team.case(self.cases[case])
        here = conversations.c.id == row["conversation_id"]
        if self.team.bot.rows(select(conversations.c.human_since).where(here))[0][0] is not None:
            self.does(alerts.heard, self.team.desk, row["conversation_id"], self.team.now)

    @rule(case=CASES)
    def the_person_asks_again(self, case: int) -> None:
        row = self.team.case(self.cases[case])
        if row["state"] != "closed":
            wanted = Wanted(row["contact_id"], row["conversation_id"], row["reason"], "", "SV", None, "es")
            self.does(open_case, self.team.desk, wanted, self.team.now)

    @rule(case=CASES, hours=st.integers(-1, 30))
    def a_check_in_is_agreed(self, case: int, hours: int) -> None:
        at, row = self.team.now + timedelta(hours=hours), self.team.case(self.cases[case])
        self.does(contact.note, row["contact_id"], self.team.now, checkin_at=at)

    @rule(state=st.sampled_from(["sent", "failed"]))
    def alerts_end(self, state: str) -> None:
        self.team.arrive(state)

    @rule(minutes=st.sampled_from([1, 5, 16, 61, 60 * 25, 60 * 24 * 4]))
    def time_passes(self, minutes: int) -> None:
        self.team.wait(minutes=minutes)
        rows = [row for row in self.team.cases() if row["state"] != "closed"]
        assert all(row["next_at"] > self.team.now for row in rows)

    @invariant()
    def every_open_case_wakes(self) -> None:
        far = self.team.now + timedelta(days=31)
        for row in self.team.cases():
            assert (row["next_at"] is None) == (row["state"] == "closed")
            assert row["state"] == "closed" or row["next_at"] <= far
            assert (row["state"] == "claimed") == (row["lease_until"] is not None)
            assert row["state"] != "claimed" or row["snoozed_until"] is None

    @invariant()
    def the_bot_is_silent_only_where_somebody_has_a_case(self) -> None:
        held = {row["conversation_id"]: row["claimed_by"] for row in self.team.cases() if row["state"] == "claimed"}
        human = conversations.c.human_since.is_not(None)
        for row in self.team.bot.rows(select(conversations.c.id, conversations.c.handled_by).where(human)):
            assert held.get(row.id) == row.handled_by


def run(team: Team, examples: int, steps: int, kind: type[AnyOrder] = AnyOrder) -> None:
    machine = type(f"{kind.__name__}Here", (kind,), {"team": team})
    run_state_machine_as_test(
        machine,
        settings=settings(
            derandomize=True,
            deadline=None,
            database=None,
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=tuple(HealthCheck),
            print_blob=False,
        ),
    )


def test_on_sqlite(small: Team) -> None:
    run(small, 25, 30)


def test_on_both(team: Team) -> None:
    run(team, 3, 15)


def test_the_database_itself_refuses_an_open_case_that_would_never_wake(team: Team) -> None:
    team.opened()
    with pytest.raises(IntegrityError):
        team.write(lambda c: c.execute(update(handoffs).values(next_at=None)).rowcount)
