"""Every kind of question, with answers as people type them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from flows.core.ask import Call, Choice, Number, Phone, Pick, Text, Where, chosen
from flows.core.copy import Label
from flows.core.reply import Option
from flows.core.said import Said, Shown
from flows.core.session import Session
from flows.core.step import Unclear
from flows.core.turn import Turn
from tests.kernel.talk import NOW, words

TURN = Turn(Session(), Said(), words({}), None, None, NOW, Random(1), "prueba")


def shown(options: dict[str, str], synonyms: dict[str, tuple[str, ...]] | None = None, page: int = 10) -> Shown:
    every = tuple(Option(option, title) for option, title in options.items())
    return Shown(every, every[:page], synonyms or {})


NOTHING = Shown()


def read(ask: Any, text: str, on_screen: Shown = NOTHING, **what: Any) -> Any:
    """The value, or the name of the text that says why there is none."""
    try:
        return ask.read(TURN, Said(text, **what), on_screen)
    except Unclear as unclear:
        return unclear.key


# --- Choice ------------------------------------------------------------------------------------------------------

TASK = shown(
    {"solo": "Sí, solo/a", "ayuda": "Con ayuda", "no": "No todavía"},
    {"solo": ("si", "solo", "sola", "👍"), "ayuda": ("mas o menos", "a veces"), "no": ("no", "nunca", "👎")},
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[("1", "solo"), ("2", "ayuda"), ("3", "no"), ("1.", "solo"), ("2)", "ayuda"), (" 3 ", "no"), ("2️⃣", "ayuda")],
        *[("uno", "solo"), ("la dos", "ayuda"), ("la tercera", "no"), ("opción 2", "ayuda"), ("la primera", "solo")],
        *[("0", "no_entendido"), ("4", "no_entendido"), ("12", "no_entendido"), ("-1", "solo")],
        *[("Sí, solo/a", "solo"), ("si solo a", "solo"), ("CON AYUDA", "ayuda"), ("no todavia", "no")],
        *[
            ("sí", "solo"),
            ("Siii", "solo"),
            ("sola", "solo"),
            ("NO", "no"),
            ("noo", "no"),
            ("👍", "solo"),
            ("👎", "no"),
        ],
        *[("más o menos", "ayuda"), ("A VECES", "ayuda"), ("aveces", "ayuda"), ("con alluda", "ayuda")],
        *[
            ("lo hago con ayuda", "ayuda"),
            ("sí, pero con ayuda", "ayuda"),
            ("no, nunca", "no"),
            ("nunca lo hice", "no"),
        ],
        *[
            ("no, con ayuda", "no_entendido"),
            ("no lo hago solo", "no_entendido"),
            ("no necesito ayuda", "no_entendido"),
        ],
        *[("no gracias", "no"), ("nel", "no"), ("quizás", "no_entendido"), ("no sé", "no_entendido")],
        *[("solo con ayuda", "no_entendido")],
        *[("hola", "no_entendido"), ("", "no_entendido"), ("   ", "no_entendido"), ("¿?", "no_entendido")],
        *[("🌮", "no_entendido"), ("‮", "no_entendido"), ("a" * 9_999, "no_entendido"), ("1" * 400, "no_entendido")],
        (
            "Yo de joven trabajé con ayuda de mi tío en un taller que estaba cerca del mercado de mi pueblo",
            "no_entendido",
        ),
    ],
)
def test_choice(text: str, answer: str) -> None:
    assert read(Choice("solo", "ayuda", "no"), text, TASK) == answer


@pytest.mark.parametrize("text", ["sí", "Claro que sí", "simón", "dale", "ok", "va pues", "yes", "de acuerdo", "👍"])
def test_yes_in_the_words_of_the_region(text: str) -> None:
    assert read(Choice("si", "no"), text, shown({"si": "Adelante", "no": "Mejor no"})) == "si"


@pytest.mark.parametrize("text", ["no", "nel", "No, gracias", "para nada", "no quiero", "no estoy de acuerdo"])
def test_no_in_the_words_of_the_region(text: str) -> None:
    agreed = shown({"si": "Adelante", "no": "Mejor no"}, {"si": ("de acuerdo",)})
    assert read(Choice("si", "no"), text, agreed) == "no"


@pytest.mark.parametrize("text", ["sola", "solo"])
def test_words_that_differ_by_a_letter_are_told_apart_where_they_are_short(text: str) -> None:
    genders = shown({"uno": "Solo", "una": "Sola"})
    assert read(Choice("uno", "una"), text, genders) == {"solo": "uno", "sola": "una"}[text]


def test_what_fits_two_options_is_neither() -> None:
    fruits = shown({"a": "Naranja dulce", "b": "Naranja agria"}, {"a": ("jugo",), "b": ("jugo",)})
    assert read(Choice("a", "b"), "jugo", fruits) == "no_entendido"
    assert read(Choice("a", "b"), "naranja dulce y naranja agria", fruits) == "no_entendido"
    assert read(Choice("a", "b"), "naranja dulse", fruits) == "a"


def test_a_tap_counts_and_nothing_beside_it() -> None:
    assert read(Choice("solo", "no"), "no", TASK, option="solo") == "solo"
    assert read(Choice("solo", "no"), "no", TASK, option="inventada") == "no_entendido"


def test_what_is_no_text_is_told_apart() -> None:
    assert read(Choice("solo"), "", TASK, media=("voice",)) == "solo_texto"
    assert read(Choice("solo"), "", TASK, location=(13.7, -89.2)) == "no_entendido"


def _shouts(_: Turn, said: Said) -> str | None:
    return "no" if said.text.isupper() else None


def test_a_question_may_hear_other_words_but_only_typed_ones_and_after_its_own() -> None:
    ask = Choice("solo", "no", hears=_shouts)
    assert read(ask, "JAMÁS DE LOS JAMASES", TASK) == "no"
    assert read(ask, "SOLA", TASK) == "solo"
    assert read(ask, "jamás de los jamases", TASK) == "no_entendido"
    assert read(ask, "JAMÁS", TASK, option="inventada") == "no_entendido"


def test_an_option_that_the_step_no_longer_has_is_no_answer() -> None:
    assert read(Choice("solo", "no"), "", TASK, option="ayuda") == "no_entendido"
    assert read(Choice("solo", "no"), "2", TASK) == "no_entendido"


def test_only_titles_that_were_seen_have_numbers_but_all_have_names() -> None:
    three = shown({"a": "Ahuachapán", "b": "Cabañas", "c": "Chalatenango"}, page=2)
    assert chosen(Said("2"), three) == "b"
    assert chosen(Said("chalate nango"), three) == "c"
    with pytest.raises(Unclear):
        chosen(Said("3"), three)


def test_choice_offers_its_options_in_order_with_the_words_of_the_copy() -> None:
    labels = {"no": Label("No"), "si": Label("Sí", "con gusto")}
    assert Choice("si", "no").offers(TURN, labels) == [Option("si", "Sí", "con gusto"), Option("no", "No")]


# --- Pick --------------------------------------------------------------------------------------------------------


def _trades(_: Turn) -> Sequence[Option]:
    return [Option("soldador", "Soldadura"), Option("carpintero", "Carpintería")]


def test_pick_offers_what_the_data_says_then_what_the_copy_adds() -> None:
    offered = Pick(_trades).offers(TURN, {"otro": Label("Otro oficio", "si no está")})
    assert [option.id for option in offered] == ["soldador", "carpintero", "otro"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1", "soldador"), ("carpinteria", "carpintero"), ("soldadora", "soldador"), ("panadero", "no_entendido")],
)
def test_pick_reads_the_question_as_shown(text: str, answer: str) -> None:
    assert read(Pick(_trades), text, Shown(tuple(_trades(TURN)), tuple(_trades(TURN)))) == answer
    assert read(Pick(_trades), text) == "no_entendido"  # nothing was shown


# --- Text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[("hola", "hola"), ("  dos palabras \n", "dos palabras"), ("ñandú 🌱", "ñandú 🌱"), ("x" * 10, "x" * 10)],
        *[("", "no_entendido"), (" \n\t", "no_entendido"), ("x" * 11, "x" * 11), ("x" * 13, "texto_largo")],
    ],
)
def test_text(text: str, answer: str) -> None:
    assert read(Text(12), text) == answer
    assert read(Text(12), "", media=("image",)) == "solo_texto"
    assert read(Text(12), "foto de mi casa"[:12], media=("image",)) == "foto de mi c"


# --- Where -------------------------------------------------------------------------------------------------------

HELP = shown({"lista": "Ver la lista", "otro_pais": "Estoy en otro país"})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[("Guazapa", "Guazapa"), (" soy de Xela ", "soy de Xela"), ("1", "#lista"), ("ver la lista", "#lista")],
        *[("estoy en otro pais", "#otro_pais"), ("", "no_entendido"), ("x" * 200, "texto_largo")],
        *[("@13.7,-89.2", "13.7,-89.2"), ("@", "no_entendido"), ("#lista", "#lista"), ("#", "no_entendido")],
        *[("# @ #", "no_entendido"), ("@@nan,inf", "nan,inf"), ("#otro", "otro")],
    ],
)
def test_where_in_words_never_looks_like_a_place_on_the_map_or_a_tap(text: str, answer: str) -> None:
    assert read(Where(), text, HELP) == answer


def test_where_on_the_map_or_by_tap() -> None:
    assert read(Where(), "", HELP, location=(13.69294, -89.2182)) == "@13.69294,-89.21820"
    assert read(Where(), "aquí", HELP, location=(0.0, -0.0)) == "@0.00000,-0.00000"
    assert read(Where(), "", HELP, option="lista") == "#lista"
    assert read(Where(), "", HELP, option="inventada") == "no_entendido"
    assert Where().wants == "location"
    assert Where().offers(TURN, {"lista": Label("Ver la lista")}) == [Option("lista", "Ver la lista")]


# --- Number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[("3", 3), ("tres", 3), ("3 hijos", "no_entendido"), ("veinte", 20), ("treinta y dos", "numero_fuera")],
        *[("0", 0), ("21", "numero_fuera"), ("999999999", "numero_fuera"), ("9" * 80, "no_entendido")],
        *[
            ("", "no_entendido"),
            ("ninguno", "no_entendido"),
            ("uno o dos", "no_entendido"),
            ("٣", 3),
            ("²", 2),
        ],
    ],
)
def test_number(text: str, answer: int | str) -> None:
    assert read(Number(0, 20), text) == answer


def test_a_number_out_of_bounds_is_told_the_bounds() -> None:
    with pytest.raises(Unclear) as caught:
        Number(1, 5).read(TURN, Said("9"), Shown())
    assert caught.value.values == {"least": 1, "most": 5}


# --- Phone -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *[("7000 1234", "+50370001234"), ("7000-1234", "+50370001234"), ("+503 7000 1234", "+50370001234")],
        *[
            ("mi número es 7000-1234", "+50370001234"),
            ("+502 5012 3456", "+50250123456"),
            ("00 504 9876-5432", "+50498765432"),
        ],
        *[("", "telefono_malo"), ("no tengo", "telefono_malo"), ("123", "telefono_malo"), ("7" * 500, "telefono_malo")],
        *[("+1", "telefono_malo"), ("+999 1234 5678", "telefono_malo"), ("7000 123", "telefono_malo")],
    ],
)
def test_phone(text: str, answer: str) -> None:
    assert read(Phone(), text) == answer


def test_phone_without_a_prefix_is_of_its_region() -> None:
    assert read(Phone("GT"), "5012 3456") == "+50250123456"


# --- all of them -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "value"),
    [
        *[(Choice("si"), "si"), (Pick(_trades), "soldador"), (Text(), "hola\n🌱"), (Where(), "@13.0,-89.0")],
        *[(Number(), 0), (Number(), 41), (Phone(), "+50370001234"), (Call("edad"), "25_34"), (Call("edad"), "")],
    ],
)
def test_what_is_stored_is_text_and_reads_the_same_again(ask: Any, value: object) -> None:
    stored = ask.save(value)
    assert isinstance(stored, str)
    assert ask.load(stored) == value


@pytest.mark.parametrize("ask", [Text(), Number(), Phone(), Call("edad")])
def test_free_questions_have_no_buttons(ask: Any) -> None:
    assert list(ask.offers(TURN, {"si": Label("Sí")})) == []
    assert ask.wants == ""


def test_a_call_reads_nothing_itself() -> None:
    assert read(Call("edad"), "34") == "no_entendido"
