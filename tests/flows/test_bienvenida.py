"""The welcome, as people go through it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.tables import consents, contacts, conversations, identities, sources
from tests.chat import Bot, Chat


def test_a_stranger_is_welcomed_and_asked_only_what_is_needed(chat: Chat) -> None:
    assert chat.says("hola") == ["bienvenida.acepta.texto"]
    assert "gratuito" in chat.text
    assert "No somos migración ni policía" in chat.text
    assert "Nunca pedimos dinero ni contraseñas" in chat.text
    assert chat.taps("Sí, de acuerdo") == ["bienvenida.acepta.acepto", "edad.rango.texto"]
    assert chat.taps("35 a 44") == ["ubicacion.pais.texto"]
    assert chat.taps("El Salvador") == ["ubicacion.donde.texto"]
    assert chat.says("guazapa") == ["ubicacion.donde.anotado", "menu.que_hacer.texto"]
    assert "Guazapa, San Salvador" in chat.text


def test_consent_is_kept_with_version_moment_and_channel(running: Bot, chat: Chat) -> None:
    chat.says("hola")
    chat.says("sí, está bien")
    (row,) = running.rows(select(consents))
    assert (row.purpose, row.granted, row.text_version, row.channel) == (
        "keep_answers",
        True,
        "2026-11-22",
        "webchat",
    )
    assert row.created_at == running.now


def test_what_is_kept_is_explained_before_agreeing(chat: Chat) -> None:
    chat.says("buenas")
    assert chat.says("¿para qué?") == ["bienvenida.explicacion.texto"]
    assert "No se lo damos a migración" in chat.text
    assert chat.says("no gracias")[0] == "bienvenida.explicacion.no_acepto"


def test_without_consent_everything_works_and_nothing_stays(running: Bot, chat: Chat) -> None:
    chat.says("hola")
    chat.taps("No guardar nada")
    chat.says("22")
    assert chat.taps("Guatemala") == ["ubicacion.donde.texto"]
    assert chat.says("Xela")[-1] == "menu.que_hacer.texto"
    (row,) = running.rows(select(conversations.c.expires_at))
    assert row.expires_at == running.now + timedelta(hours=24)

    running.wait(hours=25)
    running.due()
    for table in (contacts, identities, conversations, consents):
        assert running.rows(select(table)) == []


def test_who_says_what_they_came_for_gets_there_with_the_fewest_questions(chat: Chat) -> None:
    assert chat.says("quiero evaluarme como soldador") == ["bienvenida.acepta.texto"]
    chat.taps("Sí, de acuerdo")
    keys = chat.says("41")
    assert keys == ["diagnostico.empezar.texto", "diagnostico.so01.texto"]
    assert "soldadura" in chat.text


def test_a_wish_said_during_the_welcome_is_kept_for_afterwards(chat: Chat) -> None:
    chat.says("hola")
    assert chat.says("quiero que me evaluen de albañil") == ["comun.antes_una_pregunta", "bienvenida.acepta.texto"]
    chat.says("sí")
    assert chat.says("50")[-1] == "diagnostico.al01.texto"


@pytest.mark.parametrize(
    "wish", ["quiero evaluarme como soldador", "quiero que me evalúen como cocinera", "soy soldador"]
)
def test_a_wish_is_no_answer_to_the_question_of_consent(chat: Chat, wish: str) -> None:
    chat.says("hola")
    assert chat.says(wish) == ["comun.antes_una_pregunta", "bienvenida.acepta.texto"]
    chat.says("sí")
    assert chat.says("34")[-1].startswith("diagnostico.")


def test_under_18_there_is_no_labour_profile(running: Bot, chat: Chat) -> None:
    chat.says("quiero certificarme de carpintero")
    chat.taps("Sí, de acuerdo")
    assert chat.says("tengo 16") == ["menor.acompanar.texto"]
    assert "911" in chat.text
    assert chat.says("menu") == ["menor.acompanar.texto"]
    assert chat.taps("Sí, por favor")[0].startswith("persona.registrar")


def test_the_source_of_a_deep_link_is_kept(running: Bot) -> None:
    from bot.inbox.sources import register

    code = running.app.database.write_now(lambda c: register(c, "CRR zona 13", running.now))
    assert code == "crr-zona-13"
    running.chat().does(text="", source=code)
    running.chat().says(f"Hola ({code})")
    running.chat().says("Hola (otra cosa)")
    query = select(sources.c.name).select_from(contacts).outerjoin(sources).order_by(contacts.c.id)
    assert [row.name for row in running.rows(query)] == ["CRR zona 13", "CRR zona 13", None]


def test_a_salvadoran_number_is_not_asked_for_its_country(running: Bot) -> None:
    person = running.chat("whatsapp:+50370001234", "whatsapp", "+50370001234")
    person.says("hola")
    person.taps("Sí, de acuerdo")
    assert person.says("30") == ["ubicacion.donde.texto"]


def test_an_american_number_is_asked(running: Bot) -> None:
    person = running.chat("whatsapp:+12025550123", "whatsapp", "+12025550123")
    person.says("hola")
    person.taps("Sí, de acuerdo")
    assert person.says("30") == ["ubicacion.pais.texto"]
