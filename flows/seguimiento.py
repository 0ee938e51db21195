"""The day after: a greeting that gives nothing away, as it was agreed, and what the person answers to it."""

from __future__ import annotations

from flows.avisos import promise
from flows.core.ask import Choice
from flows.core.said import Said
from flows.core.step import END, STOP, Flow, Next
from flows.core.turn import Turn
from flows.escucha import go_on
from flows.store import CHECKIN, store
from nlu.text import yes_no

flow = Flow("seguimiento")


def _tells(turn: Turn, said: Said) -> str | None:
    return "hablar" if go_on(turn, said) else None


@flow.step(Choice("bien", "hablar", "no_mas", hears=_tells))
def como_esta(turn: Turn, answer: str) -> Next:
    match answer:
        case "hablar" if turn.said.option is None:
            return hablamos  # who only tells how they are is asked first
        case "hablar":
            promise(turn, store(turn).hand_off("person", priority=2))
        case "no_mas":
            store(turn).wake(CHECKIN, None)
            turn.say("no_mas")
        case _:
            turn.say("me_alegra")
    return _rest(turn)


def _agrees(_: Turn, said: Said) -> str | None:
    meant = yes_no(said.text)
    return None if meant is None else "persona" if meant else "ahora_no"


@flow.step(Choice("persona", "ahora_no", hears=_agrees))
def hablamos(turn: Turn, answer: str) -> Next:
    if answer == "persona":
        promise(turn, store(turn).hand_off("person", priority=2))
    else:
        turn.say("aqui_estoy")
    return _rest(turn)


def _rest(turn: Turn) -> Next:
    return END if len(turn.session.stack) > 1 else STOP
