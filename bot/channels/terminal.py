"""The conversation in a terminal: what people type becomes `Inbound`, replies become lines of text."""

from __future__ import annotations

import asyncio
import os
import re
import textwrap
import threading
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from bot.channels.base import Inbound, Media
from flows.core.reply import Option, Reply

CHANNEL = "terminal"
_PLACE = re.compile(r"(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)")
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


class Outcome(Protocol):
    """What taking an event led to: the ids of the messages to show, and the messages."""

    @property
    def replies(self) -> tuple[tuple[int, Reply], ...]: ...


Receive = Callable[[Inbound], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Screen:
    """How wide to write, in characters, and whether escape sequences for bold are understood."""

    width: int = 72
    bold: bool = False

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str]) -> Screen:
        """Fit a stream: bold only on a terminal, and not where NO_COLOR is set (https://no-color.org)."""
        if not stream.isatty():
            return cls()
        columns = os.get_terminal_size(stream.fileno()).columns or 80  # 0: the terminal does not say
        return cls(max(20, min(columns - 2, 100)), not environment.get("NO_COLOR"))


def words() -> Mapping[str, str]:
    """Read `terminal.toml`."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def render(reply: Reply, screen: Screen, spoken: Mapping[str, str]) -> str:
    """A reply as text: wrapped paragraphs, files as paths, options numbered from 1."""
    parts = [_wrap(reply.text, screen.width)]
    parts += [f"  [{path}]" for path in reply.media]
    parts += [_option(number, option, screen) for number, option in enumerate(reply.options, 1)]
    if reply.wants == "location":
        parts.append(_wrap(spoken["share_location"], screen.width))
    return "\n".join(filter(None, parts))


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    lines = text.splitlines() or [""]
    return "\n".join(
        textwrap.fill(
            line,
            width,
            initial_indent=first if index == 0 else rest,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for index, line in enumerate(lines)
    )


def _option(number: int, option: Option, screen: Screen) -> str:
    label = f"{number:>3}. "
    text = f"{option.title}: {option.description}" if option.description else option.title
    shown = _wrap(text, screen.width, label, " " * len(label))
    return shown.replace(label, f"{_BOLD}{label}{_PLAIN}", 1) if screen.bold else shown


class Leave(Exception):
    """The person typed /salir."""


class NotUnderstood(Exception):
    """A command was typed wrongly; the message is the key of what to say (`terminal.toml`)."""


def read(line: str, address: str, provider_id: str) -> Inbound:
    """A typed line as an event; raises `Leave`, `NotUnderstood`.

    Numbers and other commands go on as text: what «2» or «/menu» means, the conversation knows.
    """
    text = line.strip()
    command, _, rest = text.partition(" ")
    match command.lower():
        case "/salir":
            raise Leave
        case "/foto":
            picture = Media("image", f"terminal:{provider_id}", "image/jpeg")
            return Inbound(CHANNEL, provider_id, address, text=rest.strip(), media=(picture,))
        case "/ubicacion" | "/ubicación":
            return Inbound(CHANNEL, provider_id, address, location=_point(rest.strip()))
    return Inbound(CHANNEL, provider_id, address, text=text)


def _point(text: str) -> tuple[float, float]:
    found = _PLACE.fullmatch(text)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise NotUnderstood("bad_location")
    return float(found[1]), float(found[2])


async def run_chat(
    receive: Receive,
    *,
    address: str,
    run: str,
    lines: AsyncIterator[str],
    write: Callable[[str], None],
    screen: Screen,
) -> None:
    """Talk until /salir or the end of `lines`.

    The same `address` goes on where it was left; `run` is new every time: events are `<run>-1`, `<run>-2` …
    """
    spoken = words()
    write(f"{_wrap(spoken['start'], screen.width)}\n{_wrap(spoken['commands'], screen.width)}\n\n> ")
    number = 0
    async for line in lines:
        number += 1
        try:
            shown = await _turn(receive, read(line, address, f"{run}-{number}"), screen, spoken)
        except Leave:
            return
        except NotUnderstood as why:
            shown = spoken[str(why)]
        write(f"\n{shown}\n\n> ")


async def _turn(receive: Receive, said: Inbound, screen: Screen, spoken: Mapping[str, str]) -> str:
    outcome = await receive(said)
    return "\n\n".join(render(reply, screen, spoken) for _, reply in outcome.replies)


async def typed_lines(stream: TextIO) -> AsyncIterator[str]:
    """Lines as they are typed. Ctrl-C ends the program at once although a line is being waited for.

    A daemon thread reads a copy of the stream: one that waits in the stream itself makes Python's exit fail.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue()

    def read_all() -> None:
        with os.fdopen(os.dup(stream.fileno()), encoding="utf-8", errors="replace") as copy:
            for line in iter(copy.readline, ""):
                loop.call_soon_threadsafe(queue.put_nowait, line)
        loop.call_soon_threadsafe(queue.put_nowait, "")

    threading.Thread(target=read_all, name="typed-lines", daemon=True).start()
    while line := await queue.get():
        yield line
