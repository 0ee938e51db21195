"""Somebody may be in danger: humane words, emergency numbers, a person alerted; nothing that probes.

The wording follows WHO's advice for the public (asking does not cause it; immediate danger is not left alone) and the
IASC pocket guide on gender-based violence (prepare, look, listen, link; no details asked, no incident recorded).
Not yet reviewed by a psychologist: `arraigo check --launch` says so. What is said when: docs/crisis/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flows.avisos import numbers_again, promise
from flows.core.ask import Call, Choice
from flows.core.reply import Reply
from flows.core.said import Said
from flows.core.step import END, STOP, Flow, Next
from flows.core.turn import Turn
from flows.emergencias import CHILDREN, DANGER, HOME, MEDICAL, MOOD, NEAR, WHERE, WOMEN, numbers
from flows.escucha import FURTHER, go_on, joking, plainly, sign
from flows.store import SILENCE, UNDER_18, country, person, store
from flows.ubicacion import country_said
from nlu.text import yes_no

flow = Flow("crisis")

REASONS: Final = {"self_harm": "self_harm", "report_violence": "violence"}
URGENT: Final = frozenset({"now", "attempt"})  # danger is said already: it is not asked about
UNANSWERED: Final = timedelta(minutes=30)  # a question about danger that nobody answers in that time is a yes
NEEDS: Final[Mapping[tuple[str, str], str]] = {
    ("self_harm", "attempt"): MEDICAL,
    ("report_violence", "child"): CHILDREN,
    ("report_violence", "partner"): WOMEN,
}
"""Which lines are named beside the general numbers, by kind and sub-kind; else those for mood, or for danger."""
PASSING: Final = ("kind", "sub", "pueblos", "preguntar")  # what chose the words, and is not kept
SHORT: Final = 2  # words of a yes that is no more than that: «sí, tengo miedo» is none
MENU: Final = "menu"


@flow.gate
def escuchar(turn: Turn) -> Next:
    if turn.answers.get("certain") == "si":
        return avisar
    store(turn).wake(SILENCE, turn.now + UNANSWERED)
    return preguntar


# --- perhaps ---------------------------------------------------------------------------------------------------


def _maybe_a_joke(turn: Turn, said: Said) -> str | None:
    return "broma" if joking(turn) else sign(turn, said)


@flow.step(Choice("si", "no", "broma", hears=_maybe_a_joke), variant=lambda turn: turn.answers.get("kind", "self_harm"))
def preguntar(turn: Turn, answer: str) -> Next:
    store(turn).wake(SILENCE, None)
    if joking(turn) or (answer == "broma" and plainly(turn, answer)):
        turn.say("en_broma")
        return _back(turn)
    if answer != "no" or not plainly(turn, "no"):
        return avisar
    turn.say("aqui_estamos")
    return ofrecer


@flow.step(Choice("persona", "ahora_no", FURTHER, hears=lambda turn, said: _agrees(said) or go_on(turn, said)))
def ofrecer(turn: Turn, answer: str) -> Next:
    if answer == FURTHER:
        return numbers_again(turn, ofrecer)
    if answer == "persona":
        turn.answers["categoria"] = category(turn)
        promise(turn, store(turn).hand_off(category(turn), priority=2))
        return responder
    turn.say("cuando_quiera", **numbers(turn))
    return _back(turn)


def _agrees(said: Said) -> str | None:
    meant = yes_no(said.text)
    return None if meant is None else "persona" if meant else "ahora_no"


# --- danger ----------------------------------------------------------------------------------------------------


def category(turn: Turn) -> str:
    """What is stored of it: self-harm, violence, or a child. The sub-kind never is."""
    known = turn.answers.get("categoria")
    if known:
        return known
    child = person(turn).age_band == UNDER_18 or turn.answers.get("sub") == "child"
    return "child" if child else REASONS[turn.answers.get("kind", "self_harm")]


@flow.gate
def avisar(turn: Turn) -> Next:
    turn.answers["categoria"] = category(turn)
    code = store(turn).hand_off(category(turn), priority=1)
    if turn.answers.get("ya") == category(turn) and turn.answers.get("sub") not in URGENT:
        turn.say("otra_vez", **numbers(turn))
    else:
        turn.replies.append(_first_words(turn))
        promise(turn, code)
    turn.answers["ya"] = category(turn)
    return despues if turn.answers.get(WHERE) or country(turn) in HOME else pais


def _first_words(turn: Turn) -> Reply:
    """The words for the sub-kind; the reply's key, which is stored in the clear, names only the kind."""
    kind, sub = turn.answers.get("kind", "self_harm"), turn.answers.get("sub", "")
    key = f"self_harm_{sub}" if kind == "self_harm" else f"report_violence_{sub}"
    known = turn.copy.heading("crisis", "avisar")
    text = turn.copy.text("crisis", "avisar", key if key in known else kind, numbers(turn, _need(kind, sub)))
    return Reply(f"crisis.avisar.{kind}", text)


