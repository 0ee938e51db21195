"""Centres from a list: each known by its code, so that the same list taken in again changes what it changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, delete, insert, select, update

from bot.importing import sheet
from bot.importing.outcome import ADDED, CHANGED, SAME, Outcome
from bot.importing.sheet import BadCell, BadRow, Column
from bot.importing.tables import Row
from bot.people.places import SURE
from db.tables import centre_trades, centres, departments, institutions, municipalities
from nlu.places import Gazetteer
from nlu.trades import TradeNames

ZONES: Final = {"SV": "America/El_Salvador", "GT": "America/Guatemala", "HN": "America/Tegucigalpa"}
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_BETWEEN: Final = re.compile(r"\s*[,;|/\n]\s*")


def columns(names: TradeNames) -> tuple[Column, ...]:
    """What a list of centres may have."""
    return (
        Column("code", ("código", "codigo del centro"), _code, needed=True),
        Column("name", ("nombre", "nombre del centro", "centre", "center"), sheet.words, needed=True),
        Column("country", ("país",), sheet.country, needed=True),
        Column("department", ("departamento",), sheet.words),
        Column("municipality", ("municipio",), sheet.words),
        Column("address", ("dirección",), sheet.words),
        Column("latitude", ("latitud", "lat"), sheet.degrees(90)),
        Column("longitude", ("longitud", "lng", "lon"), sheet.degrees(180)),
        Column("phone", ("teléfono", "tel"), sheet.words),
        Column("directions", ("cómo llegar", "indicaciones"), sheet.words),
        Column("bring", ("qué llevar", "que debe llevar"), sheet.words),
        Column("accessibility", ("accesibilidad", "acceso"), sheet.words),
        Column("timezone", ("zona horaria", "time zone"), _zone),
        Column("trades", ("oficios", "oficio", "trade"), lambda cell: _trades(cell, names)),
        Column("institution", ("institución", "instituto"), sheet.words),
        Column("active", ("activo", "activa", "abierto"), sheet.yes_or_no),
        Column("accredited_until", ("acreditado hasta", "acreditación", "vigencia"), sheet.day),
    )


def take(
    connection: Connection,
    rows: Sequence[Row],
    names: TradeNames,
    gazetteer: Gazetteer,
    now: datetime,
    *,
    skip_bad: bool,
) -> Outcome:
    """Store a list. What a row does not say stays as it is. Raises `BadFile`, `NothingStored`."""
    parsed = sheet.parse(rows, columns(names))
    outcome = Outcome(bad=parsed.bad, ignored=parsed.ignored)
    seen: set[str] = set()
    for line, values in parsed.good:
        if values["code"] in seen:
            outcome.bad.append(BadRow(line, "code", "stands in this list twice"))
            continue
        seen.add(values["code"])
        try:
            outcome.counts[_store(connection, values, gazetteer, now)] += 1
        except BadCell as error:
            outcome.bad.append(BadRow(line, "", str(error)))
    return outcome.settle(skip_bad=skip_bad)


def _store(connection: Connection, values: Mapping[str, Any], gazetteer: Gazetteer, now: datetime) -> str:
    row = _columns(connection, values, gazetteer)
    old = connection.execute(select(centres).where(centres.c.code == values["code"])).mappings().first()
    if old is None:
        row.setdefault("timezone", ZONES[row["country"]])
        made = insert(centres).values(created_at=now, **row).returning(centres.c.id)
        centre_id, what = int(connection.scalars(made).one()), ADDED
    else:
        centre_id = old["id"]
        what = CHANGED if any(old[name] != value for name, value in row.items()) else SAME
        if what is CHANGED:
            connection.execute(update(centres).where(centres.c.id == centre_id).values(row))
    return what if not _store_trades(connection, centre_id, values.get("trades"), now) or what is ADDED else CHANGED


def _store_trades(connection: Connection, centre_id: int, trades: Sequence[str] | None, now: datetime) -> bool:
    """Whether anything changed; None: the list does not say."""
    there = set(connection.scalars(select(centre_trades.c.trade).where(centre_trades.c.centre_id == centre_id)))
    if trades is None or set(trades) == there:
        return False
    gone = centre_trades.c.trade.in_(there - set(trades))
    connection.execute(delete(centre_trades).where(centre_trades.c.centre_id == centre_id, gone))
    for trade in sorted(set(trades) - there):
        connection.execute(insert(centre_trades).values(created_at=now, centre_id=centre_id, trade=trade))
    return True


def _columns(connection: Connection, values: Mapping[str, Any], gazetteer: Gazetteer) -> dict[str, Any]:
    """The columns of `centres`. Raises `BadCell`."""
    named = ("department", "municipality", "trades", "institution", "accredited_until")
    row = {name: value for name, value in values.items() if name not in named}
    if ("latitude" in row) != ("longitude" in row):
        raise BadCell("a latitude needs a longitude, and the other way round")
    if "municipality" in values:
        row["municipality_id"] = _municipality(connection, values, gazetteer)
    if "institution" in values:
        row["institution_id"] = _institution(connection, values["institution"])
    if "accredited_until" in values:
        zone = ZoneInfo(values.get("timezone", ZONES[values["country"]]))
        row["accredited_until"] = _end_of(values["accredited_until"], zone)
    return row


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(seconds=1)


def _municipality(connection: Connection, values: Mapping[str, Any], gazetteer: Gazetteer) -> int:
    text = ", ".join(filter(None, [values["municipality"], values.get("department", "")]))
    found = [
        match.place
        for match in gazetteer.find(text, values["country"])
        if match.score >= SURE and match.place.country == values["country"] and match.place.municipality
    ]
    paths = {(place.department, place.municipality) for place in found}
    if len(paths) != 1:
        raise BadCell(f"«{text[:60]}» is no one municipality of {values['country']}: write it as in the official list")
    department, municipality = paths.pop()
    one = select(municipalities.c.id).join(departments).where(departments.c.country == values["country"])
    there = one.where(departments.c.name == department, municipalities.c.name == municipality)
    return int(connection.scalars(there).one())


def _institution(connection: Connection, code: str) -> int:
    found = connection.scalar(select(institutions.c.id).where(institutions.c.code == code.lower()))
    if found is None:
        raise BadCell(f"there is no institution «{code[:40]}»: write its code")
    return int(found)


def _code(cell: str) -> str:
    code = cell.lower()
    if not _CODE.fullmatch(code):
        raise BadCell("is no code: use letters, digits and dashes, such as san-salvador-1")
    return code


def _zone(cell: str) -> str:
    if cell not in available_timezones():
        raise BadCell("is no time zone, such as America/Guatemala")
    return cell


def _trades(cell: str, names: TradeNames) -> tuple[str, ...]:
    found = list[str]()
    for each in filter(None, _BETWEEN.split(cell)):
        try:
            found.append(trade(each, names))
        except BadCell as error:
            raise BadCell(f"names «{each[:40]}», which {error}") from None
    return tuple(dict.fromkeys(found))


def trade(cell: str, names: TradeNames) -> str:
    """The one trade that a cell names. Raises `BadCell`."""
    slug = cell.strip().lower()
    if slug in names.order:
        return slug
    found = names.find(cell)
    if not found or (len(found) > 1 and found[1].score >= found[0].score):
        raise BadCell(f"is no one trade of ours: write one of {', '.join(names.order)}")
    return found[0].slug
