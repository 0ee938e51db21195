"""`arraigo import`: lists that staff keep in a spreadsheet, taken in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import Failed, wired

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import App
    from bot.importing.outcome import Outcome
    from bot.importing.tables import Row

    Take = Callable[[App, Connection, Sequence[Row]], Outcome]

imports = typer.Typer(
    help="Lists from a spreadsheet (CSV or XLSX): stored whole, or not at all. Taking the same list in again is safe."
)

File = Annotated[Path, typer.Argument(help="CSV (UTF-8 or Windows-1252, divided by ; or ,) or XLSX (its first sheet).")]
SkipBad = Annotated[bool, typer.Option(help="Store the good rows although others are wrong.")]


@imports.command()
def centres(file: File, skip_bad: SkipBad = False) -> None:
    """Centres of assessment, known by their code.

    Headings, Spanish or English: código (code), nombre (name), país (country); and, where known, departamento
    (department), municipio (municipality), dirección (address), latitud, longitud (latitude, longitude), teléfono
    (phone), cómo llegar (directions), qué llevar (bring), accesibilidad (accessibility), zona horaria (timezone),
    oficios (trades, divided by commas), institución (institution, its code), activo (active: sí or no), acreditado
    hasta (accredited_until). What is left empty stays as it was.
    """

    def take(app: App, connection: Connection, rows: Sequence[Row]) -> Outcome:
        from bot.importing import centres as centre_list

        world = app.world
        return centre_list.take(connection, rows, world.trade_names, world.gazetteer, app.clock(), skip_bad=skip_bad)

    _run(file, take)


@imports.command()
def slots(file: File, skip_bad: SkipBad = False) -> None:
    """Times of assessments, single ones and those of every week.

    Headings, Spanish or English: centro (centre, its code), oficio (trade, any usual name), inicio (start), fin (end)
    or minutos (minutes), cupo (capacity); for a single time fecha (date: 2026-12-14 or 14/12/2026); for one of every
    week día (weekday), desde (from), hasta (until); and evaluador (evaluator, the e-mail of their account). Hours are
    those of the centre's clock. A time is known by centre, trade and beginning.
    """

    def take(app: App, connection: Connection, rows: Sequence[Row]) -> Outcome:
        from bot.importing import slots as slot_list

        return slot_list.take(connection, rows, app.world.trade_names, app.clock(), skip_bad=skip_bad)

    _run(file, take)


def _run(file: Path, take: Take) -> None:
    from bot.importing.outcome import NothingStored
    from bot.importing.tables import BadFile, read

    with wired() as app:
        try:
            rows = read(file)
            outcome = app.database.write_now(lambda connection: take(app, connection, rows))
        except NothingStored as error:
            _say(error.bad)
            raise Failed(str(error)) from None
        except BadFile as error:
            raise Failed(str(error)) from None
    _say(outcome.bad)
    if outcome.ignored:
        print(f"not known, and ignored: {', '.join(outcome.ignored)}", file=sys.stderr)
    for what, count in sorted(outcome.counts.items()):
        print(f"{what}: {count}")
    if outcome.bad:
        print(f"left out: {len(outcome.bad)}")


def _say(bad: Sequence[object]) -> None:
    for row in bad:
        print(f"✗ {row}", file=sys.stderr)


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(imports, name="import")
