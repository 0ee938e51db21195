"""Where one person is in the conversation: the little that outlives a message, as plain data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from flows.core.reply import Option

CHOSEN: Final = "!"


class UnreadableSession(Exception):
    """The stored state is not one that this release can read: the conversation starts anew."""


@dataclass
class Frame:
    """One flow under way. `step` waits for an answer; `path` holds the steps answered before it, newest last."""

    flow: str
    step: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    called: bool = False  # a step below waits for what this flow ends with; else it interrupted what is below
    ended: dict[str, Frame] = field(default_factory=dict)  # flows that were called, as they ended, by the calling step

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Frame:
        ended = {name: cls.from_state(frame) for name, frame in state.get("ended", {}).items()}
        return cls(**{**state, "ended": ended})


@dataclass
class Question:
    """The question on screen, as it was shown: «2» means the second title of the page that the person saw."""

    id: str
    options: list[Option] = field(default_factory=list)
    page: int = 0


@dataclass
class Goal:
    """What the person came for, kept while we ask what must be asked first."""

    flow: str
    answers: dict[str, str] = field(default_factory=dict)


@dataclass
class Guess:
    """A wish that was read from words and followed, and where the person was before, for who did not mean that."""

    words: str
    stack: list[Frame] = field(default_factory=list)
    paused: list[Frame] = field(default_factory=list)
    goal: Goal | None = None
    question: str = ""  # id of the question that offers to take it back; empty until that is shown

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Guess:
        goal = state["goal"]
        frames = {name: [Frame.from_state(frame) for frame in state[name]] for name in ("stack", "paused")}
        return cls(state["words"], **frames, goal=goal and Goal(**goal), question=state["question"])


@dataclass
class Session:
    """Everything about a conversation that outlives a message. Only text and numbers, so it is one JSON column."""

    stack: list[Frame] = field(default_factory=list)
    paused: list[Frame] = field(default_factory=list)  # left on the way, each can be taken up again
    question: Question | None = None
    goal: Goal | None = None
    guess: Guess | None = None
    serial: int = 0  # of the question last shown; makes the ids of old buttons differ from those on screen
    misses: int = 0  # readings that failed in a row
    echo: str = ""  # the keys of the answer given last, and …
    echoes: int = 0  # … how often it was given in a row
    tongue: str = ""  # a language that one message gave little evidence of; CHOSEN: the person said which one

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None

    @property
    def guesses(self) -> bool:
        """Whether what is shown next follows from a guess that nobody could take back yet."""
        return self.guess is not None and not self.guess.question and self.goal is None

    def forget(self) -> None:
        """Keep nothing of what was said before the flow that is under way: its person is gone."""
        del self.stack[:-1]
        self.paused.clear()
        self.goal = self.guess = None

    def to_json(self) -> str:
        return _ENCODER.encode(vars(self))

    @classmethod
    def from_json(cls, text: str) -> Session:
        """Read what `to_json` wrote, also by an older release; raises `UnreadableSession`."""
        try:
            return cls._from_state(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnreadableSession from error

    @classmethod
    def _from_state(cls, state: dict[str, Any]) -> Session:
        question = state.get("question")
        goal = state.get("goal")
        guess = state.get("guess")
        return cls(
            stack=[Frame.from_state(frame) for frame in state["stack"]],
            paused=[Frame.from_state(frame) for frame in state.get("paused", ())],
            question=question
            and Question(question["id"], [Option(*row) for row in question["options"]], question["page"]),
            goal=goal and Goal(**goal),
            guess=guess and Guess.from_state(guess),
            serial=int(state.get("serial", 0)),
            misses=int(state.get("misses", 0)),
            echo=str(state.get("echo", "")),
            echoes=int(state.get("echoes", 0)),
            tongue=str(state.get("tongue", "")),
        )


def _state(part: object) -> object:
    """A part of the session as JSON knows it: an option as a row, anything else by its fields."""
    return [part.id, part.title, part.description] if isinstance(part, Option) else vars(part)


_ENCODER: Final = json.JSONEncoder(default=_state, ensure_ascii=False, separators=(",", ":"))
