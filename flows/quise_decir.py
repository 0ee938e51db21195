"""«No, that is not what I meant»: what else the words may have meant, the menu, a person, or on where one was."""

from __future__ import annotations

from collections.abc import Sequence

from flows.core.ask import Pick
from flows.core.reply import Option
from flows.core.step import END, Flow, Next
from flows.core.turn import Turn

flow = Flow("quise_decir")

GO_ON = "seguir"


def _readings(turn: Turn) -> Sequence[Option]:
    titles = turn.copy.heading("quise_decir", "cual")["lecturas"]
    likely = [name for name in turn.answers.get("entre", "").split("|") if name in titles]
    below = [GO_ON] if turn.answers.get("sigue") else []
    return [Option(name, titles[name]) for name in [*likely, *below]]


@flow.step(Pick(_readings), static=True)
def cual(turn: Turn, answer: str) -> Next:
    """A reading is a door, and the router opens those: what comes here is to go on below."""
    return END
