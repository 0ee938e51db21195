"""Somebody may be in danger: words that help, numbers of their country, a person alerted, and nothing that probes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.tables import handoffs, opt_outs
from tests.chat import Bot, Chat

SELF_HARM = "ya no quiero vivir"
VIOLENCE = "los de la mara me amenazaron"


def test_a_cry_for_help_gets_humane_words_numbers_and_a_case(running: Bot, known: Chat) -> None:
    keys = known.says(SELF_HARM)
    assert keys[0] == "crisis.avisar.self_harm"
    assert keys[-1] == "crisis.acompanar.texto"
    assert "911" in known.text
    assert "132" in known.text
    assert "110" not in known.text  # Guatemala's police: never another country's number
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority, case.state, case.country) == ("self_harm", 1, "open", "SV")
    assert case.code in known.text


def test_an_unknown_country_gets_the_numbers_of_all_three_then_is_asked(chat: Chat) -> None:
    keys = chat.says(VIOLENCE)
    assert keys[0] == "crisis.avisar.report_violence"
    for labelled in ("El Salvador: ", "Guatemala: ", "Honduras: "):
        assert labelled in chat.text
    assert keys[-1] == "crisis.pais.texto"
    assert chat.taps("Guatemala") == ["crisis.pais.estos_numeros", "crisis.acompanar.texto"]
    assert "110 o 122 o 123" in chat.text
    assert "911" not in chat.text


def test_an_american_number_gets_all_three(running: Bot) -> None:
    person = running.chat("whatsapp:+12025550123", "whatsapp", "+12025550123")
    person.says(SELF_HARM)
    assert "Honduras: " in person.text


@pytest.mark.parametrize("flow", ["criterio", "menu", "ubicacion", "mis_datos", "baja", "acepta"])
def test_it_wins_over_whatever_is_under_way_and_that_goes_on_below(running: Bot, known: Chat, flow: str) -> None:
    match flow:
        case "criterio":
            known.says("quiero evaluarme de soldador")
        case "mis_datos":
            known.says("mis datos")
        case "baja":
            known.says("BAJA")
        case "ubicacion":
            known.says("mis datos")
            known.taps("Corregir algo")
            known.taps("Dónde vivo")
        case "acepta":
            known = running.chat()
            known.says("hola")
    before = known.session.top
    assert known.says("me quiero matar")[0] == "crisis.avisar.self_harm"
    if known.replies[-1].key == "crisis.pais.texto":
        known.taps("El Salvador")
    keys = known.taps("Seguir")
    assert keys[0] == "crisis.acompanar.aqui_estamos"
    if before:
        assert known.session.top
        assert (known.session.top.flow, known.session.top.step) == (before.flow, before.step)


def test_an_uncertain_sign_is_asked_about_gently_before_anybody_is_alarmed(running: Bot, known: Chat) -> None:
    assert known.says("ya no aguanto") == ["crisis.preguntar.self_harm"]
    assert running.rows(select(handoffs)) == []
    assert known.says("era broma")[0] == "crisis.preguntar.aqui_estamos"
    assert running.rows(select(handoffs)) == []


def test_an_uncertain_sign_that_is_meant(running: Bot, known: Chat) -> None:
    known.says("ya no aguanto")
    assert known.says("sí")[0] == "crisis.avisar.self_harm"
    assert len(running.rows(select(handoffs))) == 1


@pytest.mark.parametrize(
    "said",
    ["me muero de hambre", "me mata el calor", "me estoy matando por encontrar chamba", "me muero de la risa"],
)
def test_idioms_alarm_nobody(running: Bot, known: Chat, said: str) -> None:
    assert not any(key.startswith("crisis") for key in known.says(said))
    assert running.rows(select(handoffs.c.id).where(handoffs.c.priority == 1)) == []


def test_said_twice_it_is_one_case(running: Bot, known: Chat) -> None:
    known.says(SELF_HARM)
    known.says("me quiero morir")
    assert len(running.rows(select(handoffs))) == 1
    assert known.replies[-1].key == "crisis.acompanar.texto"


def test_it_wins_over_an_opt_out(running: Bot, known: Chat) -> None:
    known.says("BAJA")
    assert len(running.rows(select(opt_outs))) == 1
    assert known.says(SELF_HARM)[0] == "crisis.avisar.self_harm"


def test_also_in_english(known: Chat) -> None:
    assert known.says("I want to kill myself")[0] == "crisis.avisar.self_harm"


def test_without_staff_nothing_is_promised(known: Chat) -> None:
    assert "crisis.avisar.sin_horario" in known.says(SELF_HARM)


def test_nobody_in_danger_is_told_that_we_do_not_want_to_tire_them(chat: Chat) -> None:
    chat.says(SELF_HARM)
    for _ in range(2):
        chat.says("xyzzy plugh")
    assert chat.says("xyzzy plugh") == ["crisis.pais.no_entendido_mas"]
    assert "Aquí estoy" in chat.text
