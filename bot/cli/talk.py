"""Commands to talk with the bot and to see what it understands: chat, nlu parse, nlu eval."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import secrets
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import BadArgument, Failed, wired
from nlu.evaluation import BadRows, evaluate, read_rows
from nlu.understanding import Engine

if TYPE_CHECKING:
    from bot.app import App

nlu = typer.Typer(help="What the bot understands.", no_args_is_help=True)


def chat() -> None:
    """The same conversation in the terminal."""
    from bot.channels import terminal

    with wired() as app:
        asyncio.run(
            terminal.run_chat(
                app.inbox.receive,
                address=f"terminal-{getpass.getuser()}",
                run=secrets.token_hex(6),
                lines=terminal.typed_lines(sys.stdin),
                write=_write,
                screen=terminal.Screen.of(sys.stdout, os.environ),
            )
        )


def _write(text: str) -> None:
    print(text, end="", flush=True)


@nlu.command()
def parse(
    text: Annotated[str, typer.Argument(help="A message, in quotes.")],
    country: Annotated[str, typer.Option(help="SV, GT or HN: helps to tell places apart.")] = "",
    now: Annotated[str, typer.Option(help="The moment that «mañana» counts from, ISO 8601.")] = "",
) -> None:
    """Print one JSON object: intent, entities, language, safety."""
    with wired() as app:
        try:
            moment = datetime.fromisoformat(now) if now else app.clock()
        except ValueError:
            raise BadArgument(f"--now {now}: write it as 2026-11-22T10:00:00-06:00") from None
        understood = app.nlu.parse(text, country=country or None, now=moment)
        json.dump(understood.to_json(), sys.stdout, ensure_ascii=False, indent=2)
        print()


class EngineName(StrEnum):
    """The engines that can be judged."""

    LOCAL = "local"
    TRAINED = "trained"  # the rules and a trained model together: judged, not yet used (docs/adr/0008)
    RASA = "rasa"


@nlu.command("eval")
def evaluate_file(
    file: Annotated[Path, typer.Argument(help="TSV without header: text, intent, trade or -, place or -.")],
    engine: Annotated[EngineName, typer.Option(help="Which engine is judged.")] = EngineName.LOCAL,
    errors: Annotated[bool, typer.Option("--errors", help="Show the wrong ones too.")] = False,
) -> None:
    """Print one JSON object: how well labelled messages are understood."""
    if engine is EngineName.RASA:
        raise Failed("--engine rasa is not there yet: use --engine local")
    with wired() as app:
        judged = _trained(app) if engine is EngineName.TRAINED else app.nlu
        try:
            rows = read_rows(file, app.nlu.names, app.world.trade_names.order)
        except BadRows as error:
            raise Failed(str(error)) from None
        json.dump(evaluate(judged, rows, now=app.clock(), errors=errors), sys.stdout, ensure_ascii=False, indent=2)
        print()


def _trained(app: App) -> Engine:
    try:
        from nlu.model.cache import load_or_train
        from nlu.model.engine import LocalEngine
    except ModuleNotFoundError:
        raise Failed("--engine trained needs the development packages: run «make check» once") from None
    return LocalEngine(load_or_train(app.settings.data_dir / "nlu"), app.nlu)


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(chat)
    app.add_typer(nlu, name="nlu")
