"""What a provider's answer does to the message, to the person's other messages and to the channel."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import (
    BadAddress,
    ContactStopped,
    OperatorNeeded,
    Rejected,
    Retry,
    SendError,
    Throttled,
    WindowClosed,
)
from bot.sender import rates
from bot.sender.claims import MAX_ATTEMPTS, Claimed
from bot.sender.results import FIRST_WAIT, LONGEST_WAIT, Outcome, wait_before_next
from tests.sender.office import START, Office


def _claimed(office: Office, *texts: str, **columns: Any) -> list[Claimed]:
    office.put(office.person(), *(texts or ("hola",)), **columns)
    return office.claim()


def test_what_was_sent_says_when_and_under_which_id(office: Office) -> None:
    [row] = _claimed(office)
    assert office.sent(row) == {"sent": 1}
    stored = office.row(row.id)
    assert (stored.state, stored.provider_id, stored.sent_at) == ("sent", f"SM{row.id}", START)
    assert (stored.error_code, stored.lease_until) == (None, None)


def test_what_was_not_sent_after_all_goes_back_as_it_was(office: Office) -> None:
    [row] = _claimed(office)
    assert office.complete(Outcome(row)) == {"released": 1}
    assert [again.attempts for again in office.claim()] == [1]


def test_a_retry_waits_longer_each_time_and_then_is_given_up(office: Office) -> None:
    [row] = _claimed(office)
    waits = []
    for _ in range(MAX_ATTEMPTS - 1):
        assert office.refused(row, Retry("30008")) == {"retry": 1}
        stored = office.row(row.id)
        assert (stored.state, stored.error_code) == ("pending", "retry:30008")
        waits.append((stored.not_before - office.clock.now).total_seconds())
        office.clock.now = stored.not_before
        [row] = office.claim()
    assert 3600 < sum(waits) < 2 * 3600
    assert office.refused(row, Retry("30008")) == {"gave_up": 1}
    assert office.fates([row.id]) == ["gave_up:30008"]


def test_a_retry_waits_as_long_as_the_provider_says(office: Office) -> None:
    [row] = _claimed(office)
    office.refused(row, Retry("63049", after=86_400))
    assert office.row(row.id).not_before == START + timedelta(days=1)


def test_there_is_no_retry_after_the_message_expires(office: Office) -> None:
    [row] = _claimed(office, expires_at=START + timedelta(seconds=1))
    assert office.refused(row, Retry("30008", after=1)) == {"expired": 1}
    assert office.fates([row.id]) == ["expired"]


@given(attempts=st.integers(1, 60), seed=st.integers(), after=st.none() | st.floats(0, 1e6))
def test_the_wait_is_spread_bounded_and_never_too_short(attempts: int, seed: int, after: float | None) -> None:
    wait = wait_before_next(attempts, after, Random(seed))
    doubled = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempts - 1))
    assert max(doubled / 2, after or 0) <= wait <= max(doubled, after or 0)


@pytest.mark.parametrize(("after", "seconds"), [(None, 5), (30.0, 30), (0.0, 1)])
def test_throttled_pauses_the_whole_channel(office: Office, after: float | None, seconds: int) -> None:
    [row] = _claimed(office)
    [other] = office.put(office.person(), "otra")
    assert office.refused(row, Throttled("20429", after)) == {"retry": 1}
    office.clock.advance(seconds - 0.1)
    assert office.claimed_ids() == []
    office.clock.advance(0.1)
    claimed = office.claim()
    assert [again.id for again in claimed] == [row.id, other]
    assert claimed[0].attempts == 1


def test_a_throttled_staff_chat_does_not_pause_people(office: Office) -> None:
    [alert] = office.put(None, "caso 1")
    [row] = office.claim()
    office.refused(row, Throttled("429", 40))
    [reply] = office.put(office.person(), "respuesta")
    assert office.claimed_ids() == [reply]
    office.clock.advance(40)
    assert office.claimed_ids() == [alert]


FINAL = [(WindowClosed("63016"), "window"), (BadAddress("21211"), "address:21211"), (Rejected(), "rejected")]


@pytest.mark.parametrize(("error", "cause"), FINAL)
def test_some_errors_are_final_for_this_message_alone(office: Office, error: SendError, cause: str) -> None:
    first, second = _claimed(office, "uno", "dos")
    assert office.complete(Outcome(first, error=error), Outcome(second, provider_id="SM2")) == {
        cause.partition(":")[0]: 1,
        "sent": 1,
    }
    assert office.fates([first.id, second.id]) == [cause, "sent"]


@pytest.mark.parametrize(("wrote", "closed"), [(-60, True), (60, False)])
def test_a_window_that_the_provider_calls_closed_is_closed(office: Office, wrote: float, closed: bool) -> None:
    until = START + timedelta(hours=1)
    person = office.person(window_until=until)
    office.put(person, "hola")
    office.wrote(person, START + timedelta(seconds=wrote))
    office.clock.advance(120)
    [row] = office.claim()
    office.refused(row, WindowClosed("63016"))
    assert office.identity(person).window_until == (office.clock() if closed else until)


def test_a_stopped_contact_gets_nothing_more(office: Office) -> None:
    person = office.person()
    rows = office.put(person, "uno", "dos") + office.put(person, "oferta", priority=3)
    [first] = office.claim(limit=1)
    assert office.refused(first, ContactStopped("21610")) == {"stopped": 1}
    later = office.put(person, "más")
    assert office.claimed_ids() == []
    assert office.fates(rows + later) == ["stopped"] * 4
    assert office.identity(person).stopped_at == START


def test_released_messages_of_a_stopped_contact_are_not_sent_either(office: Office) -> None:
    first, second = _claimed(office, "uno", "dos")
    office.complete(Outcome(first, error=ContactStopped()), Outcome(second))
    assert office.claimed_ids() == []
    assert office.fates([first.id, second.id]) == ["stopped", "stopped"]


def test_an_operator_is_needed_so_the_channel_halts_and_tries_one_every_five_minutes(office: Office) -> None:
    first, second = _claimed(office), _claimed(office)
    office.complete(*(Outcome(row, error=OperatorNeeded("63007")) for row in first + second))
    [third] = office.put(office.person(), "otra")
    assert office.do(rates.halted) == {"whatsapp": "63007"}
    assert office.claimed_ids() == []
    office.clock.advance(300)
    [probe] = office.claim()
    assert (probe.id, probe.probe) == (third, True)  # another one: the fault may be in the first
    assert office.claimed_ids() == []
    office.refused(probe, OperatorNeeded("63007"))
    assert office.do(rates.halted) == {"whatsapp": "63007"}
    office.clock.advance(900)
    [probe] = office.claim()
    office.sent(probe)
    assert office.do(rates.halted) == {}
    assert len(office.claimed_ids()) == 2


def test_waiting_for_an_operator_uses_up_no_attempts(office: Office) -> None:
    _claimed(office)
    office.clock.advance(60)
    for _ in range(MAX_ATTEMPTS + 2):
        [row] = office.claim()
        office.refused(row, OperatorNeeded("20003"))
        office.clock.advance(1000)
    assert office.fates([row.id]) == ["pending"]


def test_an_operator_opens_the_channel(office: Office) -> None:
    [row] = _claimed(office)
    office.refused(row, OperatorNeeded("20003"))
    assert office.do(lambda connection: rates.resume(connection, "whatsapp"))
    assert office.claimed_ids() == [row.id]
    assert not office.do(lambda connection: rates.resume(connection, "paloma"))


def test_a_message_that_was_in_flight_when_the_channel_halted_does_not_open_it(office: Office) -> None:
    [first], [second] = _claimed(office), _claimed(office)
    office.refused(first, OperatorNeeded("63007"))
    office.sent(second)
    assert office.do(rates.halted) == {"whatsapp": "63007"}


def test_of_a_message_that_was_taken_over_only_sent_still_counts(office: Office) -> None:
    [slow] = _claimed(office)
    office.clock.advance(60)
    [taken] = office.claim(worker="other")
    office.refused(slow, Rejected("21617"))
    assert office.fates([slow.id]) == ["sending"]
    office.sent(slow)
    office.refused(taken, Retry())
    stored = office.row(slow.id)
    assert (stored.state, stored.provider_id) == ("sent", f"SM{slow.id}")


def test_storing_the_same_outcomes_twice_changes_nothing(office: Office) -> None:
    first, second = _claimed(office, "uno", "dos")
    outcomes = (Outcome(first, provider_id="SM1"), Outcome(second, error=Retry("30008")))
    office.complete(*outcomes)
    before = [office.row(first.id), office.row(second.id)]
    office.complete(*outcomes)
    assert [office.row(first.id), office.row(second.id)] == before
