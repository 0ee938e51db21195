"""`arraigo export`: the results as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.cli.common import BadArgument, Failed, wired

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.app import App

MAY: Final = ("coordinator", "admin")
FILE: Final = "arraigo.xlsx"
ASKED: Final = "Password"  # what the terminal asks for; the answer is not shown


class Format(StrEnum):
    """Of the files."""

    CSV = "csv"
    XLSX = "xlsx"


def export(
    out: Annotated[Path, typer.Option(help="The folder; must be empty or not exist.")] = Path("export"),
    format_: Annotated[Format, typer.Option("--format", help="csv: a file a table; xlsx: one file.")] = Format.CSV,
    identified: Annotated[bool, typer.Option(help="Also who is behind the codes; asks for a login that may.")] = False,
    as_: Annotated[str, typer.Option("--as", help="With --identified: the e-mail of that account.")] = "",
) -> None:
    """Write all results, one table a file, under pseudonyms; print how many rows each has."""
    if identified and not as_:
        raise BadArgument("--identified: say who you are with --as EMAIL (a coordinator's or admin's account)")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadArgument(f"--out {out}: give a folder that is empty or not there yet")
    with wired() as app:
        user_id = who_may(app, as_, _prompt) if identified else None
        app.database.write_now(lambda connection: _log(connection, app, format_, user_id))
        counts = app.database.read_now(lambda connection: _write(connection, app, out, format_, user_id))
    for name, count in counts.items():
        print(f"{name:20} {count:8}")
    print(f"Written to {out}." + (" It names people: keep it as you keep the keys." if identified else ""))


def _log(connection: Connection, app: App, format_: Format, user_id: int | None) -> None:
    from bot.panel.audit import audit

    detail = {"identified": user_id is not None, "format": format_.value}
    audit(connection, user_id, "export.made", "contacts", None, detail, now=app.clock())


def _write(connection: Connection, app: App, out: Path, format_: Format, user_id: int | None) -> dict[str, int]:
    """All files show the same moment, and nobody who writes waits for them."""
    from bot.exporting.identified import people
    from bot.exporting.tables import exported
    from bot.exporting.write import to_csv, to_xlsx

    tables = [*exported(), *([people(app.cipher)] if user_id else [])]
    try:
        return to_csv(connection, tables, out) if format_ is Format.CSV else to_xlsx(connection, tables, out / FILE)
    except ValueError as error:
        raise Failed(str(error)) from None


def who_may(app: App, email: str, ask: Callable[[str], str]) -> int:
    """The account's id, once password and, where it has one, second step are right. Raises `Failed`."""
    from bot.panel import accounts, second_step

    wrong = Failed("That is not the password, or not the code, of an open account that may export people's names.")
    try:
        plain = accounts.plain_email(email)
    except accounts.BadEmail:
        raise wrong from None
    user = app.database.read_now(lambda connection: accounts.by_email(connection, plain))
    password = ask(ASKED)
    right = app.passwords.right(user["password_hash"] if user else None, password)
    if user is None or not right or not user["active"] or user["role"] not in MAY or user["must_change"]:
        raise wrong
    if user["totp_since"] is not None:
        code = ask("Code of the second step")
        now, user_id = app.clock(), user["id"]
        if not app.database.write_now(lambda c: second_step.accept(c, app.cipher, user_id, code, now)):
            raise wrong
    return int(user["id"])


def _prompt(what: str) -> str:
    return str(typer.prompt(what, hide_input=what == ASKED, err=True))


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(export)
