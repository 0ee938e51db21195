"""What people ask on the way is answered, and the very same question stands there again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from flows.core.session import Session
from tests.chat import Bot, Chat, bot

ASKED: Final = {
    "¿y esto cuánto cuesta?": ("y esto cuanto cuezta", "preguntas.responder.certificacion"),
    "¿quiénes son?": ("kienes son ustedes", "confianza.quienes_somos.texto"),
    "¿a qué hora atienden?": ("a ke ora atienden", "preguntas.responder.cita"),
    "¿dónde queda?": ("donde keda", "preguntas.responder.cita"),
    "¿y me van a pagar?": ("y me ban a pagar", "preguntas.responder.certificacion"),
    "¿para qué quiere saber dónde vivo?": ("para ke kiere saver donde bivo", "confianza.quienes_somos.texto"),
    "¿cuánto dilata?": ("cuanto dilata esto", "preguntas.responder.certificacion"),
    "¿si le digo que no, igual me certifican?": (
        *("si le digo q no igual me sertifican", "preguntas.responder.certificacion"),
    ),
    "¿y eso para qué?": ("i eso para q", "confianza.quienes_somos.texto"),
}
"""As it is asked, with mistakes, and the text that answers it."""


def asked_age(person: Chat) -> None:
    person.says("hola")
    person.taps("Sí, de acuerdo")


def asked_country(person: Chat) -> None:
    asked_age(person)
    person.says("34")


def asked_place(person: Chat) -> None:
    asked_country(person)
    person.taps("El Salvador")


def in_the_diagnosis(person: Chat) -> None:
    asked_place(person)
    person.says("Guazapa")
    person.says("quiero evaluarme de soldador")
    person.taps("Con ayuda")


def at_their_data(person: Chat) -> None:
    asked_place(person)
    person.says("Guazapa")
    person.says("mis datos")


def correcting_the_place(person: Chat) -> None:
    at_their_data(person)
    person.taps("Corregir algo")
    person.taps("Dónde vivo")


PLACES: Final = (asked_age, asked_country, asked_place, in_the_diagnosis, at_their_data, correcting_the_place)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with bot(tmp_path_factory.mktemp("asked")) as made:
        yield made


def under_way(session: Session) -> object:
    return [session.stack, session.paused, session.goal, session.misses]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("question", ASKED)
def test_it_is_answered_and_the_same_question_is_there_again(
    running: Bot, place: Callable[[Chat], None], question: str
) -> None:
    person = running.chat()
    place(person)
    screen, before = person.replies[-1], under_way(person.session)
    mistyped, key = ASKED[question]
    for said in (question, question, mistyped):
        keys = person.says(said)
        assert keys[0] == key
        assert keys[-2:] == ["comun.seguimos", screen.key]
        assert person.replies[-1].text == screen.text
        assert [option.title for option in person.replies[-1].options] == [option.title for option in screen.options]
        assert under_way(person.session) == before


@pytest.mark.parametrize(
    ("place", "why"), [(asked_age, "por_que_edad"), (asked_place, "por_que_ubicacion"), (in_the_diagnosis, None)]
)
def test_why_it_is_asked(running: Bot, place: Callable[[Chat], None], why: str | None) -> None:
    person = running.chat()
    place(person)
    keys = person.says("¿para qué quiere saber eso?")
    assert [key.rpartition(".")[2] for key in keys if ".por_que_" in key] == ([why] if why else [])


def test_the_hours_are_told_where_there_are_any(tmp_path: Path) -> None:
    with bot(tmp_path, telegram_token="1:x", telegram_staff_chat="-100777", staff_hours="mon-fri 08:00-17:00") as made:
        person = made.chat()
        asked_age(person)
        assert person.says("¿a qué hora atienden?")[:2] == ["preguntas.responder.cita", "preguntas.responder.horario"]
        assert "lunes a viernes" in person.text


def test_after_the_question_the_answer_is_still_an_answer(running: Bot) -> None:
    person = running.chat()
    in_the_diagnosis(person)
    before = dict(person.session.stack[-1].answers)
    person.says("¿si le digo que no, igual me certifican?")
    assert person.session.stack[-1].answers == before
    person.says("no")
    assert len(person.session.stack[-1].answers) == len(before) + 1
