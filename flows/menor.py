"""Under 18: no labour profile, warm words, and the way to people who protect children."""

from __future__ import annotations

from flows.core.ask import Call, Choice
from flows.core.said import Said
from flows.core.step import STOP, Flow, Next
from flows.core.turn import Turn
from flows.emergencias import numbers
from nlu.text import yes_no

flow = Flow("menor")


def _agrees(turn: Turn, said: Said) -> str | None:
    """«Ok», «simón», «no gracias»: a yes or a no in other words than the titles'."""
    meant = yes_no(said.text)
    return None if meant is None else "persona" if meant else "ahora_no"


@flow.step(Choice("persona", "ahora_no", hears=_agrees), values=numbers)
def acompanar(turn: Turn, answer: str) -> Next:
    if answer == "persona":
        return pedir
    turn.say("aqui_estamos")
    return STOP


@flow.step(Call("persona", lambda _: {"reason": "child"}))
def pedir(turn: Turn, _: str) -> Next:
    """Asked for: not asked again."""
    turn.say("aqui_estamos")
    return STOP
