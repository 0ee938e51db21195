"""Lists of centres and times: read as people save them, stored whole or not at all, safe to take in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, insert, select, update

from bot.importing import centres as centre_list
from bot.importing import slots as slot_list
from bot.importing.outcome import NothingStored, Outcome
from bot.importing.tables import BadFile, Row, read
from db.content import load_geo, raw_trades
from db.database import Database
from db.seeding import seed
from db.tables import availabilities, centre_trades, centres, municipalities, slots, users
from nlu.places import Gazetteer
from nlu.trades import TradeNames

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CENTRES = """Código;Nombre;País;Municipio;Departamento;Dirección;Latitud;Longitud;Oficios;Acreditado hasta;N
san-salvador;Sede Ñandú;El Salvador;San Salvador Centro;;"Calle 5; 3";13,7034;-89,2073;carpintero,tablaroca;31/12/2027;x
xela;Taller Xelajú;GT;Quetzaltenango;;;;;welder_structural;;
"""
SLOTS = """centro;oficio;fecha;día;inicio;fin;minutos;cupo;evaluador;desde;hasta
san-salvador;carpintero;14/12/2026;;8:00;12:00;;5;eva@example.org;;
san-salvador;tablaroca;;lunes;1:30 pm;;120;3;;2026-12-01;
"""


@cache
def names() -> TradeNames:
    return TradeNames(raw_trades())


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer(load_geo())


@pytest.fixture
def ready(database: Database) -> Database:
    def work(connection: Connection) -> None:
        seed(connection, NOW)
        connection.execute(insert(users).values(created_at=NOW, email="eva@example.org", role="evaluator"))

    database.write_now(work)
    return database


@pytest.fixture
def take(ready: Database, tmp_path: Path) -> Callable[..., Outcome]:
    """Takes a list in: its text, and which kind it is."""

    def run(text: str, kind: str = "centres", *, skip_bad: bool = False, encoding: str = "utf-8") -> Outcome:
        file = tmp_path / "lista.csv"
        file.write_bytes(text.encode(encoding))
        rows = read(file)

        def work(connection: Connection) -> Outcome:
            if kind == "centres":
                return centre_list.take(connection, rows, names(), gazetteer(), NOW, skip_bad=skip_bad)
            return slot_list.take(connection, rows, names(), NOW, skip_bad=skip_bad)

        return ready.write_now(work)

    return run


def rows_of(database: Database, query: Any) -> Sequence[Any]:
    return database.read_now(lambda connection: connection.execute(query).all())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_centres_are_known_by_their_code(ready: Database, take: Callable[..., Outcome], encoding: str) -> None:
    first = take(CENTRES, encoding=encoding)
    assert (dict(first.counts), first.ignored) == ({"added": 2}, ["N"])
    found = {row.code: row for row in rows_of(ready, select(centres))}
    here = found["san-salvador"]
    assert (here.name, here.address, here.latitude) == ("Sede Ñandú", "Calle 5; 3", 13.7034)
    assert (here.country, here.timezone) == ("SV", "America/El_Salvador")
    assert here.accredited_until == datetime(2028, 1, 1, 5, 59, 59, tzinfo=UTC)
    town = select(municipalities.c.name).where(municipalities.c.id == here.municipality_id)
    assert rows_of(ready, town) == [("San Salvador Centro",)]
    assert (found["xela"].timezone, found["xela"].latitude) == ("America/Guatemala", None)
    taught = select(centre_trades.c.trade).where(centre_trades.c.centre_id == here.id)
    assert len(rows_of(ready, taught)) == 2
    assert dict(take(CENTRES).counts) == {"the same as before": 2}
    changed = take("code,name,country,trades\nxela,Otro,Guatemala,cocinero\n")
    assert dict(changed.counts) == {"changed": 1}
    assert len(rows_of(ready, select(centres))) == 2


def test_a_bad_row_is_named_and_nothing_is_stored(ready: Database, take: Callable[..., Outcome]) -> None:
    bad = "code,name,country,latitude,longitude,trades\nbueno,Uno,SV,,,\nmalo,Dos,Francia,13,-89,\nx y,Tres,SV,99,1,"
    with pytest.raises(NothingStored) as wrong:
        take(bad + "astronauta\nbueno,Otro,SV,,,\nsolo,Cinco,SV,13,,\n")
    assert [(row.line, row.column) for row in wrong.value.bad] == [
        (3, "country"),
        (4, "code"),
        (4, "latitude"),
        (4, "trades"),
        (5, "code"),
        (6, ""),
    ]
    assert str(wrong.value.bad[0]) == "line 3, column «country»: «Francia» is none of SV, GT, HN"
    assert rows_of(ready, select(centres)) == []
    outcome = take(bad, skip_bad=True)
    assert (dict(outcome.counts), len(outcome.bad)) == ({"added": 1}, 3)


def test_times_and_weekly_hours(ready: Database, take: Callable[..., Outcome]) -> None:
    take(CENTRES)
    outcome = take(SLOTS, "slots")
    assert outcome.counts["added"] == 2
    assert outcome.counts["times made from weekly hours"] == 7
    (single, *_) = rows_of(ready, select(slots).where(slots.c.availability_id.is_(None)))
    assert (single.starts_at, single.ends_at) == (
        datetime(2026, 12, 14, 14, 0, tzinfo=UTC),
        datetime(2026, 12, 14, 18, 0, tzinfo=UTC),
    )
    assert (single.capacity, single.evaluator_id) == (5, 1)
    (week,) = rows_of(ready, select(availabilities))
    assert (week.weekday, week.starts, week.minutes, week.from_day) == (0, "13:30", 120, date(2026, 12, 1))
    again = take(SLOTS, "slots")
    assert dict(again.counts) == {"the same as before": 2, "times made from weekly hours": 0}
    ready.write_now(lambda c: c.execute(update(slots).where(slots.c.id == single.id).values(booked=4)))
    with pytest.raises(NothingStored, match="1 rows are wrong"):
        take(SLOTS.replace(";5;", ";3;"), "slots")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("nada;carpintero;14/12/2026;;8:00;12:00;;5;;;", "there is no centre «nada»"),
        ("xela;carpintero;14/12/2026;;8:00;12:00;;5;;;", "does not assess carpenter"),
        ("san-salvador;carpintero;1/1/2020;;8:00;12:00;;5;;;", "in the past"),
        ("san-salvador;carpintero;;;8:00;12:00;;5;;;", "either a date or a day of the week"),
        ("san-salvador;carpintero;14/12/2026;lunes;8:00;12:00;;5;;;", "either a date or a day of the week"),
        ("san-salvador;carpintero;14/12/2026;;8:00;;;5;;;", "either when it ends or how many minutes"),
        ("san-salvador;carpintero;14/12/2026;;8:00;7:00;;5;;;", "must end"),
        ("san-salvador;carpintero;14/12/2026;;8:00;12:00;;0;;;", "is no whole number from 1 to 500"),
        ("san-salvador;carpintero;31/2/2026;;8:00;12:00;;5;;;", "is no date"),
        ("san-salvador;carpintero;14/12/2026;;ocho;12:00;;5;;;", "is no hour"),
        ("san-salvador;carpintero;14/12/2026;;8:00;12:00;;5;x@example.org;;", "nobody in the panel"),
        ("san-salvador;carpintero;;m;8:00;12:00;;5;;;", "is no day of the week"),
    ],
)
def test_each_mistake_is_told(take: Callable[..., Outcome], row: str, what: str) -> None:
    take(CENTRES)
    with pytest.raises(NothingStored) as wrong:
        take(f"{SLOTS.splitlines()[0]}\n{row}\n", "slots")
    (bad,) = wrong.value.bad
    assert what in bad.message
    assert bad.line == 2


def test_a_spreadsheet_is_read_like_a_list(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["centro", "fecha", "inicio", "cupo", "nota"])
    sheet.append([])
    sheet.append(["a", date(2026, 12, 14), time(8), 5.0, None])
    book.save(tmp_path / "lista.xlsx")
    assert read(tmp_path / "lista.xlsx") == [
        Row(1, ("centro", "fecha", "inicio", "cupo", "nota")),
        Row(3, ("a", "2026-12-14", "08:00", "5")),
    ]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a,b\n"dos\nrenglones",1\n\nc,2\n')
    assert [row.line for row in read(tmp_path / "a.csv")] == [1, 2, 5]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "nothing in it"),
        (b"\0\1\2", "neither CSV nor XLSX"),
        (b"a,b\n" + b"x\n" * 20_001, "more than 20000 rows"),
        (b"a\n" + b"x" * 2001, "over 2000 letters"),
        (b"a" * 10_000_001, "split it"),
        (b'a,b\n"x"y",2\n', "quotation mark"),
        (b"PK\x05\x06" + b"\0" * 18, "no XLSX file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadFile, match=what):
        read(tmp_path / "a.csv")


def test_headings_are_needed_once(take: Callable[..., Outcome]) -> None:
    with pytest.raises(BadFile, match="headings too: nombre, país"):
        take("code,x\na,b\n")
    with pytest.raises(BadFile, match="two columns are «name»"):
        take("code,name,nombre,country\na,b,c,SV\n")
