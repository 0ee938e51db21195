"""Commands to talk with the bot and to see what it understands: chat, nlu parse."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import secrets
import sys
from datetime import datetime
from typing import Annotated

import typer

from bot.cli.common import Failed, wired

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
            raise Failed(f"--now {now}: write it as 2026-11-22T10:00:00-06:00") from None
        understood = app.nlu.parse(text, country=country or None, now=moment)
        json.dump(understood.to_json(), sys.stdout, ensure_ascii=False, indent=2)
        print()


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(chat)
    app.add_typer(nlu, name="nlu")
