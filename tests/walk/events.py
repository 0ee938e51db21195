"""What a person may do at any moment of the walk: every option, words of their own, commands, wishes, other things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from flows.core.screen import MORE, PERSON
from tests.walk.states import State, is_made_from_data

SAMPLED: Final = 13  # options; of more than these, which come from places, some stand for all

KINDS: Final = ("image", "voice", "audio", "video", "sticker", "document")
COMMANDS: Final = (
    *("menú", "atrás", "ayuda", "persona", "pausa", "baja", "alta", "borrar", "mis datos", "soy otra persona"),
)
CRIES: Final = ("me quiero matar", "ya no aguanto", "mi marido me pega", "mi pareja me grita")

TYPED: Final = {
    ("bienvenida", "acepta"): ("sí", "no", "¿para qué?"),
    ("edad", "rango"): ("34", "tengo dieciséis", "200", "¿y eso para qué?"),
    ("ubicacion", "pais"): ("¿para qué quiere saber dónde vivo?",),
    ("ubicacion", "donde"): ("Guazapa", "San Lorenzo", "departamento de Olancho", "xyzzy plugh", "@1,2,3"),
    ("diagnostico", "oficio"): ("soldador", "electricista", "piloto de avión"),
    ("idioma", "otro"): ("ixil",),
    ("alta", "confirmar"): ("sí", "no"),
    ("menu", "que_hacer"): ("mi código",),
    ("codigo", "codigo"): ("ABCD-2345",),
    ("codigo", "nombre"): ("Ana",),
    ("crisis", "preguntar"): ("no puedo más", "no estoy bien", "era broma"),
}
WISHES: Final = (
    *("quiero certificar mi oficio de soldador", "soy electricista y quiero evaluarme", "busco trabajo"),
    *("¿cuánto cuesta el certificado?", "¿esto es una estafa?", "quiero poner un negocio", "quiero un curso"),
    *("necesito ayuda legal", "no tengo qué comer", "quiero hablar con un psicólogo", "I don't speak Spanish"),
    *("quiero ahorrar", "quiero pedir una cita", "ya no me manden ofertas de trabajo", "gracias", "hola"),
    *("quiero hablar con una persona", "quiero ver mis datos", "borren mis datos", "adiós", "ok", "no, gracias"),
    *("¿cuándo es mi evaluación?", "cambiar idioma", "hablo mam", "saqarik"),
    "vuelvan a mandarme mensajes",
)
GUESSES: Final = ("lo de los papeles", "eso del oficio", "lo que dice ahí")
MEDIA_AT: Final = {("", ""), ("menu", "que_hacer"), ("bienvenida", "acepta"), ("crisis", "preguntar")}
WISHED_AT: Final = {("", ""), ("menu", "que_hacer"), ("bienvenida", "acepta"), ("diagnostico", "oficio")}


class Event(NamedTuple):
    """One or several messages in a row. `label` is for people who read a failure."""

    label: str
    messages: tuple[dict[str, Any], ...]


def _says(*texts: str) -> Event:
    return Event("; ".join(texts), tuple({"text": text} for text in texts))


def possible(state: State, *, thorough: bool) -> Iterator[Event]:
    """Everything that is tried at a moment; `thorough` with what works everywhere."""
    yield from _taps(state)
    yield from map(_says, TYPED.get(state.on_screen, ()))
    if not thorough:
        return
    if state.session.stack:
        yield _says("xyzzy plugh", "qwertz uiop", "zxcv bnmñ")
        offered = {"option": f"{{question}}.{PERSON}"}
        yield Event("a person, offered", ({"text": "xyzzy plugh"}, {"text": "qwertz uiop"}, offered))
    yield from map(_says, COMMANDS)
    yield from map(_says, CRIES)
    if state.on_screen in WISHED_AT and len(state.session.stack) < 2:
        yield from map(_says, WISHES)
        yield from (Event(f"{guess}; no", ({"text": guess}, {"text": "no, no era eso"})) for guess in GUESSES)
    if state.on_screen in MEDIA_AT:
        yield from (Event(f"sends {kind}", ({"media": kind},)) for kind in KINDS)
        yield Event("shares where it is", ({"location": (13.4833, -88.1833)},))
    yield Event("an old button", ({"option": "zzzz.si"},))


def _taps(state: State) -> Iterator[Event]:
    question = state.session.question
    if question is None:
        return
    options = [option.id for option in question.options]
    if len(options) > SAMPLED:
        options = [options[0], options[len(options) // 2], options[-1]]
    if len(question.options) > 10:
        options.append(MORE)
    for option in options:
        yield Event(f"[{option}]", ({"option": f"{question.id}.{option}"},))
    if state.on_screen[0] == "ubicacion" and not is_made_from_data(*state.on_screen):
        yield Event("far away", ({"location": (34.05, -118.24)},))
        yield Event("here", ({"location": (13.4833, -88.1833)},))
