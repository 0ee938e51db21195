"""`arraigo cases` and `arraigo shifts`: who waits for a person, and who is on duty when."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.cli.common import Failed, wired

SHOWN: Final = (
    *("code", "priority", "state", "reason", "topic", "country", "department", "language", "wants", "level"),
    *("claimed_by", "unseen", "created_at", "due_at", "next_at", "snoozed_until", "waiting_since"),
)

shifts = typer.Typer(help="Who is on duty when.", no_args_is_help=True)


def cases() -> None:
    """Print the open cases, the most urgent first, as JSON: state, age, due, level; nothing that anybody wrote."""
    from bot.cases.reading import queue

    with wired() as app:
        now = app.clock()
        rows = app.database.read_now(lambda c: queue(c, now))
    listed = [
        {name: getattr(row, name) for name in SHOWN}
        | {"age_minutes": round((now - row.created_at).total_seconds() / 60), "overdue": row.due_at <= now}
        for row in rows
    ]
    json.dump(listed, sys.stdout, ensure_ascii=False, indent=2, default=str)
    print()


@shifts.command("import")
def import_shifts(
    file: Annotated[Path, typer.Argument(help="CSV with the columns who, weekday, from, to, role, zone.")],
) -> None:
    """Put a file's shifts in place of all that were known. `who`: an e-mail, or SV, GT, HN or all."""
    from bot.cases.shifts_file import BadShifts, replace_shifts

    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Failed(f"{file}: save it as UTF-8") from None
    with wired() as app:
        try:
            count = app.database.write_now(lambda c: replace_shifts(c, lines, app.settings.timezone, app.clock()))
        except BadShifts as wrong:
            raise Failed(f"{file}: nothing was changed.\n{wrong}") from None
    print(f"{count} shifts.")


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(cases)
    app.add_typer(shifts, name="shifts")
