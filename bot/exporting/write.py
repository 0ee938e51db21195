"""Writes the files: CSV for programs, or one XLSX with a sheet a table; a row at a time, whatever their number."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from bot.exporting.tables import Exported

BATCH: Final = 2000
MOST_ROWS: Final = 1_048_575  # of one sheet, below its header
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def rows_of(connection: Connection, table: Exported) -> Iterator[tuple[Any, ...]]:
    """All rows of one file, a batch of the database's at a time."""
    streamed = connection.execution_options(stream_results=True, yield_per=BATCH)
    for row in streamed.execute(table.query):
        yield from table.rows(row)


def to_csv(connection: Connection, tables: Iterable[Exported], folder: Path) -> dict[str, int]:
    """One file a table, UTF-8 with the mark that Excel needs; returns the number of rows of each."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for table in tables:
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table.header)
            counts[table.name] = _each(connection, table, writer.writerow)
    return counts


def to_xlsx(connection: Connection, tables: Sequence[Exported], file: Path) -> dict[str, int]:
    """One file, a sheet a table. Raises ValueError where a table has more rows than a sheet takes."""
    from openpyxl import Workbook

    file.parent.mkdir(parents=True, exist_ok=True)
    book, counts = Workbook(write_only=True), {}
    for table in tables:
        sheet = book.create_sheet(table.name[:31])
        sheet.append(list(table.header))
        counts[table.name] = _each(connection, table, sheet.append)
        if counts[table.name] > MOST_ROWS:
            raise ValueError(f"{table.name} has more rows than a sheet takes: use --format csv")
    book.save(file)
    return counts


def _each(connection: Connection, table: Exported, put: Callable[[Iterable[Any]], object]) -> int:
    count = 0
    for count, row in enumerate(rows_of(connection, table), 1):  # noqa: B007 - the last number is the answer
        put([_cell(value) for value in row])
    return count


def _cell(value: Any) -> Any:
    """As both kinds of files take it: moments in ISO 8601, yes and no as 1 and 0, nothing that Excel would run."""
    match value:
        case bool():
            return int(value)
        case datetime() | date():
            return value.isoformat()
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case None | int() | float() | str():
            return value
        case _:
            return str(value)
