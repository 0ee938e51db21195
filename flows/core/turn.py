"""One inbound message being answered, as the steps see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from flows.core.copy import Copy
from flows.core.reply import Reply
from flows.core.said import Said
from flows.core.session import Frame, Session
from flows.core.step import Step, Unanswered
from nlu.understanding import Understanding

T = TypeVar("T")


@dataclass
class Turn:
    """What a step is given.

    `store` is bound to the event's transaction and `world` holds the read-only things that the wiring hands over
    (places, trades): what they are is the flows' business, see `flows.store`.
    """

    session: Session
    said: Said
    copy: Copy
    store: Any
    world: Any
    now: datetime
    random: Random
    channel: str
    step: Step[Any] | None = None
    missed: Understanding | None = None  # what was read wrong, or not at all, to learn from
    replies: list[Reply] = field(default_factory=list)

    @property
    def frame(self) -> Frame:
        return self.session.stack[-1]

    @property
    def answers(self) -> dict[str, str]:
        """What this flow has been answered so far, as stored text by step name."""
        return self.frame.answers

    def answer(self, step: Step[T]) -> T:
        """The answer given to a step of this flow; raises `Unanswered` if there is none, so that it is asked."""
        stored = self.answers.get(step.name)
        if stored is None or step.ask is None:
            raise Unanswered(step)
        return step.ask.load(stored)

    def say(self, key: str, /, **values: object) -> None:
        """Say a text of this step, or the common one of that name."""
        self._say(key, values, static=not values)

    def say_content(self, key: str, /, **values: object) -> None:
        """Say a text whose values come from content, never from the person."""
        self._say(key, values, static=True)

    def give(self, key: str, path: str) -> None:
        """Say a text of this step with a file, by its path below the public URL."""
        self._say(key, {}, static=False, media=(path,))

    def say_common(self, key: str, /, **values: object) -> None:
        """Say a text that belongs to no step."""
        self.replies.append(Reply(f"comun.{key}", self.copy.common(key, values), static=not values))

    def _say(self, key: str, values: Mapping[str, object], *, static: bool, media: tuple[str, ...] = ()) -> None:
        if self.step is None:
            raise RuntimeError("only a step can say one of its texts")
        flow = self.step.flow.name
        text = self.copy.text(flow, self.step.copy, key, values)
        self.replies.append(Reply(f"{flow}.{self.step.name}.{key}", text, media=media, static=static))
