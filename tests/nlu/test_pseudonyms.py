"""What tells who wrote a message is taken out before the message is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.pseudonyms import pseudonymised, unmarked


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("me llamo Juan Carlos Pérez y busco trabajo", "me llamo ⟨nombre⟩ y busco trabajo"),
        ("ME LLAMO JUANA, tengo 30", "ME LLAMO ⟨nombre⟩, tengo 30"),
        ("mi nombre es: maría de los ángeles, soy de Guazapa", "mi nombre es: ⟨nombre⟩, soy de Guazapa"),
        ("soy juan perez quiero un curso", "soy ⟨nombre⟩ quiero un curso"),
        ("soy Salvador Romero", "soy ⟨nombre⟩"),
        ("mi hijo se llama José y tiene 5", "mi hijo se llama ⟨nombre⟩ y tiene 5"),
        ("dígale a don Chepe que ya", "dígale a don ⟨nombre⟩ que ya"),
        ("I am John Smith and need work", "I am ⟨nombre⟩ and need work"),
        ("habla Rosa Melgar", "habla ⟨nombre⟩"),
        ("mi tel +503 7000-1234 llámenme", "mi tel ⟨teléfono⟩ llámenme"),
        ("7️⃣0️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣", "⟨teléfono⟩"),
        ("mi dui 01234567-8", "mi dui ⟨teléfono⟩"),
        ("código 55012", "código ⟨número⟩"),
        ("siete cero cero uno dos tres cuatro cinco", "⟨número⟩"),
        ("escríbame a juan.perez@gmail.com", "escríbame a ⟨correo⟩"),
        ("juan arroba gmail punto com", "⟨correo⟩"),
        ("vea https://x.org/a?b=1 o ejemplo.com.sv/yo", "vea ⟨enlace⟩ o ⟨enlace⟩"),
        ("estoy en @juanito99", "estoy en ⟨usuario⟩"),
    ],
)
def test_is_taken_out(said: str, kept: str) -> None:
    assert pseudonymised(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        *("soy soldador y electricista", "soy deportado de Houston", "soy de Guazapa", "yo soy el que preguntó ayer"),
        *(
            "tengo 3 hijos",
            "cobran Q1,500",
            "1.5 quintales",
            "me dicen que vuelva",
            "im looking for work",
            "¿hay becas?",
        ),
    ],
)
def test_is_left_alone(said: str) -> None:
    assert pseudonymised(said) == said


def test_an_example_to_learn_from_has_no_marks() -> None:
    assert unmarked(pseudonymised("me llamo Ana Sosa y busco curso, 70001234")) == "me llamo y busco curso,"


@given(st.text(max_size=80))
def test_whatever_is_written_no_long_number_stays(said: str) -> None:
    assert not re.search(r"\d{5}", pseudonymised(said))


@given(st.text(alphabet="me llamo soy don Ana Juan 0123456789@.:/⟨⟩", max_size=60))
def test_twice_is_once(said: str) -> None:
    once = pseudonymised(said)
    assert pseudonymised(once) == once
