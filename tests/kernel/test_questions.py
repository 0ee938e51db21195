"""The question on screen: its buttons and their ids, its pages, and readings that fail."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from flows.core.ask import Choice, Number, Pick
from flows.core.reply import Option
from flows.core.said import Said
from flows.core.screen import ROWS, put
from flows.core.step import END, Flow, Next, Unclear
from flows.core.turn import Turn
from tests.kernel.talk import Talk
from tests.kernel.test_flow import asking


def listing(count: int) -> Flow:
    """One of so many fruits, then the end."""
    flow = Flow("a")

    def fruits(_: Turn) -> Sequence[Option]:
        return [Option(f"f{number:02}", f"Fruta {number:02}") for number in range(1, count + 1)]

    @flow.step(Pick(fruits))
    def fruta(turn: Turn, answer: str) -> Next:
        turn.answers["escogida"] = answer
        return fin

    @flow.step(Choice("fin"))
    def fin(turn: Turn, answer: str) -> Next:
        return END

    return flow


# --- buttons ---------------------------------------------------------------------------------------------------


def test_every_showing_of_a_question_has_buttons_of_its_own() -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    first = [option.id for option in talk.replies[-1].options]
    talk.asks_again()
    second = [option.id for option in talk.replies[-1].options]
    assert [id_.partition(".")[2] for id_ in first + second] == ["si", "no", "si", "no"]
    assert set(first).isdisjoint(second)


def test_an_old_button_never_answers_the_question_on_screen() -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    old = talk.replies[-1].options[1].id
    talk.asks_again()
    assert talk.taps_id(old) == ["comun.boton_viejo", "a.primera.texto"]
    assert talk.session.stack[0].answers == {}


@pytest.mark.parametrize("option", ["quizas", "", "!mas", "!persona", "si.no", "SI"])
def test_a_button_that_was_never_shown_is_not_understood(option: str) -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    instance = talk.replies[-1].options[0].id.partition(".")[0]
    assert talk.taps_id(f"{instance}.{option}") == ["a.primera.no_entendido", "a.primera.texto"]


def test_a_gate_cannot_be_shown() -> None:
    flow = Flow("a")

    @flow.gate
    def paso(turn: Turn) -> Next:
        return END

    with pytest.raises(TypeError, match="paso is a gate"):
        Talk.of(flow).meets(Said(), lambda turn: put(turn, paso, 0, person=False))


# --- pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 9, 10])
def test_what_fits_a_list_is_one_page(count: int) -> None:
    talk = Talk.of(listing(count))
    talk.begins("a")
    assert len(talk.titles) == count


@pytest.mark.parametrize(("count", "pages"), [(11, 2), (18, 2), (19, 3), (100, 12)])
def test_longer_lists_are_paged_round_and_round_and_everything_is_on_some_page(count: int, pages: int) -> None:
    talk = Talk.of(listing(count))
    talk.begins("a")
    first, seen = talk.titles, set[str]()
    for _ in range(pages):
        assert 2 <= len(talk.titles) <= ROWS
        assert talk.titles[-1] == "Ver más"
        seen |= set(talk.titles)
        assert talk.taps("Ver más") == ["a.fruta.texto"]
    assert talk.titles == first
    assert len(seen) == count + 1


@pytest.mark.parametrize("said", ["Ver más", "ver mas", "10", "la diez", "VER MÁS!"])
def test_the_next_page_by_words_or_number(said: str) -> None:
    talk = Talk.of(listing(19))
    talk.begins("a")
    assert talk.says(said) == ["a.fruta.texto"]
    assert talk.titles[0] == "Fruta 10"
    assert talk.session.stack[0].answers == {}


def test_a_number_means_the_page_that_was_seen_and_a_name_any_page() -> None:
    for said, meant in (("2", "f11"), ("fruta 03", "f03"), ("Fruta 19", "f19")):
        talk = Talk.of(listing(19))
        talk.begins("a")
        talk.taps("Ver más")
        assert talk.says(said) == ["a.fin.texto"]
        assert talk.session.stack[0].answers["escogida"] == meant


def test_a_number_of_a_shorter_last_page() -> None:
    talk = Talk.of(listing(11))
    talk.begins("a")
    talk.taps("Ver más")
    assert talk.titles == ["Fruta 10", "Fruta 11", "Ver más"]
    assert talk.says("7")[0] == "a.fruta.no_entendido"
    assert talk.titles == ["Fruta 10", "Fruta 11", "Ver más"]  # still the page that was seen
    assert talk.says("3") == ["a.fruta.texto"]
    assert talk.titles[0] == "Fruta 01"


def test_a_list_that_has_become_shorter_has_no_empty_page() -> None:
    talk = Talk.of(listing(30))
    talk.begins("a")
    for _ in range(3):
        talk.taps("Ver más")
    later = talk.after_deploy(listing(12))
    later.taps("Ver más")
    assert len(later.titles) > 1
    later = talk.after_deploy(listing(3))
    assert later.asks_again() == ["a.fruta.texto"]
    assert later.titles == ["Fruta 01", "Fruta 02", "Fruta 03"]


# --- readings that fail ----------------------------------------------------------------------------------------


def test_the_first_failed_reading_asks_again_the_second_offers_a_person_the_third_is_short() -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    assert talk.says("xyzzy") == ["a.primera.no_entendido", "a.primera.texto"]
    assert talk.titles == ["Si", "No"]
    assert talk.says("xyzzy") == ["a.primera.no_entendido", "a.primera.texto"]
    assert talk.titles == ["Si", "No", "Una persona"]
    for _ in range(3):
        assert talk.says("xyzzy") == ["comun.no_entendido_mas"]
    assert talk.taps_id(f"{talk.session.question.id}.si" if talk.session.question else "") == ["a.segunda.texto"]
    assert talk.session.misses == 0


@pytest.mark.parametrize("said", ["3", "la tercera", "Una persona", "una persona por favor"])
def test_the_person_is_taken_by_number_or_words_too_and_is_never_an_answer(said: str) -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    talk.says("xyzzy")
    talk.says("xyzzy")
    wanted = []
    talk.meets(Said(said), lambda turn: wanted.append(talk.engine.wants_person(turn)))
    assert wanted == [True]


@pytest.mark.parametrize("said", ["si", "1", "no", "2", "xyzzy", "4", ""])
def test_nobody_is_called_by_another_answer(said: str) -> None:
    talk = Talk.of(asking("a"))
    talk.begins("a")
    talk.says("xyzzy")
    talk.says("xyzzy")
    wanted = []
    talk.meets(Said(said), lambda turn: wanted.append(talk.engine.wants_person(turn)))
    assert wanted == [False]


def test_the_person_stays_in_sight_below_a_long_list() -> None:
    talk = Talk.of(listing(30))
    talk.begins("a")
    talk.taps("Ver más")
    talk.says("xyzzy")
    assert talk.titles[0] == "Fruta 10"
    talk.says("xyzzy")
    assert len(talk.titles) == ROWS
    assert talk.titles[-2:] == ["Ver más", "Una persona"]
    talk = Talk.of(listing(10))
    talk.begins("a")
    talk.says("xyzzy")
    talk.says("xyzzy")
    assert talk.titles == [*(f"Fruta 0{number}" for number in range(1, 9)), "Ver más", "Una persona"]


def test_a_number_answers_a_question_for_a_number_though_a_person_is_offered() -> None:
    flow = Flow("a")

    @flow.step(Number(0, 9))
    def hijos(turn: Turn, value: int) -> Next:
        return END

    talk = Talk.of(flow)
    talk.begins("a")
    talk.says("xyzzy")
    talk.says("12")
    assert talk.titles == ["Una persona"]
    assert talk.says("1") == ["casa.puerta.texto"]


def test_with_nothing_under_way_home_is_shown_until_that_too_was_not_understood() -> None:
    talk = Talk.of()
    keys = talk.meets(Said("xyzzy"), lambda turn: talk.engine.unclear(turn, Unclear()))
    assert keys == ["comun.no_entendido_libre", "casa.puerta.texto"]
    assert talk.says("xyzzy")[0] == "casa.puerta.no_entendido"
    assert talk.titles[-1] == "Una persona"
