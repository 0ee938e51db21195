"""Languages: who writes English goes on in both; who speaks a Mayan language gets a person, first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select

from bot import reviews
from bot.reviews import Review
from db.tables import consents, contacts, handoffs
from nlu.understanding import Alarm, Engine, Understanding
from tests.chat import Bot, Chat

WELCOME = "bienvenida.acepta.texto"


def language_of(running: Bot) -> str:
    return str(running.rows(select(contacts.c.language).order_by(contacts.c.id))[0][0])


# --- English -------------------------------------------------------------------------------------------------


def test_an_english_speaker_from_the_welcome_to_a_case(running: Bot, chat: Chat) -> None:
    assert chat.says("Hi, I just got deported and I need a job") == ["comun.hablo_ingles", WELCOME]
    assert "I understand some English" in chat.text
    assert "We are not immigration or police" in chat.text
    assert "No somos migración" in chat.text
    assert [option.title for option in chat.replies[-1].options] == ["Sí / Yes", "No guardar / No", "¿Qué? / What?"]
    keys = chat.says("I agree")
    assert keys == ["bienvenida.acepta.acepto", "edad.rango.texto"]
    assert "How old are you?" in chat.text
    assert "comun.hablo_ingles" not in keys  # once
    assert chat.says("29")
    chat.says("can i talk to a person please")
    (case,) = running.rows(select(handoffs))
    assert case.language == "en"
    assert "Your case is" in chat.text


def test_who_agrees_in_english_agrees_to_the_english_words_as_well(running: Bot, chat: Chat) -> None:
    chat.says("hello, can you help me find work?")
    chat.says("yes")
    (consent,) = running.rows(select(consents))
    assert consent.text_version.endswith("+en")


@pytest.mark.parametrize("said", ["nice", "nice gracias", "ok thanks", "hello", "sí, nice"])
def test_a_word_of_english_changes_nothing(running: Bot, known: Chat, said: str) -> None:
    known.says(said)
    assert language_of(running) == "es"
    assert "I understand" not in known.text
    assert "What can I help" not in known.text


def test_little_evidence_twice_is_enough(running: Bot, known: Chat) -> None:
    known.says("looking for job")
    known.says("need help please")
    assert language_of(running) == "en"


def test_back_to_spanish_by_a_word_or_by_writing_it(running: Bot, known: Chat) -> None:
    known.says("I want to know how this works please")
    assert language_of(running) == "en"
    assert known.says("español")[0] == "comun.hablo_espanol"
    assert language_of(running) == "es"
    known.says("english")
    assert language_of(running) == "en"
    assert known.says("I want to learn a new trade, any classes?")
    assert "comun.hablo_ingles" not in [reply.key for reply in known.replies]


def test_two_messages_in_spanish_lead_back(running: Bot, known: Chat) -> None:
    known.says("I want to know how this works please")
    known.says("disculpe quiero saber de los cursos que tienen")
    assert language_of(running) == "en"
    known.says("y también busco trabajo para mi hermano")
    assert language_of(running) == "es"


@pytest.mark.parametrize(("said", "key"), [("STOP", "baja.salir.hecho"), ("unsubscribe", "baja.salir.hecho")])
def test_stopping_in_english(known: Chat, said: str, key: str) -> None:
    known.says("I want to know how this works please")
    assert known.says(said) == [key]
    assert "We will not write to you" in known.text


def test_erasing_in_english(known: Chat) -> None:
    known.says("I want to know how this works please")
    assert known.says("delete my data") == ["borrar.confirmar.texto"]
    assert "cannot be undone" in known.text
    known.says("yes")
    assert "Done" in known.text


def test_danger_in_english_is_answered_in_both(running: Bot, chat: Chat) -> None:
    assert chat.says("I want to kill myself")[0].startswith("crisis.")
    assert "matters to me" in chat.text or "call" in chat.text
    assert "me importa" in chat.text or "llame" in chat.text
    assert "comun.hablo_ingles" not in [reply.key for reply in chat.replies]  # first things first
    chat.says("yes")
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.language) == ("self_harm", "en")


def test_the_menu_shows_english_below_each_line(known: Chat) -> None:
    known.says("can you show me the menu please")
    known.says("menu")
    options = {option.title: option.description for option in known.replies[-1].options}
    assert options["Buscar trabajo"] == "Find a job"
    assert "What can I help you with?" in known.text


def test_what_was_not_understood_is_said_in_both(known: Chat) -> None:
    known.says("I want to know how this works please")
    known.says("quiero evaluarme de soldador")
    known.says("qwertz asdf")
    assert "Answer in your own words" in known.text


# --- Mayan languages -----------------------------------------------------------------------------------------


def test_a_greeting_in_kiche_is_answered_with_a_choice(running: Bot, chat: Chat) -> None:
    assert chat.says("saqarik") == ["idioma.ofrecer.texto"]
    assert "k'iche'" in chat.text
    assert running.rows(select(handoffs)) == []
    assert chat.taps("Seguir en español") == ["comun.seguimos", WELCOME]
    assert chat.says("maltyox") != ["idioma.ofrecer.texto"]


def test_who_goes_on_in_kiche_gets_a_person(running: Bot, chat: Chat) -> None:
    chat.says("saqarik")
    chat.says("la utz awach, kinwaj kinch'aw ruk' jun winaq")
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority, case.language) == ("person", 2, "quc")
    assert case.code in chat.text
    assert chat.taps("Esperar a alguien") == ["idioma.seguir.esperando_sin_guardar"]


def test_nobody_reviewed_a_greeting_so_none_is_shown(chat: Chat) -> None:
    chat.says("chan xaawil, ma sa laa ch'ool")
    assert chat.replies[0].key == "idioma.avisar.sin_horario"
    assert not chat.replies[0].media


def test_a_greeting_is_said_while_its_review_counts(running: Bot, chat: Chat) -> None:
    kekchi = next(item for item in reviews.items(running.app.copy) if (item.kind, item.key) == ("mayan", "kek"))
    signed = Review("Ana Ruiz", "", "Academia", date(2026, 11, 20))
    review = running.app.database.write_now(lambda c: reviews.add(c, kekchi, signed, None, running.now))
    chat.says("chan xaawil, ma sa laa ch'ool")
    assert chat.replies[0].text == "Ma sa laa ch'ool"
    running.app.database.write_now(lambda c: reviews.withdraw(c, review, running.now) is not None)
    other = running.chat()
    other.says("chan xaawil, ma sa laa ch'ool")
    assert other.replies[0].key == "idioma.avisar.sin_horario"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("hablo mam, no entiendo bien el español", "mam"),
        ("solo hablo quekchí", "kek"),
        ("yo habla kanjobal poco español", "kjb"),
        ("alguien que hable kaqchikel por favor", "cak"),
        ("hablo chuj no puedo leer español", "cac"),
    ],
)
def test_naming_ones_language_in_the_middle_of_a_diagnosis(running: Bot, known: Chat, said: str, language: str) -> None:
    known.says("quiero evaluarme de soldador")
    keys = known.says(said)
    assert keys == ["idioma.avisar.sin_horario", "idioma.seguir.texto"]
    (case,) = running.rows(select(handoffs))
    assert (case.language, case.priority) == (language, 2)
    assert known.taps("Seguir en español") == ["comun.seguimos", "diagnostico.so01.texto"]
    assert language_of(running) == language  # whoever answers should speak it


def test_choosing_from_the_list(running: Bot, known: Chat) -> None:
    assert known.says("cambiar idioma") == ["idioma.cual.texto"]
    assert known.taps("Q'eqchi'")[0] == "idioma.avisar.sin_horario"
    assert language_of(running) == "kek"


def test_another_language_is_asked_for_its_name_and_only_the_code_is_kept(running: Bot, known: Chat) -> None:
    known.says("cambiar idioma")
    assert known.taps("Otro idioma") == ["idioma.otro.texto"]
    known.says("garífuna, soy de Livingston")
    assert language_of(running) == "cab"
    assert "Livingston" not in known.session.to_json()


def test_a_mayan_message_does_not_lead_away_from_danger(running: Bot, known: Chat) -> None:
    known.says("me quiero morir")
    keys = known.says("kinwaj kamik, man utz ta nuk'u'x, saqarik nan")
    assert not any(key.startswith("idioma") for key in keys)
    known.says("rajawaxik chwe jun winaq, xuq ronojel")
    (case,) = running.rows(select(handoffs))
    assert case.reason == "self_harm"
    assert case.language == "quc"


class Anxious:
    """An engine whose model holds everything for danger, as it may what is in a language that it never learned."""

    def __init__(self, inner: Engine) -> None:
        self._inner = inner

    def parse(self, text: str, *, country: str | None = None, now: datetime) -> Understanding:
        understood = self._inner.parse(text, country=country, now=now)
        return replace(understood, alarm=Alarm("self_harm", "thoughts", False, "model"))


def test_a_guess_of_danger_in_kiche_calls_a_person_with_urgency(running: Bot) -> None:
    running.app.__dict__["nlu"] = Anxious(running.app.nlu)
    chat = running.chat()
    keys = chat.says("man kinwetamaj ta kaxlan tzij")
    assert keys == ["idioma.avisar.si_hay_peligro", "idioma.avisar.sin_horario", "idioma.seguir.texto"]
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority, case.language) == ("person", 1, "quc")
    assert running.chat().says("no me siento bien")[0].startswith("crisis.preguntar")


def test_a_department_is_no_language(known: Chat) -> None:
    assert "idioma.avisar.sin_horario" not in known.says("soy de quiché")


def test_the_start_that_telegram_sends_is_nobodys_language(running: Bot) -> None:
    person = running.chat(channel="telegram")
    person.says("/start")
    assert person.replies[-1].options[0].title == "Sí, de acuerdo"
