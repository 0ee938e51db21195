"""Where a conversation goes that has said all it had to say: on with what it interrupted, or to rest."""

from __future__ import annotations

from typing import Final

from flows.core.step import END, STOP, Next
from flows.core.turn import Turn

HOME: Final = "menu"


def rest(turn: Turn) -> Next:
    """What lies below goes on; the menu is not shown again to who was told goodbye."""
    below = turn.session.stack[-2].flow if len(turn.session.stack) > 1 else HOME
    return STOP if below == HOME else END
