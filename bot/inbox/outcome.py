"""What became of one inbound event: its id, whether it was seen before, and what the bot answered."""

from __future__ import annotations

from dataclasses import dataclass

from flows.core.reply import Reply


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one event. A `duplicate` carries the replies that were given the first time."""

    event_id: int
    duplicate: bool
    replies: tuple[tuple[int, Reply], ...]  # message id, message
