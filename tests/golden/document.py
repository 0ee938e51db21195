"""The transcripts as one document that a psychologist reads and signs: `docs/crisis/conversaciones.md`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from flows.core.reply import Reply
from tests.golden.talks import Chapter, Line, Transcript

PAGE: Final = Path(__file__).parents[2] / "docs" / "crisis" / "conversaciones.md"
SHOWN: Final = frozenset({"crisis", "contacto", "seguimiento", "menor", "persona", "casos", "baja", "idioma"})
"""Flows whose words are shown; what the bot goes on with afterwards is not the subject here."""

COUNTRIES: Final = {"SV": "El Salvador", "GT": "Guatemala", "HN": "Honduras", "": "país no conocido"}
HOURS: Final = {
    "oficina": "martes, 10:00",
    "noche": "martes, 22:30",
    "madrugada": "miércoles, 2:15",
    "fin de semana": "domingo, 11:00",
    "feriado": "25 de diciembre, 10:00",
    "sin equipo": "martes, 10:00, sin equipo a quien avisar",
}
CHANNELS: Final = {"whatsapp": "WhatsApp", "telegram": "Telegram", "web": "chat de la web"}
LANGUAGES: Final = {"es": "", "en": "escribe en inglés", "maya": "mezcla un idioma maya"}
CATEGORIES: Final = {
    "self_harm": "hacerse daño",
    "violence": "violencia",
    "child": "niñez",
    "person": "pide persona",
}

HEAD: Final = """# Conversaciones de seguridad, para revisar

> Este documento lo escribe un programa a partir de `tests/golden/crisis/`, pasando cada conversación por el bot
> verdadero. No se corrige aquí: se anota lo que hay que cambiar y se entrega a quien lleva el proyecto
> (cómo se cambia: [README](README.md)). Una prueba compara cada palabra, así que nada cambia sin que se note.

## Qué está sin revisar

- **Todo.** Ninguna persona de psicología ha aprobado todavía las palabras, las reglas ni las preguntas.
- Los textos en inglés no los ha leído nadie que lo tenga por lengua materna.
- Las líneas de ayuda de cada país no salen en estas conversaciones: nadie del equipo las ha llamado y firmado.
  Por eso solo se ven los números generales de emergencia.
- El 112 para otros países y el 911 para Estados Unidos y México son conocimiento general, sin llamada de prueba.
- Los tiempos (30 minutos sin respuesta, saludo al día siguiente, 72 horas de conservación) son propuesta nuestra.
- Los ejemplos los escribió el equipo técnico; hacen falta los de personas que atienden.

## Firma

| | |
|---|---|
| Nombre y profesión | |
| Institución | |
| Fecha | |
| Aprobado para uso con personas (sí / no / con cambios) | |
| Cambios pedidos (números de conversación) | |
| Firma | |

## Cómo se lee

**—** es la persona; **[entre corchetes]** tocó un botón; (entre paréntesis) mandó otra cosa o pasó tiempo.
**Bot:** es la respuesta; debajo, los botones. «Se guarda» es lo único que queda en el caso: categoría y prioridad
(1 es lo más urgente). Las palabras se borran a las 72 horas.
«(sigue lo de antes)» quiere decir que el bot vuelve a lo que la persona estaba haciendo.
"""


def page(played: Sequence[tuple[Chapter, Sequence[Transcript]]]) -> str:
    """The whole document."""
    total = sum(len(transcripts) for _, transcripts in played)
    parts = [HEAD, f"## Contenido: {total} conversaciones\n", "\n".join(_contents(played)), ""]
    for chapter, transcripts in played:
        parts.append(f"## {chapter.title}\n")
        parts.append(f"*{chapter.kind}.* {chapter.note}".rstrip() + "\n")
        parts += ["\n".join(_talk(transcript)) for transcript in transcripts]
    return "\n".join(parts).rstrip() + "\n"


def _contents(played: Sequence[tuple[Chapter, Sequence[Transcript]]]) -> Iterator[str]:
    for chapter, transcripts in played:
        first, last = transcripts[0].talk.number, transcripts[-1].talk.number
        yield f"- {chapter.title}: {first} a {last}"


def _talk(transcript: Transcript) -> Iterator[str]:
    talk = transcript.talk
    yield f"### {talk.number}. {talk.who}\n"
    facts = [COUNTRIES[talk.country], HOURS[talk.hour], CHANNELS[talk.channel], LANGUAGES[talk.language]]
    if talk.phone:
        facts.append("número de otro país")
    if talk.age_band == "under_18":
        facts.append("menor de 18 años")
    if talk.doubt:
        facts.append("el modelo duda; las reglas no ven peligro")
    yield " · ".join(filter(None, facts)) + "\n"
    if talk.before:
        yield f"(Antes: {', '.join(talk.before)})\n"
    seen: set[tuple[str, ...]] = set()
    for line in transcript.lines:
        yield from _line(line, seen)
    yield f"*Se guarda:* {_kept(transcript)}\n"


def _line(line: Line, seen: set[tuple[str, ...]]) -> Iterator[str]:
    yield f"**— {_escaped(line.done)}**\n" if line.done else f"*({line.passed})*\n"
    shown = [reply for reply in line.replies if reply.key.partition(".")[0] in SHOWN]
    for reply in shown:
        yield from _reply(reply, seen)
    if len(shown) < len(line.replies):
        yield "> (sigue lo de antes)\n"
    elif not line.replies:
        yield "> (el bot no escribe nada)\n"


def _reply(reply: Reply, seen: set[tuple[str, ...]]) -> Iterator[str]:
    """The words, and the buttons the first time that they are shown."""
    words = [f"> {_escaped(text)}".rstrip() for text in reply.text.splitlines() if text]
    words[0] = f"> **Bot:** {words[0].removeprefix('> ')}"
    titles = tuple(option.title for option in reply.options)
    if titles:
        words.append(
            "> " + ("(los mismos botones)" if titles in seen else " · ".join(f"[{title}]" for title in titles))
        )
        seen.add(titles)
    yield "  \n".join(words) + "\n"


def _kept(transcript: Transcript) -> str:
    if not transcript.cases:
        return "nada; nadie del equipo recibe aviso."
    return "; ".join(f"{CATEGORIES.get(reason, reason)}, prioridad {one}" for reason, one in transcript.cases) + "."


def _escaped(text: str) -> str:
    return text.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")
