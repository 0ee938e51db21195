"""An appointment that one has: seen, changed, cancelled; reminders answered; who did not come; a place come free."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.tables import appointments, handoffs, waitlist
from tests.chat import Bot, Chat
from tests.flows.town import Town, build, opens, welcomed

BOOKS = "quiero una cita de cocina el martes a las 9 en San Miguel"


@pytest.fixture
def town(running: Bot) -> Town:
    return build(running)


@pytest.fixture
def booked(town: Town) -> Chat:
    """Somebody with a place on Tuesday at nine, in San Miguel."""
    chat = welcomed(town.running, channel="telegram", address="78001")
    chat.says(BOOKS)
    chat.says("sí")
    chat.taps("Está bien")
    assert town.states() == ["booked"]
    return chat


def titles(chat: Chat) -> list[str]:
    return [option.title for option in chat.replies[-1].options]


@pytest.mark.parametrize(
    "said", ["¿cuándo es mi cita?", "a ke ora es mi sita", "mi cita", "dónde queda?", "¿qué tengo que llevar?"]
)
def test_the_real_appointment_is_told(booked: Chat, said: str) -> None:
    booked.says(said)
    assert "martes 24 de noviembre, a las 9:00 de la mañana" in booked.text
    assert "Qué llevar: Documento" in booked.text
    assert titles(booked) == ["Está bien", "Cambiar", "Cancelar"]


def test_the_menu_offers_it_first(booked: Chat) -> None:
    booked.says("menú")
    assert titles(booked)[0] == "Mi cita"
    assert len(titles(booked)) <= 10
    assert booked.taps("Mi cita")[0] == "mi_cita.mostrar.texto"


def test_asked_on_the_way_what_was_under_way_goes_on(booked: Chat) -> None:
    booked.says("quiero evaluarme de soldador")
    assert booked.says("¿cuándo es mi cita?")[0] == "mi_cita.mostrar.texto"
    assert booked.says("gracias")[-1] == "diagnostico.so01.texto"


def test_changed_by_words_with_the_new_day(town: Town, booked: Chat) -> None:
    assert booked.says("quiero cambiar mi cita para el jueves a las 9")[-1] == "cita.confirmar.cambio"
    assert "Antes: martes 24" in booked.text
    booked.taps("Sí, apártelo")
    assert town.states() == ["cancelled", "booked"]


@pytest.mark.parametrize("said", ["quiero cambiar la fecha", "puedo cambiar el dia?", "kiero canbiar mi sita"])
def test_changed_step_by_step(town: Town, booked: Chat, said: str) -> None:
    assert booked.says(said) == ["cita.dia.texto"]
    booked.taps("Miércoles 25 noviembre")
    booked.taps("10:30 de la mañana")
    assert booked.taps("Sí, apártelo")[0] == "mi_cita.mostrar.cambiada"
    assert town.states() == ["cancelled", "booked"]


def test_the_old_place_is_kept_until_the_new_one_is_certain(town: Town, booked: Chat) -> None:
    booked.says("quiero cambiar mi cita para el jueves a las 9")
    booked.says("menú")
    assert town.states() == ["booked"]


@pytest.mark.parametrize("said", ["quiero cancelar mi cita", "ya no quiero ir a la cita", "cancelar mi sita"])
def test_cancelled_after_one_question(town: Town, booked: Chat, said: str) -> None:
    assert booked.says(said) == ["mi_cita.cancelar.texto"]
    assert titles(booked)[0] == "Buscar otro día"
    assert booked.says("sí, cancélela")[0] == "mi_cita.cancelar.cancelada"
    assert town.states() == ["cancelled"]
    (row,) = town.running.rows(select(appointments))
    assert row.reason == "person"


def test_not_cancelled_after_all(town: Town, booked: Chat) -> None:
    booked.says("quiero cancelar mi cita")
    assert booked.says("no, la dejo así")[0] == "mi_cita.cancelar.sigue"
    assert town.states() == ["booked"]


def test_of_several_it_is_asked_which(town: Town, booked: Chat) -> None:
    for code in town.centres.values():
        town.trade(code, "structural_welder")
    begins = (town.running.now).date()
    town.slot("san_miguel", begins.replace(day=27), "08:00", trade="structural_welder")
    booked.says("quiero una cita de soldador el viernes a las 8 en San Miguel")
    booked.says("sí")
    assert town.states() == ["booked", "booked"]
    booked.taps("Está bien")
    assert booked.says("quiero cancelar mi cita") == ["mi_cita.cual.texto"]
    assert titles(booked) == ["mar 24 nov, 9:00 am", "vie 27 nov, 8:00 am"]
    booked.taps("vie 27 nov, 8:00 am")
    assert "viernes 27" in booked.text
    booked.taps("Sí, cancelarla")
    assert town.states() == ["booked", "cancelled"]


# --- reminders ------------------------------------------------------------------------------------------


@pytest.fixture
def reminded(town: Town, booked: Chat) -> Chat:
    town.running.wait(hours=3)
    assert opens(town, booked, "recordatorio", cita=town.codes()[0]) == ["recordatorio.viene.texto"]
    return booked


def test_a_reminder_tells_no_trade(reminded: Chat) -> None:
    assert "mañana martes 24 de noviembre, a las 9:00 de la mañana" in reminded.text
    assert "cocina" not in reminded.text.lower()
    assert "evaluaci" not in reminded.text.lower()


@pytest.mark.parametrize("said", ["sí", "simón", "ahí voy a estar", "primero Dios", "1", "👍", "si voy vos"])
def test_coming(town: Town, reminded: Chat, said: str) -> None:
    town.running.wait(hours=5)
    assert reminded.says(said)[0] == "recordatorio.viene.le_esperamos"
    assert town.states() == ["confirmed"]


@pytest.mark.parametrize("said", ["no", "no puedo ir", "no voy a poder", "fijese que no voy a ir", "ya no quiero ir"])
def test_not_coming(town: Town, reminded: Chat, said: str) -> None:
    assert reminded.says(said) == ["recordatorio.no_puede.texto"]
    assert town.states() == ["booked"]
    assert reminded.says("cancelar mi cita")[0] == "recordatorio.no_puede.cancelada"
    assert town.states() == ["cancelled"]


def test_not_coming_and_another_day(town: Town, reminded: Chat) -> None:
    reminded.taps("No puedo ir")
    assert reminded.taps("Buscar otro día") == ["cita.dia.texto"]


@pytest.mark.parametrize("said", ["mejor el jueves a las 9", "se puede el jueves a las 9?"])
def test_another_day_in_the_answer(town: Town, reminded: Chat, said: str) -> None:
    assert reminded.says(said) == ["cita.confirmar.cambio"]
    reminded.says("sí")
    assert town.states() == ["cancelled", "booked"]


def test_a_tap_on_the_template_hours_later(town: Town, reminded: Chat) -> None:
    code = town.codes()[0]
    reminded.says("menú")
    assert reminded.does(option=f"recordatorio:si:{code}")[0] == "recordatorio.viene.le_esperamos"
    assert town.states() == ["confirmed"]
    assert reminded.does(option=f"recordatorio:no_puedo:{code}")[0] == "recordatorio.no_puede.texto"


def test_a_reminder_of_what_is_cancelled_says_so(town: Town, booked: Chat) -> None:
    booked.says("quiero cancelar mi cita")
    booked.says("sí, cancélela")
    assert opens(town, booked, "recordatorio", cita=town.codes()[0])[0] == "recordatorio.ya_no.texto"


# --- who did not come ------------------------------------------------------------------------------------


@pytest.fixture
def absent(town: Town, booked: Chat) -> Chat:
    town.running.wait(hours=30)
    town.missed(town.codes()[0])
    assert opens(town, booked, "falto", cita=town.codes()[0]) == ["falto.ofrecer.texto"]
    return booked


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("El transporte", "transport"),
        ("no tenía para el pasaje", "transport"),
        ("El trabajo", "work"),
        ("no me dieron permiso en la chamba", "work"),
        ("se me olvidó", "forgot"),
        ("mi hijo se enfermó", "family"),
        ("Prefiero no decir", "unsaid"),
        ("saltar", "unsaid"),
        ("es que llovía muchísimo ese día", "other"),
    ],
)
def test_why_without_blame_and_another_date(town: Town, absent: Chat, said: str, cause: str) -> None:
    assert absent.taps("Quiero otra fecha") == ["falto.por_que.texto"]
    keys = absent.says(said)
    assert keys[0] == f"falto.por_que.{cause}"
    assert keys[-1].startswith("cita.")
    (row,) = town.running.rows(select(appointments.c.reason))
    assert row.reason == cause


def test_fear_is_met_with_a_person(town: Town, absent: Chat) -> None:
    absent.taps("Por ahora no")
    assert absent.says("me dio miedo") == ["falto.por_que.fear", "falto.con_alguien.texto"]
    assert absent.taps("Sí, con alguien")[0] == "persona.registrar.anotado_sin_horario"
    assert len(town.running.rows(select(handoffs))) == 1


def test_not_now(town: Town, absent: Chat) -> None:
    absent.taps("Por ahora no")
    assert absent.taps("Se me olvidó") == ["falto.por_que.forgot", "falto.despedida.texto"]


# --- a place that came free -----------------------------------------------------------------------------


@pytest.fixture
def offered(running: Bot) -> tuple[Town, Chat]:
    """Somebody who waited for Usulután, and is offered a place."""
    town = build(running, times=False)
    chat = welcomed(running, channel="telegram", address="78002")
    chat.says("quiero una cita de cocina en Usulután")
    chat.taps("Esperar")
    town.offer(town.slot("usulutan", running.now.date().replace(day=27), "08:00"))
    assert town.states() == ["offered"]
    assert opens(town, chat, "lugar_libre", cita=town.codes()[0]) == ["lugar_libre.ofrecido.texto"]
    return town, chat


def test_an_offer_says_until_when_in_words(offered: tuple[Town, Chat]) -> None:
    _, chat = offered
    assert "Se lo guardo hasta" in chat.text
    assert "hoy lunes 23" in chat.text or "mañana martes 24" in chat.text


def test_taken(offered: tuple[Town, Chat]) -> None:
    town, chat = offered
    assert chat.says("sí, lo quiero")[0] == "mi_cita.mostrar.apartada"
    assert town.states() == ["booked"]


def test_let_go_and_waiting_on(offered: tuple[Town, Chat]) -> None:
    town, chat = offered
    assert chat.says("no puedo") == ["lugar_libre.seguir_espera.texto"]
    assert chat.taps("Sí, sigo esperando")[0] == "lugar_libre.seguir_espera.sigue"
    assert "waiting" in [row.state for row in town.running.rows(select(waitlist.c.state))]


def test_let_go_for_good(offered: tuple[Town, Chat]) -> None:
    town, chat = offered
    chat.taps("No, gracias")
    assert chat.taps("No, ya no")[0] == "lugar_libre.seguir_espera.fuera"
    assert [row.state for row in town.running.rows(select(waitlist.c.state))] == ["left"]


def test_too_late(offered: tuple[Town, Chat]) -> None:
    town, chat = offered
    town.running.wait(hours=72)
    assert chat.says("sí")[:2] == ["lugar_libre.comprobar.vencido", "lugar_libre.otra.texto"]


# --- the centre cannot -----------------------------------------------------------------------------------


def test_a_closed_day_and_another_date(town: Town, booked: Chat) -> None:
    town.close("san_miguel", town.running.now.date().replace(day=24))
    (code, *others) = town.codes()
    keys = opens(town, booked, "cerrado", cita=code)
    assert keys == ["cerrado.en_su_lugar.texto" if others else "cerrado.buscar.texto"]
    assert "disculpas" in booked.text
    if others:
        assert booked.taps("Sí, me sirve")[0] == "mi_cita.mostrar.cambiada"
    else:
        assert booked.taps("Buscar otra fecha")[-1].startswith("cita.")


def test_a_clear_wish_outweighs_the_title_that_it_holds(booked: Chat) -> None:
    booked.says("menú")
    assert booked.says("cancelar mi cita") == ["mi_cita.cancelar.texto"]
    booked.says("menú")
    assert booked.says("quiero cambiar mi cita para el jueves a las 9") == ["cita.confirmar.cambio"]
