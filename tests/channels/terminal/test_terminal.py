"""The conversation in a terminal: lines in, lines out."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Inbound, Media
from bot.channels.terminal import Leave, NotUnderstood, Screen, read, render, run_chat, typed_lines, words
from flows.core.reply import Option, Reply

QUESTION = Reply(
    "diagnostico.oficio.pregunta",
    "¿En qué trabajó?\n\nPuede escribirlo con sus palabras, aunque sea una sola, como electromecánica.",
    (
        Option("1.a", "Construcción", "Albañil, armador, carpintero y todo lo que se hace en una obra"),
        Option("1.b", "Cocina"),
    ),
    wants="location",
    media=("media/qr.png",),
)


@dataclass(frozen=True)
class Shown:
    replies: tuple[tuple[int, Reply], ...]


def test_a_reply() -> None:
    assert render(QUESTION, Screen(40), words()) == (
        "¿En qué trabajó?\n"
        "\n"
        "Puede escribirlo con sus palabras,\n"
        "aunque sea una sola, como\n"
        "electromecánica.\n"
        "  [media/qr.png]\n"
        "  1. Construcción: Albañil, armador,\n"
        "     carpintero y todo lo que se hace en\n"
        "     una obra\n"
        "  2. Cocina\n"
        "Comparta su ubicación con /ubicacion, o\n"
        "escriba dónde está."
    )


def test_bold_numbers_on_a_terminal() -> None:
    shown = render(Reply("a.b.c", "¿Sí?", (Option("1.si", "Sí"),)), Screen(40, bold=True), {})
    assert shown == "¿Sí?\n\x1b[1m  1. \x1b[0mSí"


def test_a_stream_that_is_no_terminal() -> None:
    assert Screen.of(io.StringIO(), {}) == Screen(72, bold=False)


@pytest.mark.parametrize(("environment", "bold"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal(environment: dict[str, str], bold: bool) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        assert Screen.of(terminal, environment) == Screen(78, bold)
    os.close(ours)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  2 \n", Inbound("terminal", "r-1", "t", text="2")),
        ("/menu\n", Inbound("terminal", "r-1", "t", text="/menu")),
        ("/ubicacion 13.7,-89.2", Inbound("terminal", "r-1", "t", location=(13.7, -89.2))),
        ("/Ubicación 13.7 -89.2", Inbound("terminal", "r-1", "t", location=(13.7, -89.2))),
    ],
)
def test_a_line(line: str, expected: Inbound) -> None:
    assert read(line, "t", "r-1") == expected


def test_a_picture() -> None:
    picture = Media("image", "terminal:r-1", "image/jpeg")
    assert read("/foto mi obra", "t", "r-1") == Inbound("terminal", "r-1", "t", text="mi obra", media=(picture,))


@pytest.mark.parametrize("line", ["/ubicacion", "/ubicacion San Salvador", "/ubicacion 91,0", "/ubicacion 0,181"])
def test_a_bad_location(line: str) -> None:
    with pytest.raises(NotUnderstood, match="bad_location"):
        read(line, "t", "r-1")


@given(st.text())
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        assert read(line, "t", "r-1").address == "t"
    except (Leave, NotUnderstood):
        assert line.strip().startswith("/")


async def typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def test_a_chat() -> None:
    taken: list[Inbound] = []
    written: list[str] = []

    async def receive(said: Inbound) -> Shown:
        taken.append(said)
        return Shown(((1, Reply("a.b.c", "Primero")), (2, Reply("a.b.d", f"Dijo {said.text}"))))

    lines = typed("hola\n", "/ubicacion ahí\n", "2\n", "/salir\n", "nunca\n")
    await run_chat(receive, address="t", run="r", lines=lines, write=written.append, screen=Screen(40))
    assert [(said.provider_id, said.text) for said in taken] == [("r-1", "hola"), ("r-3", "2")]
    assert written[0].startswith("Escriba «hola»")
    assert written[1] == "\nPrimero\n\nDijo hola\n\n> "
    assert "13.7,-89.2" in written[2]


async def test_a_chat_ends_with_its_lines() -> None:
    async def receive(_: Inbound) -> Shown:
        return Shown(())

    await run_chat(receive, address="t", run="r", lines=typed(), write=lambda _: None, screen=Screen())


async def test_lines_as_they_are_typed() -> None:
    out, into = os.pipe()
    os.write(into, "señora\n¿ya?".encode() + b"\xff")
    os.close(into)
    with os.fdopen(out) as stream:
        assert [line async for line in typed_lines(stream)] == ["señora\n", "¿ya?�"]
