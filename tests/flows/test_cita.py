"""Booking an assessment: by buttons, by words that answer many questions at once, and what stands in the way."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.tables import appointments, consents, handoffs
from tests.chat import Bot, Chat
from tests.flows.test_diagnostico import answer_all, finish
from tests.flows.town import Town, build, welcomed


@pytest.fixture
def town(running: Bot) -> Town:
    return build(running)


@pytest.fixture
def cook(town: Town) -> Chat:
    """Somebody of Usulután, on Telegram."""
    return welcomed(town.running, channel="telegram", address="77001")


def titles(chat: Chat) -> list[str]:
    return [option.title for option in chat.replies[-1].options]


def test_a_cook_of_usulutan_books_by_buttons(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita")
    assert cook.says("cocinera") == ["cita.centro.texto"]
    assert titles(cook) == ["Centro Usulután", "Centro San Miguel", "Centro San Salvador", "Buscar en otra parte"]
    assert "en línea recta" in cook.replies[-1].options[1].description
    assert cook.taps("Centro Usulután") == ["cita.dia.texto"]
    assert cook.taps("Jueves 26 noviembre" if "Jueves 26 noviembre" in titles(cook) else "Lo más pronto")
    assert cook.taps("1:00 de la tarde") == ["cita.confirmar.sin_diagnostico"]
    assert "jueves 26 de noviembre, a la 1:00 de la tarde" in cook.text
    assert town.states() == []
    keys = cook.taps("Sí, apártelo")
    assert keys == [
        "mi_cita.mostrar.apartada",
        "mi_cita.mostrar.consejos",
        "mi_cita.mostrar.calendario",
        "mi_cita.mostrar.con_avisos",
        "mi_cita.ver.texto",
    ]
    assert "https://maps.google.com/?q=13.35000,-88.45000" in cook.text
    assert "Qué llevar: Documento" in cook.text
    assert "Es gratis" in cook.text
    assert cook.replies[2].media[0].endswith(".ics")
    assert titles(cook) == ["Está bien", "Cambiar", "Cancelar"]
    assert town.states() == ["booked"]


def test_the_first_option_leads_all_the_way(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    for _ in range(6):
        if cook.taps_first()[0].startswith("mi_cita"):
            break
    assert town.states() == ["booked"]


def test_one_message_answers_trade_day_and_place(town: Town, cook: Chat) -> None:
    assert cook.says("quiero una cita de cocinera el martes en la tarde en San Miguel") == ["cita.hora.texto"]
    assert titles(cook)[:2] == ["2:00 de la tarde", "3:30 de la tarde"]
    assert cook.says("a las 3 y media") == ["cita.confirmar.sin_diagnostico"]
    assert "martes 24 de noviembre, a las 3:30 de la tarde" in cook.text
    assert "Centro San Miguel" in cook.text


def test_after_a_diagnosis_the_trade_is_known(town: Town, cook: Chat) -> None:
    cook.says("quiero evaluarme de cocinera")
    answer_all(cook)
    finish(cook)
    assert cook.taps("Pedir evaluación") == ["cita.centro.texto"]
    cook.says("menú")
    assert cook.says("el martes en la tarde en San Miguel") == ["cita.hora.texto"]
    cook.taps("2:00 de la tarde")
    assert cook.replies[-1].key == "cita.confirmar.texto"
    cook.says("simón")
    (row,) = town.running.rows(select(appointments))
    assert row.diagnosis_id is not None
    assert row.channel == "telegram"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("mañana a las 9", "martes 24 de noviembre, a las 9:00"),
        ("lo más pronto", "martes 24 de noviembre, a las 9:00"),
        ("vos, el juebes alas 9", "jueves 26 de noviembre, a las 9:00"),
        ("el 26 a las 10 y media", "jueves 26 de noviembre, a las 10:30"),
        ("miercoles a las dos", "miércoles 25 de noviembre, a las 2:00"),
        ("a las 10:30", "martes 24 de noviembre, a las 10:30"),
    ],
)
def test_a_day_and_an_hour_in_words(town: Town, cook: Chat, said: str, told: str) -> None:
    cook.says("quiero una cita de cocina")
    cook.taps("Centro San Miguel")
    assert cook.says(said)[-1] == "cita.confirmar.sin_diagnostico"
    assert told in cook.text


def test_part_of_the_day_first_and_the_day_afterwards(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    cook.taps("Centro San Miguel")
    assert cook.says("en la tarde") == ["cita.dia.texto"]
    assert cook.taps("Miércoles 25 noviembre") == ["cita.hora.texto"]
    assert titles(cook)[:-1] == ["2:00 de la tarde", "3:30 de la tarde"]


@pytest.mark.parametrize("said", ["el viernes a las 9", "el lunes", "el 24 de diciembre"])
def test_a_day_without_room_and_the_nearest_instead(town: Town, cook: Chat, said: str) -> None:
    cook.says("quiero una cita de cocina")
    cook.taps("Centro San Miguel")
    assert cook.says(said) == ["cita.dias.sin_lugar_ese_dia", "cita.otras_horas.texto"]
    assert len(titles(cook)) > 3
    cook.taps_first()
    assert cook.replies[-1].key == "cita.confirmar.sin_diagnostico"


def test_an_hour_without_room_and_the_nearest_instead(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    cook.taps("Centro San Miguel")
    assert cook.says("el martes a las 12") == ["cita.dias.sin_lugar_esa_hora", "cita.otras_horas.texto"]
    assert titles(cook)[0] == "mar 24 nov, 9:00 am"


def test_another_place_and_another_day_at_the_last_question(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    cook.says("lo más pronto")
    assert cook.says("otro día") == ["cita.dia.texto"]
    cook.says("el jueves a las 9")
    assert cook.says("otro lugar") == ["cita.centro.texto"]
    assert cook.shares(13.6929, -89.2182) == ["cita.dia.texto"]
    assert "Centro San Salvador" in cook.text
    assert town.states() == []


def test_a_town_without_a_centre_is_told_and_the_nearest_listed(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    assert cook.says("en Metapán") == ["cita.buscar.no_ahi", "cita.centro.texto"]
    assert titles(cook)[0] == "Centro San Salvador"


def test_who_does_not_say_where_they_live_is_told_that_no_distance_is_known(town: Town) -> None:
    chat = welcomed(town.running, place="")
    chat.says("quiero una cita de cocina")
    while not chat.replies[-1].key.startswith("cita."):
        chat.taps("Prefiero no decir")
    assert chat.replies[-1].key == "cita.centro.texto"
    assert "No sé a qué distancia" in chat.replies[-1].options[0].description


def test_a_telephone_of_another_country_hears_whose_hour_it_is(town: Town) -> None:
    chat = welcomed(
        town.running, channel="whatsapp", address="whatsapp:+12135550101", phone="+12135550101", place="Usulután"
    )
    chat.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    assert "a las 9:00 de la mañana (hora de El Salvador)" in chat.text


def test_somebody_abroad_is_asked_for_the_country_of_the_assessment(town: Town) -> None:
    chat = town.running.chat(channel="whatsapp", address="whatsapp:+12135550102", phone="+12135550102")
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("30")
    chat.taps("Otro país")
    assert chat.says("quiero una cita de cocina") == ["cita.pais.texto"]
    assert chat.taps("El Salvador") == ["cita.centro.texto"]


def test_a_country_without_any_centre_for_the_trade(town: Town) -> None:
    chat = welcomed(town.running)
    assert chat.says("quiero una cita de soldador") == ["cita.sin_centro.texto"]
    assert "soldadura" in chat.text
    assert chat.taps("Hablar con alguien")[0] == "persona.registrar.anotado_sin_horario"
    (case,) = town.running.rows(select(handoffs))
    assert case.topic == "cita:structural_welder"


def test_full_at_the_last_moment(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    town.fill(1)
    assert cook.says("sí") == ["cita.reservar.recien_lleno", "cita.otras_horas.texto"]
    assert "mar 24 nov, 9:00 am" not in titles(cook)
    cook.taps("mar 24 nov, 10:30 am")
    cook.taps("Sí, apártelo")
    assert town.states() == ["booked"]


def test_all_full_and_waiting(running: Bot) -> None:
    town = build(running, times=False)
    chat = welcomed(running, channel="telegram", address="77002")
    chat.says("quiero una cita de cocina en Usulután")
    assert chat.replies[-1].key == "cita.lleno.texto"
    keys = chat.taps("Esperar")
    assert keys[:2] == ["espera.anotar.anotado", "espera.anotar.con_avisos"]
    assert chat.says("¿cuándo es mi cita?")[-1] == "espera.en_espera.texto"
    assert "Centro Usulután" in chat.text
    assert chat.taps("Salir de la lista")[0] == "espera.en_espera.fuera"
    assert chat.says("¿cuándo es mi cita?")[0] == "preguntas.responder.cita"
    assert town.states() == []


def test_who_has_one_is_not_given_a_second(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    cook.says("sí")
    assert cook.says("quiero una cita de cocina") == ["cita.ya_tiene.texto"]
    assert cook.taps("Cambiarla") == ["cita.dia.texto"]
    cook.says("el jueves a las 9")
    assert cook.replies[-1].key == "cita.confirmar.cambio"
    assert cook.taps("Sí, apártelo")[0] == "mi_cita.mostrar.cambiada"
    assert town.states() == ["cancelled", "booked"]


def test_without_consent_it_is_asked_before_anything_is_booked(town: Town) -> None:
    chat = town.running.chat(channel="telegram", address="77003")
    chat.says("hola")
    chat.taps("No guardar nada")
    chat.says("30")
    chat.taps("El Salvador")
    chat.says("Usulután")
    chat.taps_first() if chat.replies[-1].key.startswith("ubicacion") else None
    chat.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    assert chat.says("sí") == ["cita.guardar.texto"]
    assert town.states() == []
    assert chat.taps("Sí, de acuerdo")[0] == "mi_cita.mostrar.apartada"
    assert town.running.rows(select(consents.c.granted).order_by(consents.c.id))[-1][0] is True


def test_without_consent_and_without_a_place(town: Town, cook: Chat) -> None:
    cook.says("mis datos")
    cook.taps("Mis permisos")
    cook.taps("Guardar respuestas")
    cook.taps("No")
    cook.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    cook.says("sí")
    assert cook.taps("No guardar nada")[0] == "cita.guardar.sin_guardar"
    assert town.states() == []


def test_who_wants_no_messages_is_told_that_none_will_remind(town: Town, cook: Chat) -> None:
    cook.says("BAJA")
    cook.says("menú")
    cook.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    cook.says("sí")
    assert "mi_cita.mostrar.de_baja" in [reply.key for reply in cook.replies]


def test_crisis_in_the_middle_comes_first_and_the_booking_goes_on(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    assert cook.says("me quiero matar")[0].startswith("crisis.")
    assert town.running.rows(select(handoffs.c.priority))[0][0] == 1
    for _ in range(6):
        if cook.replies[-1].key.startswith("cita."):
            break
        cook.taps_first()
    assert cook.says("lo más pronto")[-1].startswith(("cita.", "crisis.", "contacto."))


def test_baja_in_the_middle(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    assert cook.says("baja") == ["baja.salir.hecho"]
    assert cook.says("si") == ["comun.dado_de_baja"]
    assert town.states() == []


def test_another_person_on_the_same_phone_sees_nothing_of_it(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    cook.says("sí")
    cook.says("soy otra persona")
    cook.taps("Sí, soy otra")
    cook.taps("Sí, de acuerdo")
    cook.says("40")
    cook.taps("El Salvador")
    cook.taps("Prefiero no decir")
    assert "Mi cita" not in titles(cook)
    assert cook.says("¿cuándo es mi cita?")[0] == "preguntas.responder.cita"
    assert town.states() == ["booked"]


def test_under_18_nothing_is_booked(town: Town) -> None:
    chat = town.running.chat()
    chat.says("quiero una cita de cocina")
    chat.taps("Sí, de acuerdo")
    assert chat.says("16")[-1].startswith("menor.")


def test_left_half_way_and_taken_up_days_later(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    cook.taps("Centro San Miguel")
    cook.says("el martes a las 9")
    cook.says("pausa")
    town.running.wait(days=2)
    cook.says("hola")
    assert cook.taps("Seguir donde iba")[-1].startswith("cita.dia")
    assert "24 noviembre" not in " ".join(titles(cook))


def test_going_back(town: Town, cook: Chat) -> None:
    cook.says("quiero una cita de cocina")
    cook.taps("Centro San Miguel")
    cook.taps("Martes 24 noviembre")
    cook.taps("9:00 de la mañana")
    assert cook.says("atrás") == ["cita.hora.texto"]
    assert cook.says("atrás") == ["cita.dia.texto"]
    assert cook.says("atrás") == ["cita.centro.texto"]


def test_an_evening_wish_for_tomorrow_is_the_persons_tomorrow(running: Bot) -> None:
    town = build(running)
    running.wait(hours=11)  # Monday, 21:00 in El Salvador; Tuesday by UTC
    chat = welcomed(running, channel="telegram", address="77004")
    chat.says("quiero una cita de cocina para mañana a las 9 en San Miguel")
    assert "martes 24 de noviembre, a las 9:00" in chat.text
    assert town.states() == []


def test_english_stands_below(town: Town, cook: Chat) -> None:
    cook.says("English please")
    cook.says("quiero una cita de cocina el martes a las 9 en San Miguel")
    assert "Tuesday" in cook.text
