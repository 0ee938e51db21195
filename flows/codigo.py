"""«Código»: somebody whom staff registered without a telephone joins this chat to that record.

A wrong code, a used one and another name are answered alike: a code found on the street says nothing of anybody.
"""

from __future__ import annotations

from flows.core.ask import Text
from flows.core.step import END, Flow, Next
from flows.core.turn import Turn
from flows.store import person, store

flow = Flow("codigo")


@flow.gate
def inicio(turn: Turn) -> Next:
    if not person(turn).kept:
        turn.say("sin_permiso")
        return END
    return nombre if turn.answers.get("codigo") else codigo


@flow.step(Text(40))
def codigo(turn: Turn, text: str) -> Next:
    return nombre


@flow.step(Text(60))
def nombre(turn: Turn, text: str) -> Next:
    """Asked whatever the code is."""
    turn.say(store(turn).join_record(turn.answer(codigo), text))
    return END
