"""What holds at every moment of every conversation."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.channels.base import Inbound
from db.tables import handoffs, media, messages
from tests.chat import Bot, Chat


@pytest.fixture
def asked(known: Chat) -> Chat:
    """Somebody in the middle of a diagnosis."""
    known.says("quiero evaluarme de soldador")
    return known


def test_help(asked: Chat) -> None:
    keys = asked.says("ayuda")
    assert keys[0] == "comun.ayuda"
    assert keys[-1] == "diagnostico.so01.texto"


def test_a_person(running: Bot, asked: Chat) -> None:
    keys = asked.says("quiero hablar con una persona")
    assert keys[0] == "persona.registrar.anotado_sin_horario"
    assert keys[-1] == "diagnostico.so01.texto"
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority) == ("person", 3)
    assert case.code in asked.text


def test_an_old_button_does_no_harm(asked: Chat) -> None:
    old = asked.replies[-1].options[0].id
    asked.taps("Sí, solo/a")
    asked.does(option=old)
    assert [reply.key for reply in asked.replies] == ["comun.boton_viejo", "diagnostico.so05.texto"]
    assert "so05" not in asked.session.stack[-1].answers


@pytest.mark.parametrize("kind", ["image", "voice", "audio", "video", "sticker", "document"])
def test_what_is_not_text_is_answered_kindly(running: Bot, asked: Chat, kind: str) -> None:
    assert asked.sends(kind) == ["comun.respuesta_media", "diagnostico.so01.texto"]
    (row,) = running.rows(select(media))
    assert (row.kind, row.state) == (kind, "pending")


def test_two_readings_that_fail_offer_a_person_and_it_never_goes_on_for_ever(asked: Chat) -> None:
    assert asked.says("qwertz asdf")[0] == "diagnostico.so01.no_entendido"
    asked.says("zxcv bnm")
    assert asked.replies[-1].options[-1].title == "Hablar con alguien"
    assert asked.says("poiu lkjh") == ["comun.no_entendido_mas"]


def test_the_person_offered_after_two_failed_readings_comes(running: Bot, asked: Chat) -> None:
    asked.says("qwertz asdf")
    asked.says("zxcv bnm")
    assert asked.taps("Hablar con alguien")[0].startswith("persona.registrar")
    assert len(running.rows(select(handoffs))) == 1


def test_a_flood_of_the_same_gets_one_answer(asked: Chat) -> None:
    answers = [asked.says("hola") for _ in range(30)]
    assert sum(bool(keys) for keys in answers) <= 6
    assert asked.taps_first() if asked.replies else asked.says("sí solo")


def test_the_same_event_twice_is_answered_as_before_and_changes_nothing(running: Bot, asked: Chat) -> None:
    event = Inbound("webchat", "repetido", asked.address, text="sí")
    first = running.take(event)
    state = asked.session
    second = running.take(event)
    assert second.duplicate
    assert second.replies == first.replies
    assert asked.session == state


def test_a_question_on_the_way_is_answered_and_the_diagnosis_goes_on(asked: Chat) -> None:
    assert asked.says("¿y esto cuánto cuesta?") == [
        "preguntas.responder.certificacion",
        "comun.seguimos",
        "diagnostico.so01.texto",
    ]


def test_is_this_a_scam(chat: Chat) -> None:
    assert chat.says("esto no es una estafa?")[0] == "confianza.quienes_somos.texto"
    assert chat.replies[-1].key == "bienvenida.acepta.texto"


def test_services_that_a_person_gives_yet(running: Bot, known: Chat) -> None:
    assert known.taps("Documentos y ayuda legal")[0] == "servicio.explicar.legal"
    (case,) = running.rows(select(handoffs))
    assert case.topic == "legal"


def test_a_state_that_cannot_be_read_begins_anew_and_says_so(running: Bot, asked: Chat) -> None:
    from sqlalchemy import update

    from db.tables import conversations

    broken = running.app.cipher.seal("{broken", "state")
    running.app.database.write_now(lambda c: c.execute(update(conversations).values(state_enc=broken)))
    assert asked.says("hola") == ["comun.retomamos", "menu.que_hacer.texto"]


def test_a_step_that_a_deploy_retired(running: Bot, asked: Chat) -> None:
    from sqlalchemy import update

    from db.tables import conversations

    session = asked.session
    session.stack[-1].step = "criterio_que_ya_no_existe"
    sealed = running.app.cipher.seal(session.to_json(), "state")
    running.app.database.write_now(lambda c: c.execute(update(conversations).values(state_enc=sealed)))
    keys = asked.says("sí")
    assert keys[0] == "comun.retomamos"
    assert keys[-1] == "diagnostico.so01.texto"


def test_every_message_is_written_down_sealed(running: Bot, known: Chat) -> None:
    rows = running.rows(select(messages).order_by(messages.c.id))
    assert {row.direction for row in rows} == {"in", "out"}
    assert all(row.body_enc for row in rows)


def test_on_whatsapp_messages_are_few_and_dense(running: Bot) -> None:
    person = running.chat("whatsapp:+50370001234", "whatsapp", "+50370001234")
    person.says("quiero evaluarme de soldador")
    person.taps("Sí, de acuerdo")
    assert len(person.replies) == 1
    person.says("30")
    assert len(person.replies) == 1
    assert person.replies[0].key == "diagnostico.so01.texto"
