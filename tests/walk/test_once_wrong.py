"""Conversations that once went wrong, each found by a walk or by chance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from db.tables import conversations, handoffs
from tests.chat import Bot, Chat
from tests.walk.test_words import welcomed


@pytest.fixture
def known(running: Bot) -> Chat:
    """Somebody who went through the welcome."""
    return welcomed(running)


def test_who_stopped_and_asks_for_the_menu_is_listened_to(known: Chat) -> None:
    known.says("BAJA")
    known.says("menú")
    known.says("mis datos")
    assert known.says("corregir algo") == ["mis_datos.corregir.texto"]
    assert known.says("la primera") == ["edad.rango.texto"]
    assert known.says("45")[0] == "mis_datos.edad.corregido"


@pytest.mark.parametrize("first", ["persona", "alta", "pausa", "ayuda", "gracias", "me quiero matar"])
def test_a_stranger_comes_to_the_welcome_whatever_they_begin_with(running: Bot, first: str) -> None:
    chat = running.chat()
    chat.says(first)
    for _ in range(4):
        if chat.replies[-1].key == "crisis.pais.texto":
            chat.taps("Honduras")
        elif chat.replies[-1].key == "contacto.seguro.texto":
            chat.says("era broma")
        elif chat.replies[-1].key == "crisis.acompanar.texto":
            chat.taps("Seguir")
        elif chat.replies[-1].key != "bienvenida.acepta.texto":
            chat.says("hola")
    assert chat.replies[-1].key == "bienvenida.acepta.texto"


def test_a_button_of_long_ago_leads_a_stranger_to_the_welcome(running: Bot) -> None:
    assert running.chat().does(option="k3x.empleo", text="Buscar trabajo")[-1] == "bienvenida.acepta.texto"


def test_who_has_the_phone_now_finds_nothing_half_done(known: Chat) -> None:
    known.says("quiero evaluarme de soldador")
    known.taps("Con ayuda")
    known.says("soy otra persona")
    assert known.taps("Sí, soy otra") == ["bienvenida.acepta.texto"]
    assert [frame.flow for frame in known.session.stack] == ["bienvenida"]
    known.taps("Sí, de acuerdo")
    known.says("22")
    known.taps("Honduras")
    assert known.says("Choluteca")[-1] == "menu.que_hacer.texto"
    assert "Seguir donde iba" not in [option.title for option in known.replies[-1].options]


@pytest.mark.parametrize(
    "said", ["me quiero matar", "no puedo más", "no estoy bien", "no aguanto", "sí", "1", "no me voy a matar hoy"]
)
def test_what_is_no_plain_no_is_never_taken_for_one_where_there_may_be_danger(known: Chat, said: str) -> None:
    assert known.says("ya no aguanto") == ["crisis.preguntar.self_harm"]
    assert known.says(said)[0] == "crisis.avisar.self_harm"


@pytest.mark.parametrize("said", ["no", "No.", "2", "no, solo cansado", "nel", "no hay peligro"])
def test_a_plain_no_is_one(known: Chat, said: str) -> None:
    known.says("ya no aguanto")
    assert known.says(said)[0] == "crisis.preguntar.aqui_estamos"


def test_a_person_is_heard_of_after_a_flood(running: Bot, known: Chat) -> None:
    for _ in range(10):
        known.says("qwertz asdf")
    assert known.replies == []
    assert known.says("quiero hablar con una persona")[0] == "persona.registrar.anotado_sin_horario"


def test_the_bot_does_not_complain_of_messages_to_a_human(running: Bot, known: Chat) -> None:
    mine = known.session
    running.app.database.write_now(
        lambda c: c.execute(update(conversations).values(human_since=running.now - timedelta(minutes=1))).rowcount
    )
    for text in ("hola", "soy yo", "está ahí?", "hola", "hola", "hola", "hola", "hola"):
        assert known.says(text) == []
    assert known.session.stack == mine.stack
    running.app.database.write_now(lambda c: c.execute(update(conversations).values(human_since=None)).rowcount)


@pytest.mark.parametrize("said", ["@", "@aquí", "@1,2,3", "@nan,nan", "#", "# lista"])
def test_words_that_look_like_our_own_marks_are_words(known: Chat, said: str) -> None:
    known.says("mis datos")
    known.taps("Corregir algo")
    known.taps("Dónde vivo")
    known.taps("Guatemala")
    assert known.says(said)[-1].startswith("ubicacion.")


def test_atras_corrects_the_age_too(running: Bot) -> None:
    chat = running.chat()
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("22")
    assert chat.says("atrás") == ["edad.rango.texto"]
    assert chat.says("32") == ["ubicacion.pais.texto"]
    assert [chat.says("atrás"), chat.says("atrás")] == [["edad.rango.texto"], ["bienvenida.acepta.texto"]]


def test_asking_again_and_again_leaves_no_pile(known: Chat) -> None:
    known.says("quiero evaluarme de soldador")
    for said in ("borrar", "soy otra persona", "ya no aguanto") * 10:
        known.says(said)
    assert len(known.session.stack) <= 4


@pytest.mark.parametrize("said", ["10", "ver más", "la diez"])
def test_the_way_to_the_next_page_by_words(known: Chat, said: str) -> None:
    known.says("mis datos")
    known.taps("Corregir algo")
    known.taps("Dónde vivo")
    known.taps("Guatemala")
    known.taps("Ver la lista")
    first = known.replies[-1].options[0].title
    assert known.says(said) == ["ubicacion.departamento.texto"]
    assert known.replies[-1].options[0].title != first


@pytest.mark.parametrize("said", ["4", "hablar con alguien"])
def test_the_person_who_is_offered_comes_by_number_too(running: Bot, known: Chat, said: str) -> None:
    known.says("quiero evaluarme de soldador")
    known.says("qwertz asdf")
    known.says("zxcv bnmñ")
    assert known.replies[-1].options[3].title == "Hablar con alguien"
    assert known.says(said)[0] == "persona.registrar.anotado_sin_horario"
    assert running.rows(select(handoffs.c.id))


def test_places_of_the_same_name_are_told_apart_by_their_titles(known: Chat) -> None:
    known.says("mis datos")
    known.taps("Corregir algo")
    known.taps("Dónde vivo")
    known.taps("Guatemala")
    for name in ("San Lorenzo", "Santa Catarina", "San Antonio", "Santa Lucía", "San José", "Concepción"):
        if known.says(name)[-1] == "ubicacion.cual.texto":
            titles = [option.title for option in known.replies[-1].options]
            assert len(set(titles)) == len(titles)
            known.taps("Ninguno de estos")