def _need(kind: str, sub: str) -> str:
    return NEEDS.get((kind, sub), MOOD if kind == "self_harm" else DANGER)


@flow.step(Choice(*HOME, *NEAR, "otro", hears=country_said))
def pais(turn: Turn, answer: str) -> Next:
    turn.answers[WHERE] = answer
    store(turn).set_country(answer if answer in HOME else "other")
    key = "estos_numeros" if answer in HOME else "fuera" if answer in NEAR else "fuera_otro"
    need = _need(turn.answers.get("kind", ""), turn.answers.get("sub", "")) if answer in HOME else ""
    turn.say(key, **numbers(turn, need))
    return despues


@flow.gate
def despues(turn: Turn) -> Next:
    """Whether there is danger now is asked where it was not said, and not of somebody under 18."""
    known = "preguntar" in turn.answers or turn.answers.get("sub") in URGENT or person(turn).age_band == UNDER_18
    _forget_what_chose_the_words(turn)
    return responder if known else ahora


@flow.gate
def responder(turn: Turn) -> Next:
    """How to be reached, which somebody under 18 is not asked."""
    _forget_what_chose_the_words(turn)
    return acompanar if person(turn).age_band == UNDER_18 else contacto


def _forget_what_chose_the_words(turn: Turn) -> None:
    for name in PASSING:
        turn.answers.pop(name, None)


@flow.step(Choice("si", "no", FURTHER, hears=sign))
def ahora(turn: Turn, answer: str) -> Next:
    if answer == FURTHER:
        return numbers_again(turn, ahora)
    if joking(turn):
        turn.say("en_broma")
        return _rest(turn)
    if answer == "no" and plainly(turn, "no"):
        turn.say("sin_peligro", **numbers(turn))
    else:
        store(turn).hand_off(category(turn), priority=1)
        turn.say("peligro", **numbers(turn))
    return responder


# --- afterwards ------------------------------------------------------------------------------------------------


def _for_contact(turn: Turn) -> Mapping[str, str]:
    return {WHERE: turn.answers.get(WHERE, ""), "categoria": category(turn)}


@flow.step(Call("contacto", _for_contact))
def contacto(turn: Turn, _: str) -> Next:
    return acompanar


def _goes_on(turn: Turn, said: Said) -> str | None:
    if yes_no(said.text) and len(said.text.split()) <= SHORT:
        return "mejor"
    return go_on(turn, said)


@flow.step(Choice("mejor", FURTHER, "borrar", hears=_goes_on))
def acompanar(turn: Turn, answer: str) -> Next:
    if answer == FURTHER and not joking(turn):
        return numbers_again(turn, acompanar)
    if answer == "borrar":
        turn.say("borrar_aqui" if turn.channel == "webchat" else "borrar_en_telefono")
        return acompanar
    turn.say("en_broma" if answer == FURTHER else "aqui_estamos")
    return _rest(turn)


def _back(turn: Turn) -> Next:
    """To where the person was; where they were nowhere, no welcome or menu is pushed at them."""
    return END if len(turn.session.stack) > 1 else STOP


def _rest(turn: Turn) -> Next:
    """After danger not even the menu that was there before is shown again unasked."""
    below = turn.session.stack[:-1]
    return END if any(frame.flow != MENU for frame in below) else STOP
