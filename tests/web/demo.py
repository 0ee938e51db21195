"""A short scripted conversation, as the browser tests (and a person who looks at the page) need it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.base import Inbound
from flows.core.reply import Option, Reply

WELCOME = "Hola. Puedo ayudarle con trabajo, papeles y apoyo.\n¿Qué necesita hoy?"
TRADES = ("Costura", "Construcción", "Cocina", "Electricidad", "Soldadura", "Agricultura")


def menu() -> Reply:
    options = (Option("a1.oficio", "Ver lo que sé hacer"), Option("a1.cita", "Pedir una cita"))
    return Reply("menu.inicio.texto", WELCOME, (*options, Option("a1.apoyo", "Necesito apoyo")))


def trades() -> Reply:
    options = tuple(Option(f"b2.{name.lower()}", name) for name in TRADES)
    return Reply("diagnostico.oficio.texto", "¿En qué trabajó usted? Elija *uno*.", options)


def place() -> Reply:
    text = "Bien. ¿Dónde vive ahora?\nSi necesita hablar ya, llame al 2222-2222."
    options = (Option("c3.saltar", "Prefiero no decirlo"),)
    return Reply("diagnostico.lugar.texto", text, options, wants="location")


def script(inbound: Inbound) -> Sequence[Reply]:
    if inbound.option == "a1.oficio":
        return [Reply("diagnostico.inicio.texto", "Vamos paso a paso. Son diez preguntas cortas."), trades()]
    if inbound.option and inbound.option.startswith("b2."):
        return [place()]
    if inbound.location:
        return [Reply("diagnostico.lugar.gracias", "Gracias. Lo buscamos cerca de usted.")]
    if inbound.text.lower() in {"hola", "menú"}:
        return [menu()]
    return [Reply("prueba.eco.texto", f"Entendí: {inbound.text or inbound.option}")]
