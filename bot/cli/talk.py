"""Commands to talk with the bot and to see what it understands: chat, nlu parse, nlu eval."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import misses
from bot.cli.common import BadArgument, Failed, wired
from nlu.evaluation import BadRows, evaluate, read_rows
from nlu.understanding import Engine

if TYPE_CHECKING:
    from bot.app import App

nlu = typer.Typer(help="What the bot understands.", no_args_is_help=True)


def chat() -> None:
    """The same conversation in the terminal."""
    from bot.channels import terminal

    async def talk(app: App) -> None:
        await terminal.run_chat(
            app.inbox.receive,
            address=f"terminal-{getpass.getuser()}",
            run=secrets.token_hex(6),
            lines=terminal.typed_lines(sys.stdin),
            write=_write,
            screen=terminal.Screen.of(sys.stdout, os.environ),
        )
        await app.close()

    with wired() as app:
        asyncio.run(talk(app))


def _write(text: str) -> None:
    print(text, end="", flush=True)


class EngineName(StrEnum):
    """The engines that can be judged."""

    LOCAL = "local"
    RULES = "rules"  # the local engine without its model
    RASA = "rasa"  # the local engine with Rasa's ranking of intents


@contextmanager
def _engine(app: App, name: EngineName | None) -> Iterator[Engine]:
    """The engine of that name, by default the bot's own. What Rasa left to the local engine is said on stderr."""
    chosen = name or EngineName(app.settings.nlu)
    if chosen is not EngineName.RASA:
        yield app.rules if chosen is EngineName.RULES else app.nlu
        return
    if app.rasa is None:
        raise Failed("ARRAIGO_RASA_URL is empty: say where Rasa answers, such as http://127.0.0.1:5005")
    from bot.rasa import RasaAway

    try:
        with app.rasa.waiting(must_answer=name is not None) as engine:
            yield engine
    except RasaAway as away:
        raise Failed(f"Rasa: {away}") from None
    if left := {outcome: n for outcome, n in app.rasa.tally.items() if outcome != "ok"}:
        print(f"answered by the local engine alone: {left}", file=sys.stderr)


@nlu.command()
def parse(
    text: Annotated[str, typer.Argument(help="A message, in quotes.")],
    country: Annotated[str, typer.Option(help="SV, GT or HN: helps to tell places apart.")] = "",
    now: Annotated[str, typer.Option(help="The moment that «mañana» counts from, ISO 8601.")] = "",
    engine: Annotated[EngineName | None, typer.Option(help="By default the one of ARRAIGO_NLU.")] = None,
) -> None:
    """Print one JSON object: intent, entities, language, safety."""
    with wired() as app:
        try:
            moment = datetime.fromisoformat(now) if now else app.clock()
        except ValueError:
            raise BadArgument(f"--now {now}: write it as 2026-11-22T10:00:00-06:00") from None
        with _engine(app, engine) as judged:
            understood = judged.parse(text, country=country or None, now=moment)
        json.dump(understood.to_json(), sys.stdout, ensure_ascii=False, indent=2)
        print()


@nlu.command("eval")
def evaluate_file(
    file: Annotated[Path, typer.Argument(help="TSV without header: text, intent, trade or -, place or -.")],
    engine: Annotated[EngineName, typer.Option(help="Which engine is judged.")] = EngineName.LOCAL,
    errors: Annotated[bool, typer.Option("--errors", help="Show the wrong ones too.")] = False,
) -> None:
    """Print one JSON object: how well labelled messages are understood."""
    with wired() as app:
        try:
            rows = read_rows(file, app.rules.names, app.world.trade_names.order)
        except BadRows as error:
            raise Failed(str(error)) from None
        with _engine(app, engine) as judged:
            figures = evaluate(judged, rows, now=app.clock(), errors=errors)
        json.dump(figures, sys.stdout, ensure_ascii=False, indent=2)
        print()


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(chat)
    misses.add(nlu)
    app.add_typer(nlu, name="nlu")
