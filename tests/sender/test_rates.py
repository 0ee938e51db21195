"""The rate of a channel: kept over any second, shared by all senders, four fifths of it for broadcasts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sender import rates
from bot.sender.pace import Bucket, beat, burst
from tests.sender.office import START, Office


def _run(office: Office, rate: float, seconds: float, step: float, priority: int) -> list[float]:
    """When each message left, with two senders that come in turn every `step` seconds."""
    people = [office.person() for _ in range(50)]
    office.put_all([(people[n % 50], "hola") for n in range(int(rate * seconds * 1.2) + 10)], priority=priority)
    left: list[float] = []
    for turn in range(int(seconds / step)):
        claimed = office.claim(1000, rate, worker="ab"[turn % 2])
        left += [(office.clock.now - START).total_seconds()] * len(claimed)
        if claimed:
            office.sent(*claimed)
        office.clock.advance(step)
    return left


def _most_in_a_second(left: list[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in left) for start in set(left))


@pytest.mark.parametrize(("rate", "step"), [(80.0, 0.025), (80.0, 0.1), (30.0, 0.033), (5.0, 0.2), (1.0, 0.5)])
def test_the_rate_is_kept_over_every_second(office: Office, rate: float, step: float) -> None:
    left = _run(office, rate, 5, step, priority=1)
    assert _most_in_a_second(left) < rate + burst(rate) + 1
    assert len(left) < rate * 5 + burst(rate) + 1


@pytest.mark.parametrize("rate", [80.0, 30.0])
def test_the_rate_is_used_with_the_beat_of_the_loop(office: Office, rate: float) -> None:
    left = _run(office, rate, 5, beat(rate) * 1.1, priority=1)
    assert len(left) >= rate * 5 * 0.95


def test_broadcasts_get_four_fifths_of_the_rate(office: Office) -> None:
    left = _run(office, 80, 5, 0.025, priority=3)
    assert 0.75 * 80 * 5 <= len(left) <= 0.8 * 80 * 5 + burst(80)


def test_a_reply_never_waits_behind_a_broadcast(office: Office) -> None:
    people = [office.person() for _ in range(50)]
    office.put_all([(people[n % 50], "oferta") for n in range(600)])
    for turn in range(100):
        if turn % 4 == 3:
            [reply] = office.put(office.person(), "respuesta")
        claimed = office.claim(1000, 80.0)
        if turn % 4 == 3:
            assert [row.id for row in claimed][:1] == [reply]
        if claimed:
            office.sent(*claimed)
        office.clock.advance(0.025)


def test_an_idle_channel_saves_up_no_more_than_a_burst(office: Office) -> None:
    office.put_all([(office.person(), "hola") for _ in range(20)], priority=1)
    assert len(office.claimed_ids(100, 80.0)) == 4
    office.clock.advance(3600)
    assert len(office.claimed_ids(100, 80.0)) == 4


def test_a_slow_channel_still_sends_one_at_a_time(office: Office) -> None:
    left = _run(office, 0.5, 10, 0.5, priority=1)
    assert 5 <= len(left) <= 6
    assert len(set(left)) == len(left)


def test_a_clock_that_was_set_back_does_not_silence_a_channel(office: Office) -> None:
    office.put_all([(office.person(), "hola") for _ in range(30)], priority=1)
    office.clock.advance(86_400)
    office.claim(100, 80.0)
    office.clock.now = START
    assert len(office.claimed_ids(100, 80.0)) == 1
    office.clock.advance(1)
    assert len(office.claimed_ids(100, 80.0)) == 4


def test_looking_without_finding_changes_nothing(office: Office) -> None:
    office.claim(100, 80.0)
    before = office.do(lambda connection: rates.lock(connection, "whatsapp"))
    office.clock.advance(60)
    office.claim(100, 80.0)
    assert office.do(lambda connection: rates.lock(connection, "whatsapp")) == before


moves = st.lists(st.tuples(st.floats(-30, 30), st.integers(0, 100)), min_size=1, max_size=30)


@given(rate=st.floats(0.1, 2000), moves=moves)
def test_clocks_that_disagree_never_make_tokens(rate: float, moves: list[tuple[float, int]]) -> None:
    bucket, newest, taken = Bucket(0.0, 0.0, START), 0.0, 0
    for offset, wanted in moves:
        newest = max(newest, offset)
        bucket = bucket.refilled(rate, START + timedelta(seconds=offset))
        assert int(bucket.tokens) <= burst(rate)
        take = min(wanted, int(bucket.tokens))
        taken += take
        bucket = bucket.without(take, 0)
    assert taken <= rate * newest + 1e-6
