"""Steps and flows: a step asks one thing and says where to go on; a flow is a set of named steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from flows.core.ask import Ask
    from flows.core.turn import Turn

T = TypeVar("T")


class Unclear(Exception):
    """The answer cannot be used; raised before anything is written. `key` names the text that tells why."""

    def __init__(self, key: str = "no_entendido", **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


class Unanswered(Exception):
    """A step needs an answer that this person never gave: a deploy put the question behind them. It is asked now."""

    def __init__(self, step: Step[Any]) -> None:
        super().__init__(step.name)
        self.step = step


@dataclass(frozen=True)
class Done:
    """The flow is over, and this is what it found, for the flow that called it."""

    value: str = ""


@dataclass(frozen=True)
class Jump:
    """Go on in another flow, named because flows refer to each other in circles. `answers` are known beforehand."""

    flow: str
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TakeUp:
    """Go on with the flow that was paused last."""


END: Final = Done()
"""The flow is over: what lies below goes on, or the home flow."""

STOP: Final = None
"""Everything is said: the conversation rests until the person writes."""

Next: TypeAlias = "Step[Any] | Jump | TakeUp | Done | None"
Values: TypeAlias = "Callable[[Turn], Mapping[str, object]]"


def no_values(_: Turn) -> Mapping[str, object]:
    """The text of the step has no placeholders."""
    return {}


@dataclass(frozen=True, eq=False)
class Step(Generic[T]):
    """One named step. `ask` is None for a gate, which decides without asking.

    `copy` is its heading in the flow's copy file; `values` fill the placeholders of its text; `variant` names
    the key of that text; `static` says that the values come from content, never from the person.
    """

    flow: Flow
    name: str
    ask: Ask[T] | None
    then: Callable[[Turn, T], Next]
    copy: str
    values: Values = no_values
    variant: Callable[[Turn], str] | None = None
    static: bool = False


@dataclass(eq=False)
class Flow:
    """The first step declared is where the flow starts. `moved` says where people waiting at a retired step go on.

    A flow with `resumable` set is kept when the person leaves it by the menu, to be taken up again.
    """

    name: str
    moved: dict[str, str] = field(default_factory=dict)
    resumable: bool = False
    steps: dict[str, Step[Any]] = field(default_factory=dict)

    def step(
        self,
        ask: Ask[T],
        *,
        values: Values = no_values,
        variant: Callable[[Turn], str] | None = None,
        static: bool = False,
    ) -> Callable[[Callable[[Turn, T], Next]], Step[T]]:
        """Declare the function below as the step that asks `ask` and reads its answer."""

        def declare(then: Callable[[Turn, T], Next]) -> Step[T]:
            name = then.__name__
            return self.add(Step(self, name, ask, then, name, values, variant, static))

        return declare

    def gate(self, then: Callable[[Turn], Next]) -> Step[None]:
        """Declare the function below as a step that asks nothing and only decides where to go on."""

        def pass_through(turn: Turn, _: None) -> Next:
            return then(turn)

        pass_through.__wrapped__ = then  # type: ignore[attr-defined]  # the graph is read from the original
        return self.add(Step(self, then.__name__, None, pass_through, then.__name__))

    def add(self, step: Step[T]) -> Step[T]:
        """Declare a step made from data (a questionnaire's item)."""
        if step.name in self.steps:
            raise ValueError(f"step declared twice: {self.name}.{step.name}")
        self.steps[step.name] = step
        return step

    @property
    def start(self) -> Step[Any]:
        return next(iter(self.steps.values()))
