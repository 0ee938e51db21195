"""Commands on the database: migrate, backup, restore, run-due, erase, and turning keys."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import keys
from bot.cli.common import BadArgument, Failed, wired
from bot.settings import load_or_exit

if TYPE_CHECKING:
    from bot.app import App


def migrate() -> None:
    """Bring the database up to date, and fill in places and institutions."""
    from db.migrate import prepare

    settings = load_or_exit()
    keys.load(settings)  # before there is a database: one without its keys could never be read
    prepare(settings.database)
    print("The database is up to date.")


def backup(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist yet.")]) -> None:
    """The whole database into one file, consistent, while everything runs."""
    from db.backup import backup as write

    write(load_or_exit().database, file)
    print(f"{file}: {file.stat().st_size} bytes. Keep it apart from the keys.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `arraigo backup` wrote.")],
    replace: Annotated[bool, typer.Option(help="Overwrite a database that holds something.")] = False,
) -> None:
    """A backup back into the database. Stop every other process first."""
    from db.backup import restore as read

    read(load_or_exit().database, file, replace=replace)
    print("Restored.")


def run_due(now: Annotated[str, typer.Option(help="A moment, ISO 8601 with zone.")] = "") -> None:
    """Do what is due at that moment, send what is then due, fetch files, and print what was done as JSON."""
    from scheduler.due import run_due as do

    with wired() as app:
        moment = _moment(now) if now else app.clock()
        try:
            done: dict[str, object] = dict(do(app.database, moment, app.due_rules))
        except ExceptionGroup as failures:
            kinds = ", ".join(sorted({type(error).__name__ for error in failures.exceptions}))
            raise Failed(f"{failures.message} ({kinds}), and nothing was sent: run it again, or report it") from None
        done |= asyncio.run(_carry_once(app, moment))
    json.dump(done, sys.stdout, indent=2)
    print()


async def _carry_once(app: App, moment: datetime) -> dict[str, dict[str, int]]:
    try:
        return await app.carry_once(moment)
    finally:
        await app.close()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadArgument(f"--now {text}: write it as 2026-11-22T10:00:00-06:00") from None
    if moment.tzinfo is None:
        raise BadArgument(f"--now {text}: add the zone, such as -06:00")
    return moment.astimezone(UTC)


def erase(contact: Annotated[int, typer.Option(help="The contact's id.", min=1, max=2**63 - 1)]) -> None:
    """Erase one person everywhere. Cannot be undone."""
    from sqlalchemy import select

    from db import erasure
    from db.tables import contacts

    with wired() as app:
        known = app.database.read_now(lambda c: c.scalar(select(contacts.c.id).where(contacts.c.id == contact)))
        if known is None:
            raise Failed(f"there is no contact {contact}")
        app.database.write_now(lambda c: erasure.erase(c, contact, app.clock()))
    print(f"Contact {contact} is erased. Backups made before still hold it until they expire.")


def turn_keys() -> None:
    """Seal everything anew with the first key of each list; afterwards the older keys may go."""
    from db.crypto import Cipher
    from db.rotation import turn_all

    with wired() as app:
        done = turn_all(app.database, {"data": app.cipher, "care": Cipher(app.keys.care)})
    for column in done:
        print(f"{column.name}: {column.turned} turned, {len(column.unreadable)} cannot be read")
    if any(column.unreadable for column in done):
        raise Failed("some rows were sealed with a key that is in no list: find it before you remove any")


def add(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (migrate, backup, restore, erase):
        app.command()(command)
    app.command("run-due")(run_due)
    app.command("turn-keys")(turn_keys)
