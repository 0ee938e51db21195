"""Somebody may be in danger: words that help, numbers of their country, a person alerted, and nothing that probes."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import insert, select, update

from bot import lines
from db.tables import conversations, handoffs, messages, opt_outs, users
from tests.chat import Bot, Chat

SELF_HARM = "ya no quiero vivir"
VIOLENCE = "los de la mara me amenazaron"
UNCERTAIN = "ya no aguanto"


def cases(running: Bot) -> list[tuple[str, int]]:
    rows = running.rows(select(handoffs.c.reason, handoffs.c.priority).order_by(handoffs.c.id))
    return [(row.reason, row.priority) for row in rows]


def test_a_cry_for_help_gets_humane_words_numbers_and_a_case(running: Bot, known: Chat) -> None:
    keys = known.says(SELF_HARM)
    assert keys[0] == "crisis.avisar.self_harm"
    assert keys[-1] == "crisis.ahora.texto"
    assert "911" in known.text
    assert "132" in known.text
    assert "110" not in known.text  # Guatemala's police: never another country's number
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority, case.state, case.country) == ("self_harm", 1, "open", "SV")
    assert case.code in known.text


def test_the_whole_way(running: Bot, known: Chat) -> None:
    known.says(SELF_HARM)
    assert known.taps("No") == ["crisis.ahora.sin_peligro", "contacto.seguro.texto"]
    assert "911" in known.text
    assert known.taps("Solo a ciertas horas") == ["contacto.cuando.texto"]
    assert known.taps("En la mañana") == ["contacto.manana.texto"]
    assert known.taps("No, gracias") == ["contacto.manana.esta_bien", "crisis.acompanar.texto"]
    assert known.taps("Borrar este chat") == ["crisis.acompanar.borrar_aqui", "crisis.acompanar.texto"]
    assert known.taps("Seguir") == ["crisis.acompanar.aqui_estamos"]
    (case,) = running.rows(select(handoffs))
    assert (case.safe_channel, case.safe_hours) == (True, "manana")


def test_who_says_that_there_is_danger_gets_the_numbers_first(known: Chat) -> None:
    known.says(SELF_HARM)
    assert known.says("sí")[0] == "crisis.ahora.peligro"
    assert known.replies[0].text.startswith("Llame ya")
    assert "911" in known.replies[0].text


@pytest.mark.parametrize(
    ("said", "words", "first"),
    [
        ("me voy a matar hoy", "urgente", "911 o 132"),
        ("me tome todas las pastillas", "atención médica", "132 o 911"),  # the ambulance first
        ("ya no quiero vivir", "No está solo ni sola", "911 o 132"),
        ("mi hermano quiere suicidarse", "esa persona", "911 o 132"),
        ("ahorita me está pegando", "lugar seguro", "911 o 132"),
        ("mi niño tiene golpes y creo que es el maestro", "Ningún niño", "911 o 132"),
        ("mi marido me pega", "No es culpa suya", "911 o 132"),
        ("los de la mara me amenazaron", "no escriba aquí nombres", "911 o 132"),
        ("me tienen encerrada", "lo que sea seguro", "911 o 132"),
        ("me violaron en el camino", "No tiene que darme detalles", "911 o 132"),
    ],
)
def test_each_kind_of_danger_has_its_own_first_words(known: Chat, said: str, words: str, first: str) -> None:
    key = known.says(said)[0]
    assert key in ("crisis.avisar.self_harm", "crisis.avisar.report_violence")  # stored in the clear: no more than that
    assert words in known.replies[0].text
    assert first in known.replies[0].text


@pytest.mark.parametrize("said", ["me voy a matar hoy", "ayer intente quitarme la vida"])
def test_danger_that_was_said_is_not_asked_about(known: Chat, said: str) -> None:
    assert known.says(said)[-1] == "contacto.seguro.texto"


def test_an_unknown_country_gets_the_numbers_of_all_then_is_asked(chat: Chat) -> None:
    keys = chat.says(VIOLENCE)
    assert keys[0] == "crisis.avisar.report_violence"
    for labelled in ("El Salvador: ", "Guatemala: ", "Honduras: ", "Estados Unidos o México: "):
        assert labelled in chat.text
    assert keys[-1] == "crisis.pais.texto"
    assert chat.taps("Guatemala") == ["crisis.pais.estos_numeros", "crisis.ahora.texto"]
    assert "110 o 122 o 123" in chat.text
    assert "911" not in chat.text


@pytest.mark.parametrize(
    ("title", "number", "said"),
    [("Estados Unidos", "911", "no las conozco"), ("México", "911", "no las conozco"), ("Otro país", "112", "cerca")],
)
def test_abroad_we_say_honestly_what_we_do_not_know(chat: Chat, title: str, number: str, said: str) -> None:
    chat.says("me quiero matar")
    chat.taps(title)
    assert number in chat.replies[0].text
    assert said in chat.replies[0].text
    assert "132" not in chat.text
    chat.taps("Ver los números")
    assert f"📞 {number}" in chat.text


def test_an_american_number_gets_all(running: Bot) -> None:
    person = running.chat("whatsapp:+12025550123", "whatsapp", "+12025550123")
    person.says(SELF_HARM)
    assert "Honduras: " in person.text


# --- signed lines ------------------------------------------------------------------------------------------


@pytest.fixture
def caller(running: Bot) -> int:
    """A user of the panel who calls lines."""
    row = {"created_at": running.now, "email": "quien@example.org", "role": "coordinator", "active": True}
    insertion = insert(users).values(row).returning(users.c.id)
    return running.app.database.write_now(lambda c: int(c.scalar(insertion) or 0))


def test_a_line_is_shown_only_while_its_signature_is_fresh(running: Bot, known: Chat, caller: int) -> None:
    def says() -> str:
        running.wait(hours=1)
        known.says("me quiero morir")
        first = known.replies[0].text
        known.says("menú")
        return first

    assert "7071-1302" not in says()
    now = running.now
    running.app.database.write_now(lambda c: lines.sign(c, "SV", "7071-1302", caller, now, hours="24 horas"))
    assert "Para hablar con alguien: 📞 7071-1302, 24 horas" in says()
    running.wait(days=91)
    assert "7071-1302" not in says()


def test_a_line_of_another_country_or_for_something_else_is_not_shown(running: Bot, known: Chat, caller: int) -> None:
    for country, number in (("HN", "150"), ("SV", "119"), ("SV", "126")):
        signed = partial(lines.sign, country=country, number=number, user_id=caller, now=running.now)
        running.app.database.write_now(signed)
    known.says("mi marido me pega")
    assert "Atención a mujeres: 📞 126" in known.text
    assert "119" not in known.text
    assert "150" not in known.text


def test_a_line_that_is_withdrawn_is_not_shown(running: Bot, known: Chat, caller: int) -> None:
    running.app.database.write_now(lambda c: lines.sign(c, "SV", "126", caller, running.now))
    running.app.database.write_now(lambda c: lines.withdraw(c, "SV", "126", running.now))
    known.says("mi marido me pega")
    assert "126" not in known.text


def test_a_line_that_is_not_there_cannot_be_signed(running: Bot, caller: int) -> None:
    with pytest.raises(lines.NoSuchLine, match="arraigo lines"):
        running.app.database.write_now(lambda c: lines.sign(c, "GT", "1503", caller, running.now))


# --- wherever the person is ----------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", ["criterio", "ubicacion", "mis_datos", "baja", "acepta"])
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
    known.taps("No es seguro")
    known.taps("No, gracias")
    keys = known.taps("Seguir")
    assert keys[0] == "crisis.acompanar.aqui_estamos"
    if before:
        assert known.session.top
        assert (known.session.top.flow, known.session.top.step) == (before.flow, before.step)


def test_no_menu_is_pushed_right_after(known: Chat) -> None:
    known.says("menú")
    known.says(SELF_HARM)
    known.says("no")
    known.taps("No es seguro")
    known.taps("No, gracias")
    assert known.taps("Seguir") == ["crisis.acompanar.aqui_estamos"]
    assert known.session.stack == []


def test_also_while_a_person_of_the_team_has_the_conversation(running: Bot, known: Chat) -> None:
    taken = update(conversations).values(human_since=running.now)
    running.app.database.write_now(lambda c: c.execute(taken).rowcount)
    assert known.says("hola") == []
    assert known.says(SELF_HARM)[0] == "crisis.avisar.self_harm"
    assert cases(running) == [("self_harm", 1)]
    assert known.says("sí")[0] == "crisis.ahora.peligro"
    assert known.taps("Ver los números")[0] == "contacto.seguro.los_numeros"
    assert known.says("es que tengo miedo") == []  # for who has the conversation


# --- perhaps ---------------------------------------------------------------------------------------------------


def test_an_uncertain_sign_is_asked_about_gently_before_anybody_is_alarmed(running: Bot, known: Chat) -> None:
    assert known.says(UNCERTAIN) == ["crisis.preguntar.self_harm"]
    assert cases(running) == []
    assert known.says("no") == ["crisis.preguntar.aqui_estamos", "crisis.ofrecer.texto"]
    assert known.taps("Ahora no")[0] == "crisis.ofrecer.cuando_quiera"
    assert "911" in known.text
    assert cases(running) == []


def test_who_denies_danger_may_still_want_a_person(running: Bot, known: Chat) -> None:
    known.says(UNCERTAIN)
    known.taps("No hay peligro")
    assert known.taps("Sí, por favor")[-1] == "contacto.seguro.texto"
    assert cases(running) == [("self_harm", 2)]
    known.says("me quiero matar")  # and is urgent as soon as it is
    assert cases(running) == [("self_harm", 1)]


def test_an_uncertain_sign_that_is_meant(running: Bot, known: Chat) -> None:
    known.says(UNCERTAIN)
    assert known.says("sí")[0] == "crisis.avisar.self_harm"
    assert known.replies[-1].key == "contacto.seguro.texto"
    assert cases(running) == [("self_harm", 1)]


JOKES = (
    "era broma",
    "😂",
    "jajaja",
    "lo dije en broma jaja",
    "es un decir",
    "no es para tanto",
    "perdón, fue una broma",
)


@pytest.mark.parametrize("said", JOKES)
def test_what_is_taken_back_is_taken_well(running: Bot, known: Chat, said: str) -> None:
    known.says("quiero evaluarme de soldador")
    before = known.session.top
    known.says(UNCERTAIN)
    assert known.says(said)[0] == "crisis.preguntar.en_broma"
    assert known.session.top == before
    assert cases(running) == []


@pytest.mark.parametrize("said", JOKES)
def test_after_a_clear_sign_too_and_the_team_knows_already(running: Bot, known: Chat, said: str) -> None:
    known.says(SELF_HARM)
    assert known.says(said) == ["crisis.ahora.en_broma"]
    assert cases(running) == [("self_harm", 1)]
    assert known.session.stack == []


@pytest.mark.parametrize(
    "said", ["no es broma", "jaja sí, me quiero morir", "no, sí estoy en peligro", "no, no puedo más"]
)
def test_what_only_sounds_like_that_is_not_taken_for_it(running: Bot, known: Chat, said: str) -> None:
    known.says(UNCERTAIN)
    known.says(said)
    known.says("es en serio")
    assert [priority for _, priority in cases(running)] == [1]


@pytest.mark.parametrize(
    "said",
    ["me muero de hambre", "me mata el calor", "me estoy matando por encontrar chamba", "me muero de la risa"],
)
def test_idioms_alarm_nobody(running: Bot, known: Chat, said: str) -> None:
    assert not any(key.startswith("crisis") for key in known.says(said))
    assert running.rows(select(handoffs.c.id).where(handoffs.c.priority == 1)) == []


def test_said_twice_it_is_one_case_and_not_told_from_the_beginning(running: Bot, known: Chat) -> None:
    known.says(SELF_HARM)
    assert known.says("me quiero morir") == ["crisis.avisar.otra_vez", "crisis.ahora.texto"]
    assert cases(running) == [("self_harm", 1)]
    assert known.says("me voy a matar")[0] == "crisis.avisar.self_harm"  # graver: from the beginning
    assert cases(running) == [("self_harm", 1)]


# --- what is stored --------------------------------------------------------------------------------------------


def test_the_sub_kind_is_dropped_with_the_words_that_it_chose(known: Chat) -> None:
    known.says(VIOLENCE)
    assert "gang" not in known.session.to_json()
    known.says("no")
    known.taps("Prefiero que me llamen")
    known.taps("En la tarde")
    known.says("7890 1234")
    assert "+503" not in known.session.to_json()
    assert "gang" not in known.session.to_json()


def test_the_number_to_call_is_sealed_with_the_case(running: Bot, known: Chat) -> None:
    known.says(VIOLENCE)
    known.says("no")
    known.taps("Prefiero que me llamen")
    known.taps("En la tarde")
    assert known.says("789")[0] == "contacto.numero.telefono_malo"
    assert known.says("7890 1234")[0] == "contacto.numero.le_llaman"
    (case,) = running.rows(select(handoffs))
    assert (case.wants, case.call_hours) == ("call", "tarde")
    assert running.app.cipher.open(case.call_number_enc, "call number") == "+50378901234"


@pytest.mark.parametrize("said", ["mi niño tiene golpes y creo que es el maestro", "abusaron de mi nieta"])
def test_a_child_in_danger_is_a_case_of_a_child(running: Bot, known: Chat, said: str) -> None:
    known.says(said)
    assert cases(running) == [("child", 1)]


@pytest.mark.parametrize("said", [SELF_HARM, "mi papa me pega"])
def test_somebody_under_18_is_asked_no_forms(running: Bot, said: str) -> None:
    minor = running.chat()
    minor.says("hola")
    minor.taps("Sí, de acuerdo")
    minor.says("16")
    minor.says(said)
    if minor.replies[-1].key == "crisis.pais.texto":
        minor.taps("Honduras")
    assert minor.replies[-1].key == "crisis.acompanar.texto"
    assert cases(running)[0] == ("child", 1)


def test_the_words_go_after_72_hours_ours_and_theirs(running: Bot, known: Chat) -> None:
    known.says("busco trabajo")
    known.says(SELF_HARM)
    known.says("era broma")
    spoken = running.rows(select(messages.c.id).where(messages.c.sensitive))
    assert len(spoken) >= 6
    running.wait(hours=71)
    running.due()
    assert running.rows(select(messages.c.id).where(messages.c.sensitive, messages.c.body_enc.is_(None))) == []
    running.wait(hours=2)
    running.due()
    kept = select(messages.c.id).where(
        messages.c.sensitive, messages.c.body_enc.is_not(None) | messages.c.key.is_not(None)
    )
    assert running.rows(kept) == []
    other = select(messages.c.id).where(~messages.c.sensitive, messages.c.body_enc.is_not(None))
    assert running.rows(other) != []  # the rest of the conversation stays as long as it may


# --- others ----------------------------------------------------------------------------------------------------


def test_it_wins_over_an_opt_out(running: Bot, known: Chat) -> None:
    known.says("BAJA")
    assert len(running.rows(select(opt_outs))) == 1
    assert known.says(SELF_HARM)[0] == "crisis.avisar.self_harm"
    known.says("no")
    assert known.taps("Sí, es seguro") == ["crisis.acompanar.texto"]  # who wants no messages is offered none


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


def test_the_same_event_twice_is_one_case_and_one_answer(running: Bot, known: Chat) -> None:
    first = known.does(text=SELF_HARM, id="una-vez")
    before = known.text
    assert known.does(text=SELF_HARM, id="una-vez") == first
    assert known.text == before
    assert cases(running) == [("self_harm", 1)]
