"""A circuit breaker: who fails again and again is left in peace for a while, then tried once."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 5  # in a row
PAUSE = 10.0  # seconds


class Breaker:
    """For one event loop; every permission ends in `succeeded`, `failed` or `given_up`."""

    def __init__(self, clock: Callable[[], float], failures: int = FAILURES, pause: float = PAUSE) -> None:
        """`clock` counts seconds and never goes back; `pause` is how long an open breaker keeps everybody off."""
        self._clock, self._most, self._pause = clock, failures, pause
        self._failed, self._until, self._probing = 0, 0.0, False

    @property
    def is_open(self) -> bool:
        """Whether it failed so often that only a probe is let through now and then."""
        return self._failed >= self._most

    def allows(self) -> bool:
        """Whether to try now. After the pause one caller is let through; the others wait for what comes of it."""
        if not self.is_open:
            return True
        if self._probing or self._clock() < self._until:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """It works."""
        self._failed, self._probing = 0, False

    def failed(self) -> None:
        """It does not work; the pause begins anew."""
        self._failed, self._probing = self._failed + 1, False
        self._until = self._clock() + self._pause

    def given_up(self) -> None:
        """Nobody waited for the outcome."""
        self._probing = False
