"""A CSV or XLSX file as plain rows of text; what is wrong with the file itself is said at once."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

MOST_BYTES: Final = 10_000_000
MOST_UNPACKED: Final = 100_000_000  # an XLSX file is a ZIP file, which may hold far more than it weighs
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
MOST_LETTERS: Final = 2_000  # of one cell
_DELIMITERS: Final = ";,\t"


class BadFile(Exception):
    """The file cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: as a spreadsheet or an editor numbers it. `cells`: without blanks around them, "" where empty."""

    line: int
    cells: tuple[str, ...]


def read(path: Path) -> list[Row]:
    """Every row that is not empty, the header first. Raises `BadFile`, `OSError`."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise BadFile(f"{path.name} has {size} bytes, more than {MOST_BYTES}: split it")
    content = path.read_bytes()
    rows = _xlsx(content) if zipfile.is_zipfile(io.BytesIO(content)) else _csv(content)
    try:
        return list(_checked(rows))
    except BadFile as error:
        raise BadFile(f"{path.name}: {error}") from None


def _checked(rows: Iterable[tuple[int, Iterable[str]]]) -> Iterator[Row]:
    count = 0
    for line, cells in rows:
        cleaned = tuple(cell.strip() for cell in cells)
        while cleaned and not cleaned[-1]:
            cleaned = cleaned[:-1]
        if not cleaned:
            continue
        count += 1
        if count > MOST_ROWS:
            raise BadFile(f"more than {MOST_ROWS} rows: split it")
        if len(cleaned) > MOST_COLUMNS or max(map(len, cleaned)) > MOST_LETTERS:
            raise BadFile(f"line {line} has more than {MOST_COLUMNS} columns, or a cell of over {MOST_LETTERS} letters")
        yield Row(line, cleaned)
    if not count:
        raise BadFile("there is nothing in it")


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """UTF-8, or what Excel writes on Windows; whichever of `;`, `,` and tab stands most in the first line divides."""
    if b"\0" in content:
        raise BadFile("this is neither CSV nor XLSX: save it as one of them")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(f"line {begins} cannot be read as CSV ({error}): look for a quotation mark too many") from None


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The first sheet, values as they were last shown: formulas are not calculated anew."""
    from openpyxl import load_workbook  # a fifth of a second that no other command waits for

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(item.file_size for item in packed.infolist()) > MOST_UNPACKED:
            raise BadFile("it unpacks to too much: save only the values, without pictures")
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
    except (KeyError, ValueError, IndexError, OSError, zipfile.BadZipFile) as error:
        raise BadFile(f"this is no XLSX file that can be read ({type(error).__name__}): save it anew") from None
    try:
        for line, values in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), 1):
            yield line, [_shown(value) for value in values]
    finally:
        book.close()


def _shown(value: Any) -> str:
    """A cell as one would type it."""
    match value:
        case None:
            return ""
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
