"""`arraigo lines`: which crisis lines may be shown, and who called them."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from bot.cli.common import Failed, wired

lines = typer.Typer(help="The crisis lines: shown to people only while somebody's call is not older than 90 days.")

Country = Annotated[str, typer.Argument(help="SV, GT or HN.")]
Number = Annotated[str, typer.Argument(help="As `arraigo lines list` prints it.")]
By = Annotated[str, typer.Option(help="E-mail of the panel user who called.")]
Hours = Annotated[
    str, typer.Option(help="When they answer, as a person reads it, such as: «todos los días, 24 horas».")
]


@lines.command("list")
def list_lines() -> None:
    """Print every line as JSON: what the sources say, and whether somebody called."""
    from bot.lines import listed

    with wired() as app:
        rows = app.database.read_now(listed)
    shown = ("country", "number", "who", "purposes", "told", "hours", "signed_by", "signed_at")
    json.dump(
        [{name: getattr(row, name) for name in shown} for row in rows],
        sys.stdout,
        ensure_ascii=False,
        indent=2,
        default=str,
    )
    print()


@lines.command()
def sign(country: Country, number: Number, by: By, hours: Hours = "") -> None:
    """Somebody called this line and it is right: it is shown for 90 days."""
    from sqlalchemy import Connection, select

    from bot.lines import NoSuchLine
    from bot.lines import sign as keep
    from db.tables import users

    with wired() as app:
        now = app.clock()

        def work(connection: Connection) -> None:
            user = connection.scalar(select(users.c.id).where(users.c.email == by.lower(), users.c.active))
            if user is None:
                raise Failed("no user of the panel has this e-mail: see `arraigo users`")
            keep(connection, country, number, user, now, hours=hours)

        try:
            app.database.write_now(work)
        except NoSuchLine as error:
            raise Failed(str(error)) from None


@lines.command()
def withdraw(country: Country, number: Number) -> None:
    """This line does not answer any more, or somebody else does: it is not shown from now on."""
    from bot.lines import NoSuchLine
    from bot.lines import withdraw as drop

    with wired() as app:
        try:
            app.database.write_now(lambda connection: drop(connection, country, number, app.clock()))
        except NoSuchLine as error:
            raise Failed(str(error)) from None


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(lines, name="lines")
