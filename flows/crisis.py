"""Somebody may be in danger: humane words, emergency numbers, a person alerted; nothing that probes.

The wording follows WHO's advice for the public (asking does not cause it; immediate danger is not left alone) and the
IASC pocket guide on gender-based violence (prepare, look, listen, link; no details asked, no incident recorded).
Not yet reviewed by a psychologist: `arraigo check --launch` says so.
"""

from __future__ import annotations

from flows.core.ask import Choice
from flows.core.said import Said
from flows.core.step import END, Flow, Next
from flows.core.turn import Turn
from flows.emergencias import numbers
from flows.store import country, store, world
from nlu.text import normalise, number

flow = Flow("crisis")

REASONS = {"self_harm": "self_harm", "report_violence": "violence"}
COUNTRIES = ("SV", "GT", "HN")


@flow.gate
def escuchar(turn: Turn) -> Next:
    return avisar if turn.answers.get("certain") == "si" else preguntar


def _sign(turn: Turn, said: Said) -> str | None:
    """Words that would raise an alarm elsewhere are a yes here."""
    return "si" if said.understanding and said.understanding.alarm else None


def _denies(turn: Turn) -> bool:
    """Whether a «no» is plain: tapped, numbered, or as the copy has it. «No puedo más» and «no estoy bien» are none."""
    if turn.said.option is not None or number(turn.said.text) is not None:
        return True
    plain = normalise(turn.said.text)
    return any(plain == normalise(words) for words in turn.copy.synonyms("crisis", "preguntar")["no"])


@flow.step(Choice("si", "no", hears=_sign), variant=lambda turn: turn.answers.get("kind", "self_harm"))
def preguntar(turn: Turn, answer: str) -> Next:
    if answer == "si" or not _denies(turn):
        return avisar
    turn.say("aqui_estamos")
    return END


@flow.gate
def avisar(turn: Turn) -> Next:
    kind = turn.answers.get("kind", "self_harm")
    code = store(turn).hand_off(REASONS[kind], priority=1)
    turn.say(kind, **numbers(turn))
    hours = world(turn).staff_hours(turn.now)
    if hours is None:
        turn.say("sin_horario", codigo=code)
    else:
        turn.say("alguien_ahora" if hours.open_now else "alguien_luego", codigo=code, horario=hours.words)
    return acompanar if country(turn) else pais


@flow.step(Choice(*COUNTRIES, "otro"))
def pais(turn: Turn, answer: str) -> Next:
    store(turn).set_country(answer if answer in COUNTRIES else "other")
    turn.say("estos_numeros", **numbers(turn))
    return acompanar


@flow.step(Choice("mejor", "numeros"))
def acompanar(turn: Turn, answer: str) -> Next:
    if answer == "numeros":
        turn.say("otra_vez", **numbers(turn))
        return acompanar
    turn.say("aqui_estamos")
    return END
