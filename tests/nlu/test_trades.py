"""Trades are found by every name they go by, and small talk names none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.trades import TradeNames

COLLOQUIAL = {
    "drywall_installer": "drywolero, shirroc, tablaroquero, yesero, cielos falsos, trabajé poniendo drywall, soy taper",
    "carpenter": "carpintero, carpintera, ebanista, hago muebles, carpintería, finish carpenter, carpintreo",
    "tile_installer": "pisero, tailero, azulejero, poner piso, pegaba cerámica, enchapador, tile setter",
    "structural_welder": "soldador, soldadora, sordador, herrero, herrería, welder, güelder, soldadura, balconero",
    "construction_worker": "albañil, alvañil, albañila, bloquero, pegar block, obrero, ayudante de albañil",
    "landscape_planter": "jardinero, yardero, landscaping, lanscape, cortaba grama, cortar zacate, jardinería",
    "everyday_cook": "cocinero, cosinera, line cook, prep cook, parrillero, cuquear, cocinera de comedor",
    "gourmet_cook": "chef, sous chef, cocinero internacional, cocinera gourmet, comida italiana, sushero",
    "acrylic_nail_sculptor": "uñas, uñas acrílicas, pongo uñas, hago unas, manicurista, nail tech, neils",
    "auto_body_painter": "pintor de carros, enderezado y pintura, hojalatero, latonería, body shop, bodichop",
    "housing_electrician": "electricista residencial, electricista de casas, instalaciones eléctricas",
    "industrial_electrician": "electricista industrial, electrisista industrial, mantenimiento eléctrico",
}


@pytest.mark.parametrize(("slug", "name"), [(slug, n) for slug, ns in COLLOQUIAL.items() for n in ns.split(", ")])
def test_colloquial_names(trades: TradeNames, slug: str, name: str) -> None:
    for typed in (name, name.upper(), f"fíjese que {name} y otras cosas"):
        if name == "hago unas" and typed != name and not typed.isupper():
            continue  # without ñ only as the last word: «hago unas preguntas»
        assert trades.find(typed)[0].slug == slug


def test_every_name_of_the_catalogue(trades: TradeNames, catalogue: list[dict[str, Any]]) -> None:
    for trade in catalogue:
        official = [name for names in trade["nombres"].values() if isinstance(names, list) for name in names]
        for name in [*official, trade["en"], *trade["dicen_tambien"]]:
            found = trades.find(name)
            best = {match.slug for match in found if match.score == found[0].score}
            assert trade["id"] in best, name


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("electricista", ["housing_electrician", "industrial_electrician"]),
        ("framer", ["drywall_installer", "carpenter"]),
    ],
)
def test_a_name_of_two_trades_gives_both_alike(trades: TradeNames, text: str, slugs: list[str]) -> None:
    found = trades.find(text)
    assert [match.slug for match in found] == slugs
    assert found[0].score == found[1].score


def test_cook_alone_is_both_cooks_everyday_first(trades: TradeNames) -> None:
    assert [match.slug for match in trades.find("cocinero")] == ["everyday_cook", "gourmet_cook"]


def test_best_first(trades: TradeNames) -> None:
    found = trades.find("kiero q me evaluen travaje 8 años d drywoler en jiuston")
    assert [match.slug for match in found] == ["drywall_installer"]
    assert found[0].matched == "drywoler"


SMALL_TALK = """hola buenas tardes
tengo unas preguntas
quiero hacer unas preguntas por favor
quiero hablar con una persona
cuánto cuesta
esto es una estafa?
borren mis datos
a qué hora es mi cita
me duele la espalda
los soldados estaban en la frontera
perdí mi dpi
necesito un abogado
no tengo donde dormir
me siento triste
quiero ahorrar dinero
le debo al banco
mi hijo va a la escuela
gracias a dios estoy bien
nos vemos mañana
el partido estuvo bueno
está lloviendo mucho
english please
no entiendo la pregunta
me equivoqué de opción
la respuesta correcta es dos
quién ganó ayer
mi conocido me contó de ustedes
he encontrado su número en internet
soy de san miguel
vivo en la colonia centroamericana
quiero cambiar mi cita
cancelen mi cita
ya no me manden mensajes
me llamo carlos herrera
mi hermana se llama victoria
tengo tres hijos
vine en un avión
me deportaron en enero
no me han contestado
puede llamarme en la tarde
me interesa mucho
tal vez la otra semana
es un contacto de la oficina
unas personas me dijeron que vinera
hay unas cosas que no entiendo
el color rojo me gusta
a las unas horas
mi tía está en el consulado
jajaja qué risa""".splitlines()


@pytest.mark.parametrize("sentence", SMALL_TALK)
def test_small_talk_names_no_trade(trades: TradeNames, sentence: str) -> None:
    assert trades.find(sentence) == []


@given(st.text(max_size=200))
def test_takes_anything(text: str) -> None:
    TradeNames([], {}).find(text)
