"""Saying where one lives: by words, by list, by a shared location."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from db.tables import contacts
from tests.chat import Bot, Chat


@pytest.fixture
def asked(chat: Chat) -> Chat:
    """Somebody who has just been asked for their country."""
    chat.says("hola")
    chat.taps("Sí, de acuerdo")
    chat.says("30")
    return chat


def place_of(running: Bot) -> tuple[str | None, ...]:
    columns = contacts.c.country, contacts.c.department, contacts.c.district, contacts.c.place
    return tuple(running.rows(select(*columns))[0])


@pytest.mark.parametrize(
    ("country", "said", "place"),
    [
        ("El Salvador", "guazapa", "SV/San Salvador Norte/Guazapa"),
        ("El Salvador", "vivo en USULUTAN", "SV/Usulután Este/Usulután"),
        ("Guatemala", "xela", "GT/Quetzaltenango/Quetzaltenango"),
        ("Guatemala", "soy de huehue", None),
        ("Honduras", "tegus", "HN/Francisco Morazán/Distrito Central"),
        ("Honduras", "sanpedro sula", "HN/Cortés/San Pedro Sula"),
    ],
)
def test_by_words(running: Bot, asked: Chat, country: str, said: str, place: str | None) -> None:
    asked.taps(country)
    keys = asked.says(said)
    if keys[-1] == "ubicacion.cual.una":
        keys = asked.taps_first()
    if place is None:
        assert keys[-1].startswith(("ubicacion.", "menu."))
    else:
        assert keys[-1] == "menu.que_hacer.texto", asked.text
        assert place_of(running)[3] == place


def test_an_ambiguous_name_is_asked_not_guessed(running: Bot, asked: Chat) -> None:
    asked.taps("El Salvador")
    assert asked.says("San Lorenzo") == ["ubicacion.cual.texto"]
    departments = {option.description for option in asked.replies[-1].options if option.description}
    assert {"Ahuachapán", "San Vicente"} <= departments
    asked.taps_first()
    assert place_of(running)[3]


def test_none_of_these_leads_back(asked: Chat) -> None:
    asked.taps("El Salvador")
    asked.says("San Lorenzo")
    assert asked.taps("Ninguno de estos") == ["ubicacion.donde.texto"]


def test_by_list_with_pages_and_the_old_names_of_el_salvador(running: Bot, asked: Chat) -> None:
    asked.taps("El Salvador")
    assert asked.taps("Ver la lista") == ["ubicacion.departamento.texto"]
    assert len(asked.replies[-1].options) == 10
    asked.taps("Ver más")
    asked.taps("Usulután")
    titles = [option.title for option in asked.replies[-1].options]
    assert "Berlín" in titles
    asked.taps("Berlín")
    assert place_of(running)[:3] == ("SV", "Usulután", "Berlín")


def test_pages_go_round(asked: Chat) -> None:
    asked.taps("Guatemala")
    asked.taps("Ver la lista")
    first = [option.title for option in asked.replies[-1].options]
    for _ in range(3):
        asked.taps("Ver más")
    assert [option.title for option in asked.replies[-1].options] == first


def test_a_number_means_the_title_on_the_page_that_was_seen(asked: Chat) -> None:
    asked.taps("Guatemala")
    asked.taps("Ver la lista")
    asked.taps("Ver más")
    second = asked.replies[-1].options[1].title
    asked.says("2")
    assert asked.session.stack[-1].answers["departamento"].endswith(second)


def test_by_shared_location(running: Bot, asked: Chat) -> None:
    asked.taps("El Salvador")
    assert asked.replies[-1].wants == "location"
    assert asked.shares(13.4833, -88.1833) == ["ubicacion.cual.texto"]
    asked.taps_first()
    assert place_of(running)[1] == "San Miguel"


def test_a_location_abroad_is_said_to_be_far(asked: Chat) -> None:
    asked.taps("El Salvador")
    assert asked.shares(34.05, -118.24) == ["ubicacion.donde.lejos", "ubicacion.donde.texto"]


def test_a_department_is_narrowed_down(asked: Chat) -> None:
    asked.taps("Honduras")
    keys = asked.says("departamento de Olancho")
    assert keys == ["ubicacion.municipio.texto"]


def test_words_that_are_no_place(asked: Chat) -> None:
    asked.taps("Honduras")
    assert asked.says("xyzzy plugh") == ["ubicacion.donde.no_conozco", "ubicacion.donde.texto"]


def test_abroad(running: Bot, asked: Chat) -> None:
    assert asked.taps("Otro país") == ["ubicacion.pais.en_otro_pais", "menu.que_hacer.texto"]
    assert place_of(running)[0] == "other"
