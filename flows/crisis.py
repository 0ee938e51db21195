"""Somebody may be in danger: humane words, emergency numbers, a person alerted; nothing that probes.

The wording follows WHO's advice for the public (asking does not cause it; immediate danger is not left alone) and the
IASC pocket guide on gender-based violence (prepare, look, listen, link; no details asked, no incident recorded).
Not yet reviewed by a psychologist: `arraigo check --launch` says so.
"""

from __future__ import annotations

from flows.core.ask import Choice
from flows.core.said import Said
from flows.core.step import END, STOP, Flow, Next
from flows.core.turn import Turn
from flows.emergencias import numbers
from flows.store import country, store, world
from flows.ubicacion import country_said
from nlu.text import normalise, number, yes_no

flow = Flow("crisis")

REASONS = {"self_harm": "self_harm", "report_violence": "violence"}
COUNTRIES = ("SV", "GT", "HN")
CLEAR = 0.6  # of another wish, before it leads away
SHORT = 2  # words of a yes that is no more than that: «sí, tengo miedo» is none
SAD = ("psychosocial_support", "affirm", "deny", "greet", "goodbye", "out_of_scope")
"""What a person in danger goes on telling."""


@flow.gate
def escuchar(turn: Turn) -> Next:
    return avisar if turn.answers.get("certain") == "si" else preguntar


def _sign(turn: Turn, said: Said) -> str | None:
    """Words that would raise an alarm elsewhere are a yes here; so is a second answer that is neither yes nor no."""
    if said.understanding and said.understanding.alarm:
        return "si"
    return "si" if turn.session.misses and (said.text.strip() or said.media) else None


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


@flow.step(Choice(*COUNTRIES, "otro", hears=country_said))
def pais(turn: Turn, answer: str) -> Next:
    store(turn).set_country(answer if answer in COUNTRIES else "other")
    turn.say("estos_numeros", **numbers(turn))
    return acompanar


def _goes_on(turn: Turn, said: Said) -> str | None:
    """Who goes on telling gets the numbers, never that it was not understood; another wish is left to be followed."""
    if yes_no(said.text) and len(said.text.split()) <= SHORT:
        return "mejor"
    heard = said.understanding
    if heard is None:
        return None
    told = heard.alarm or heard.intent.confidence < CLEAR or heard.intent.name in SAD
    return "numeros" if told else None


@flow.step(Choice("mejor", "numeros", hears=_goes_on))
def acompanar(turn: Turn, answer: str) -> Next:
    if answer == "numeros":
        turn.say("otra_vez", **numbers(turn))
        return acompanar
    turn.say("aqui_estamos")
    return END if len(turn.session.stack) > 1 else STOP  # no welcome or menu right after this
