"""The breaker: closed, open, one probe after the pause, by a clock that the test turns."""

from __future__ import annotations

from dataclasses import dataclass

from nlu.rasa.breaker import Breaker


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock, failures=3, pause=10.0)
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker(Clock(), failures=3)
    for _ in range(4):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()
    assert not opened(Clock()).allows()


def test_after_the_pause_one_is_let_through_and_the_others_wait() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 9.9
    assert not breaker.allows()
    clock.now += 0.1
    assert [breaker.allows(), breaker.allows(), breaker.allows()] == [True, False, False]
    assert breaker.is_open


def test_a_probe_that_succeeds_closes_it_and_one_that_fails_begins_the_pause_anew() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += 10
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows(), breaker.is_open] == [True, True, False]


def test_a_probe_that_nobody_waited_for_leaves_room_for_the_next() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.allows()
    breaker.given_up()
    assert breaker.allows()
