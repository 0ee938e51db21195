"""What a provider says later: in any order, repeated, early, and never taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.channels.base import Status
from bot.sender.results import Outcome, apply_status, complete
from db.tables import events
from tests.sender.office import Office, judge

RANK = ("sent", "delivered", "read", "failed")


def _sent(office: Office) -> int:
    office.put(office.person(), "hola")
    [row] = office.claim()
    office.sent(row)
    return row.id


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(said=st.lists(st.sampled_from(RANK), min_size=1, max_size=6), known_after=st.integers(0, 6))
def test_the_highest_status_stands_whatever_came_when(office: Office, said: list[str], known_after: int) -> None:
    office.clear()
    office.put(office.person(), "hola")
    [row] = office.claim()
    for state in said[:known_after]:
        office.status(f"SM{row.id}", state)
    office.sent(row)
    for state in said[known_after:]:
        office.status(f"SM{row.id}", state)
    assert office.row(row.id).state == max(said, key=RANK.index)
    assert office.do(lambda connection: connection.execute(select(events)).all()) == []


def test_every_order_of_all_statuses_ends_the_same(office: Office) -> None:
    for order in permutations(RANK):
        row_id = _sent(office)
        for state in order:
            office.status(f"SM{row_id}", state, "30008" if state == "failed" else None)
        assert office.fates([row_id]) == ["undelivered:30008"]


@pytest.mark.parametrize("early", [True, False])
def test_a_person_who_blocked_us_is_found_out_by_a_status(office: Office, early: bool) -> None:
    person = office.person()
    rows = office.put(person, "hola", "otra")
    [row] = office.claim(limit=1)
    if not early:
        office.sent(row)
    office.status(f"SM{row.id}", "failed", "63014")
    if early:
        office.sent(row)
    assert office.fates(rows) == ["stopped", "stopped"]
    assert office.identity(person).stopped_at is not None


def test_a_repeated_failure_does_not_stop_a_contact_who_came_back(office: Office) -> None:
    person = office.person()
    office.put(person, "hola")
    [row] = office.claim()
    office.sent(row)
    office.status(f"SM{row.id}", "failed", "21610")
    stopped_at = office.identity(person).stopped_at
    office.clock.advance(60)
    office.status(f"SM{row.id}", "failed", "21610")
    assert office.identity(person).stopped_at == stopped_at


@pytest.mark.parametrize(
    ("code", "cause"), [("63016", "window"), ("21211", "address:21211"), (None, "undelivered"), ("9", "undelivered:9")]
)
def test_a_failure_keeps_its_cause(office: Office, code: str | None, cause: str) -> None:
    row_id = _sent(office)
    office.status(f"SM{row_id}", "failed", code)
    assert office.fates([row_id]) == [cause]


def test_a_status_of_an_unknown_kind_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="a status is"):
        office.status("SM1", "eaten")


def test_a_status_of_a_message_that_is_not_ours_is_kept_once(office: Office) -> None:
    for state in ("delivered", "sent", "delivered"):
        office.status("SMother", state)
    kept = office.do(lambda connection: connection.execute(select(events)).all())
    assert [(event.kind, event.processed_at is not None) for event in kept] == [("status.delivered", True)]


def test_a_status_that_comes_while_we_store_the_id_is_not_lost(office: Office) -> None:
    office.put(office.person(), "hola")
    [row] = office.claim()
    written, asked = Event(), Event()

    def store(connection: Connection) -> None:
        outcome = [Outcome(row, provider_id="SM1")]
        complete(connection, "whatsapp", outcome, office.clock.now, office.random, judge)
        written.set()
        asked.wait(5)

    def tell(connection: Connection) -> None:
        asked.set()
        apply_status(connection, Status("whatsapp", "SM1", "delivered"), office.clock.now, judge)

    with ThreadPoolExecutor(2) as pool:
        storing = pool.submit(office.do, store)
        written.wait(5)
        if office.database.dialect == "sqlite":
            asked.set()  # its one writer begins with the next only when this one is done
        telling = pool.submit(office.do, tell)
        storing.result()
        telling.result()
    assert office.row(row.id).state == "delivered"
