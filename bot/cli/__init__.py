"""The command line, `arraigo`: each module beside this one adds the commands of one concern."""

from __future__ import annotations

import sys

import typer

from bot.cli import care, checks, data, exports, imports, lines, links, serve, talk, templates, users, wire
from bot.cli.common import BadArgument, Failed
from bot.keys import KeysError
from bot.settings import SettingsError
from db.backup import BackupError
from db.content import ContentError
from db.database import DatabaseAway
from db.migrate import WrongRevision
from flows.core.copy import BadCopy

app = typer.Typer(
    name="arraigo",
    help="The chatbot for people who were returned to El Salvador, Guatemala and Honduras.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (serve, talk, users, data, imports, exports, checks, wire, templates, links, lines, care):
    module.add(app)


_TOLD = (Failed, SettingsError, KeysError, BackupError, ContentError, BadCopy, DatabaseAway, WrongRevision)


def main() -> None:
    """Run one command. Failures are one line that says what to do, and exit 1; bad arguments exit 2."""
    try:
        app()
    except _TOLD as error:
        print(f"arraigo: {error}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, BadArgument) else 1) from None
    except OSError as error:
        print(f"arraigo: {error.filename or 'the machine'}: {error.strerror}", file=sys.stderr)
        raise SystemExit(1) from None
