"""A wish that was guessed wrong is undone with one tap, and nothing of what was before is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tomllib import loads

import pytest

from flows.catalogo import DOORS
from flows.core.session import Session
from tests.chat import Bot, Chat, bot
from tests.fakes.unsure import UNSURE, Unsure

PAPERS, TRADE, THERE, BEFORE, SO = UNSURE
UNDO = "No, quise decir…"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Bot]:
    with bot(tmp_path) as made:
        made.app.__dict__["nlu"] = Unsure(made.app.nlu, UNSURE)
        yield made


@pytest.fixture
def chat(running: Bot) -> Chat:
    return running.chat()


@pytest.fixture
def known(running: Bot) -> Chat:
    person = running.chat()
    person.says("hola")
    person.taps("Sí, de acuerdo")
    person.says("34")
    person.taps("El Salvador")
    person.says("Guazapa")
    return person


@pytest.fixture
def welder(known: Chat) -> Chat:
    """Somebody in the middle of a diagnosis, with one answer given."""
    known.says("quiero evaluarme de soldador")
    known.taps("Sí, solo/a")
    return known


def titles(chat: Chat) -> list[str]:
    return [option.title for option in chat.replies[-1].options]


def plain(session: Session) -> object:
    """Where somebody is, without what only counts messages and screens."""
    return [session.stack, session.paused, session.goal, session.guess]


# --- offered, and where not ----------------------------------------------------------------------------


def test_the_button_is_the_last_and_the_first_leads_forward_as_ever(known: Chat) -> None:
    known.says(TRADE)
    asked = titles(known)
    assert asked[-1] == UNDO
    known.says("menú")
    known.taps("Cuánto vale mi oficio")
    assert titles(known)[0] == asked[0]
    assert UNDO not in titles(known)


@pytest.mark.parametrize("said", ["mis datos", "menú", "quiero ver mis datos", "gracias"])
def test_what_is_certain_or_a_command_is_no_guess(known: Chat, said: str) -> None:
    known.says(said)
    assert UNDO not in titles(known)


def test_a_tapped_button_is_no_guess(known: Chat) -> None:
    known.taps("Cuánto vale mi oficio")
    assert UNDO not in titles(known)
    assert known.session.guess is None


@pytest.mark.parametrize("said", ["me quiero matar", "ya no aguanto", "BAJA", "borrar", "quiero borrar mis datos"])
def test_danger_stopping_and_erasing_are_never_undone(welder: Chat, said: str) -> None:
    welder.says(said)
    assert all(option.title != UNDO for reply in welder.replies for option in reply.options)
    assert welder.session.guess is None


def test_nor_is_anybody_led_away_from_danger_below(welder: Chat) -> None:
    welder.says("me quiero matar")
    welder.says(THERE)
    assert all(option.title != UNDO for reply in welder.replies for option in reply.options)


# --- taken back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["tap", "no, eso no", "No, no era eso", "no era eso", "4"])
def test_back_exactly_where_one_was(welder: Chat, how: str) -> None:
    before = welder.session
    welder.says(THERE if how == "4" else PAPERS)
    welder.taps(UNDO) if how == "tap" else welder.says(how)
    assert welder.replies[-1].key == "quise_decir.cual.texto"
    welder.taps("Seguir donde iba")
    assert welder.replies[-1].key == "diagnostico.so05.texto"
    assert plain(welder.session) == plain(before)


def test_it_offers_what_else_the_words_may_have_meant(welder: Chat) -> None:
    welder.says(PAPERS)
    welder.taps(UNDO)
    assert titles(welder) == [
        *("Ver mis datos", "Cursos", "Seguir donde iba", "Ver el menú", "Hablar con alguien"),
    ]
    assert welder.taps("Ver mis datos") == ["mis_datos.que_hacer.texto"]
    assert [frame.flow for frame in welder.session.paused] == ["diagnostico"]
    assert UNDO not in titles(welder)


def test_an_interruption_is_taken_back_to_the_same_question(welder: Chat) -> None:
    welder.says(THERE)
    assert welder.replies[-1].key == "diagnostico.so05.texto"
    assert titles(welder)[-1] == UNDO
    welder.taps(UNDO)
    assert welder.taps("Buscar trabajo")[0] == "servicio.explicar.empleo"


def test_the_answer_can_be_given_all_the_same(welder: Chat) -> None:
    welder.says(THERE)
    assert welder.taps("Con ayuda") == ["diagnostico.so10.texto"]
    assert welder.session.stack[-1].answers["so05"] == "ayuda"
    assert (titles(welder)[-1], welder.session.guess) == ("No todavía", None)


def test_the_menu_and_a_person(known: Chat) -> None:
    known.says(TRADE)
    known.taps(UNDO)
    assert known.taps("Ver el menú") == ["menu.que_hacer.texto"]
    known.says(TRADE)
    known.taps(UNDO)
    assert known.taps("Hablar con alguien")[0].startswith("persona.registrar")


def test_in_other_words(known: Chat) -> None:
    known.says(TRADE)
    known.taps(UNDO)
    assert known.says("¿es una estafa?")[0] == "confianza.quienes_somos.texto"
    assert known.replies[-1].key == "menu.que_hacer.texto"
    assert all(frame.flow != "quise_decir" for frame in known.session.stack)


def test_wrong_twice(known: Chat) -> None:
    known.says(TRADE)
    known.taps(UNDO)
    known.says(PAPERS)
    known.taps(UNDO)
    assert [frame.flow for frame in known.session.stack] == ["menu", "quise_decir"]
    assert "Seguir donde iba" not in titles(known)


def test_nothing_else_to_offer(known: Chat) -> None:
    known.says(BEFORE)
    known.taps(UNDO)
    assert titles(known) == ["Ver el menú", "Hablar con alguien"]


# --- stale, and behind the welcome ---------------------------------------------------------------------


def test_a_stale_tap_is_an_old_button(known: Chat) -> None:
    known.says(TRADE)
    old = known.replies[-1].options[-1]
    assert old.title == UNDO
    known.says("asdf qwer")
    assert known.does(option=old.id)[0] == "comun.boton_viejo"
    assert known.session.guess is None
    assert UNDO not in titles(known)


def test_later_the_same_words_mean_nothing_special(known: Chat) -> None:
    known.says(TRADE)
    known.taps_first()
    assert "quise_decir.cual.texto" not in known.says("no era eso")


def test_a_stranger_is_offered_it_when_the_welcome_is_over(chat: Chat) -> None:
    chat.says(TRADE)
    assert chat.replies[-1].key == "bienvenida.acepta.texto"
    assert UNDO not in titles(chat)
    chat.taps("Sí, de acuerdo")
    chat.says("34")
    assert (chat.replies[-1].key, titles(chat)[-1]) == ("diagnostico.oficio.texto", UNDO)
    chat.taps(UNDO)
    assert titles(chat) == ["Buscar trabajo", "Ver el menú", "Hablar con alguien"]
    assert (chat.session.goal, len(chat.session.stack)) == (None, 1)


def test_who_erases_everything_takes_the_guess_along(known: Chat) -> None:
    known.says(TRADE)
    known.says("soy otra persona")
    known.taps("Sí, soy otra")
    assert known.session.guess is None


# --- the words -----------------------------------------------------------------------------------------


def test_every_reading_has_a_title_that_fits_a_button() -> None:
    text = Path("flows/textos/quise_decir.toml").read_text(encoding="utf-8")
    heading = loads(text)["cual"]
    assert {"thanks"} == DOORS.keys() - heading["lecturas"].keys() - heading["botones"].keys()
    assert all(len(title) <= 20 for title in [*heading["lecturas"].values(), *heading["botones"].values()])
    assert len(UNDO) <= 20
