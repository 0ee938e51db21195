"""What people wrote when the product was tried as its users would, and what it had made of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.tables import contacts, diagnoses, handoffs, opt_outs
from tests.chat import Bot, Chat
from tests.flows.test_diagnostico import answer_all


@pytest.fixture
def welder(known: Chat) -> Chat:
    """Somebody at the first task of a diagnosis."""
    known.says("quiero evaluarme de soldador")
    return known


def new(running: Bot, *said: str) -> Chat:
    """Somebody who has agreed, and then said this."""
    person = running.chat()
    person.says("hola")
    person.taps("Sí, de acuerdo")
    for words in said:
        person.says(words)
    return person


# --- the diagnosis: an answer is no wish, and a wish no answer ------------------------------------------


@pytest.mark.parametrize(
    ("said", "level"),
    [
        *(("simón", "solo"), ("cabal", "solo"), ("ajá", "solo"), ("eso sí", "solo"), ("si yo lo hacia alla", "solo")),
        *(("eso no", "no"), ("casi no", "no"), ("no lo se hacer", "no"), ("eso no lo hago", "no")),
        *(("muy poco", "ayuda"), ("no mucho", "ayuda"), ("maso", "ayuda"), ("solo no puedo", "ayuda")),
    ],
)
def test_whether_one_does_it_in_words_of_ones_own(welder: Chat, said: str, level: str) -> None:
    welder.says(said)
    assert welder.session.stack[-1].answers["so01"] == level


@pytest.mark.parametrize("said", ["no, con ayuda", "no entiendo", "sí pero no", "¿qué es eso?", "¿cómo así?"])
def test_what_is_neither_is_asked_again(welder: Chat, said: str) -> None:
    assert welder.says(said) == ["diagnostico.so01.no_entendido", "diagnostico.so01.texto"]


def test_who_speaks_of_their_trade_does_not_begin_again(running: Bot, welder: Chat) -> None:
    welder.says("sí")
    assert welder.says("yo trabaje 5 años de soldador en una fabrica de houston")[-1] == "diagnostico.so05.texto"
    assert len(running.rows(select(diagnoses))) == 1


def test_another_trade_is_another_diagnosis(welder: Chat) -> None:
    assert welder.says("mejor quiero de carpintero")[-1] == "diagnostico.cp01.texto"


@pytest.mark.parametrize("said", ["salir", "adiós", "me tengo que ir", "al rato sigo"])
def test_leaving_keeps_what_was_answered_and_stops_no_messages(running: Bot, welder: Chat, said: str) -> None:
    welder.says("sí")
    assert welder.says(said) == ["comun.en_pausa"]
    assert running.rows(select(opt_outs)) == []
    welder.says("menú")
    assert welder.taps("Seguir donde iba") == ["diagnostico.so05.texto"]


def test_where_it_is_does_not_lead_away(running: Bot, welder: Chat) -> None:
    assert welder.says("¿dónde es?") == ["preguntas.responder.cita", "comun.seguimos", "diagnostico.so01.texto"]
    assert running.rows(select(handoffs)) == []


def test_not_knowing_is_an_answer(running: Bot, welder: Chat) -> None:
    answer_all(welder)
    assert welder.says("no sé")[0] == "diagnostico.soq1.era"
    assert welder.session.stack[-1].answers["soq1"] == "no_se"


@pytest.mark.parametrize(("said", "place"), [("la b", 1), ("C)", 2), ("es la a", 0)])
def test_a_letter_in_a_sentence(welder: Chat, said: str, place: int) -> None:
    answer_all(welder)
    order = welder.session.stack[-1].answers["orden_soq1"]
    welder.says(said)
    assert welder.session.stack[-1].answers["soq1"] == order[place]


@pytest.mark.parametrize("said", ["otro", "ninguno", "no está mi oficio"])
def test_a_trade_that_is_not_there_is_no_dead_end(known: Chat, said: str) -> None:
    known.taps("Cuánto vale mi oficio")
    assert known.says("mecánico")[0] == "diagnostico.oficio.no_entendido"
    assert known.says(said) == ["diagnostico.oficio.otro", "persona.confirmar.texto"]


def test_part_of_a_title_tells_them_apart(known: Chat) -> None:
    known.says("electricista")
    assert known.says("de casas")[-1] == "diagnostico.ev03.texto"


# --- age and place ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "band"),
    [
        ("tengo cuarentaidos", "35_44"),
        ("treinticinco", "35_44"),
        ("naci en 1985", "35_44"),
        ("nací en el 2010", "under_18"),
        ("casi 18", "under_18"),
    ],
)
def test_an_age_as_it_is_said(running: Bot, said: str, band: str) -> None:
    new(running, said)
    assert running.rows(select(contacts.c.age_band))[-1].age_band == band


@pytest.mark.parametrize("said", ["mi hijo tiene 15", "tengo 3 hijos", "nací en 2008", "vine hace 10 años"])
def test_an_age_that_is_not_sure_is_asked_again(running: Bot, said: str) -> None:
    assert new(running, said).replies[-1].key == "edad.rango.texto"


def test_a_town_where_the_country_is_asked(running: Bot) -> None:
    person = new(running, "29")
    assert person.says("sps") == ["ubicacion.cual.una"]
    assert "San Pedro Sula" in person.text
    assert person.says("sí")[-1] == "menu.que_hacer.texto"
    (row,) = running.rows(select(contacts.c.country, contacts.c.department))
    assert row == ("HN", "Cortés")


def test_a_shared_location_where_the_country_is_asked(running: Bot) -> None:
    person = new(running, "29")
    assert person.shares(13.4833, -88.1833) == ["ubicacion.cual.texto"]
    person.taps_first()
    (row,) = running.rows(select(contacts.c.country, contacts.c.department))
    assert row == ("SV", "San Miguel")


def test_a_town_of_several_countries_is_no_answer(running: Bot) -> None:
    assert new(running, "29", "santa ana").replies[-1].key == "ubicacion.pais.texto"


@pytest.mark.parametrize("said", ["no le digo", "prefiero no decirlo", "no"])
def test_where_one_lives_need_not_be_said(running: Bot, said: str) -> None:
    person = new(running, "29", "El Salvador")
    assert person.says(said) == ["ubicacion.donde.saltado", "menu.que_hacer.texto"]


def test_thanks_is_no_town_unless_it_is_said_so(running: Bot) -> None:
    person = new(running, "29", "El Salvador")
    assert person.says("gracias")[0] == "preguntas.responder.gracias"
    person = new(running, "29", "Honduras")
    assert person.says("gracias") == ["ubicacion.cual.una"]


# --- small words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "key"),
    [("gracias", "de_nada"), ("ok", "muy_bien"), ("vaya pues", "muy_bien"), ("no gracias", "hasta_luego")],
)
def test_at_rest_a_small_word_gets_a_small_answer_and_the_buttons_stay(known: Chat, said: str, key: str) -> None:
    menu = known.replies[-1]
    assert known.says(said) == [f"comun.{key}"]
    known.replies = [menu]
    assert known.taps("Mis datos") == ["mis_datos.que_hacer.texto"]


@pytest.mark.parametrize("said", ["no me han contestado", "si pero me siento mal"])
def test_at_rest_a_complaint_is_no_goodbye(known: Chat, said: str) -> None:
    assert known.says(said)[-1] == "menu.que_hacer.texto"


def test_thanks_after_stopping_is_no_menu(known: Chat) -> None:
    known.says("baja")
    assert known.says("gracias") == ["comun.de_nada"]


def test_a_greeting_before_a_wish_is_politeness(chat: Chat) -> None:
    chat.says("buenas disculpe yo cosinaba alla en los estados")
    chat.says("si")
    assert chat.says("42")[-1] == "diagnostico.cd01.texto"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("no quiero hablar con una maquina", "persona.registrar.anotado_sin_horario"),
        ("no tengo trabajo", "comun.antes_una_pregunta"),
    ],
)
def test_a_wish_that_begins_with_no_is_no_refusal(chat: Chat, said: str, key: str) -> None:
    chat.says("hola")
    assert chat.says(said)[0] == key
    assert chat.replies[-1].key == "bienvenida.acepta.texto"


def test_speaking_little_spanish_is_no_refusal_either(chat: Chat) -> None:
    chat.says("hola")
    assert chat.says("no hablo bien español solo kiche") == ["idioma.avisar.sin_horario", "idioma.seguir.texto"]


def test_not_wanting_it_kept_is_a_refusal(chat: Chat) -> None:
    chat.says("hola")
    assert chat.says("no quiero que guarden mis datos")[0] == "bienvenida.acepta.no_acepto"


def test_wanting_all_erased_leads_there_at_once(known: Chat) -> None:
    assert known.says("quiero que borren todos mis datos por favor") == ["borrar.confirmar.texto"]


def test_a_mayan_language_by_itself(chat: Chat) -> None:
    chat.says("saqarik")
    assert "idioma.avisar.sin_horario" in chat.says("man kinwetamaj ta kaxlan tzij")


def test_who_begins_with_a_voice_note_is_told(chat: Chat) -> None:
    assert chat.sends("voice") == ["comun.respuesta_media", "bienvenida.acepta.texto"]


# --- under 18 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["ok", "simón", "hablar con alguien", "sí"])
def test_a_minor_who_wants_somebody_is_not_asked_again(running: Bot, said: str) -> None:
    person = new(running, "tengo 16")
    assert person.says(said) == ["persona.registrar.anotado_sin_horario", "menor.pedir.aqui_estamos"]
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority) == ("child", 1)


def test_a_minor_who_wants_nobody(running: Bot) -> None:
    assert new(running, "tengo 16").says("no quiero") == ["menor.acompanar.aqui_estamos"]
    assert running.rows(select(handoffs)) == []


def test_a_wish_where_the_age_is_asked_waits_for_it(running: Bot) -> None:
    person = new(running, "busco trabajo")
    assert person.replies[-1].key == "edad.rango.texto"
    assert person.says("15") == ["menor.acompanar.texto"]
    assert new(running, "busco trabajo").says("25")[0] == "servicio.explicar.empleo"
    assert new(running, "no tengo donde dormir").replies[0].key == "servicio.explicar.emergencia"


def test_a_minor_is_led_to_no_job(running: Bot) -> None:
    assert new(running, "tengo 16").says("busco trabajo") == ["menor.acompanar.texto"]
    assert running.rows(select(handoffs)) == []


# --- in danger ---------------------------------------------------------------------------------------------


def test_who_goes_on_telling_is_never_told_that_it_was_not_understood(running: Bot, known: Chat) -> None:
    known.says("me quiero matar")
    known.taps("No es seguro")
    known.taps("No, gracias")
    for said in (
        "nadie me entiende",
        "mi esposa me dejo y no tengo nada",
        "estoy solo",
        "no puedo llamar el esta aqui",
        "sí, tengo miedo",
        "ya no aguanto",
    ):
        assert known.says(said) == ["crisis.acompanar.otra_vez", "crisis.acompanar.texto"]
    assert known.says("estoy mejor")[0] == "crisis.acompanar.aqui_estamos"
    assert len(running.rows(select(handoffs))) == 1


def test_a_stranger_in_danger_is_not_welcomed_right_afterwards(chat: Chat) -> None:
    chat.says("me estan extorsionando")
    chat.says("guatemala")
    chat.says("no")
    chat.taps("No es seguro")
    chat.taps("No, gracias")
    assert chat.says("ok") == ["crisis.acompanar.aqui_estamos"]
    assert chat.says("hola") == ["bienvenida.acepta.texto"]


@pytest.mark.parametrize("said", ["ya no aguanto", "mi marido me pega"])
def test_a_day_later_whoever_greets_reads_nothing_of_it(running: Bot, known: Chat, said: str) -> None:
    known.says(said)
    running.wait(hours=13)
    assert known.says("hola") == ["menu.que_hacer.texto"]


def test_later_is_no_answer_to_whether_there_is_danger(known: Chat) -> None:
    known.says("ya no aguanto")
    assert known.says("ahorita no puedo")[0] == "crisis.preguntar.no_entendido"


@pytest.mark.parametrize("said", ["ayuda urgente", "a veces pienso que seria mejor no estar", "para que seguir"])
def test_words_that_are_asked_about(known: Chat, said: str) -> None:
    assert known.says(said)[0].startswith("crisis.preguntar.")
