"""Times of assessments from a list: single days, and hours of every week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select, update

from bot.booking import calendar
from bot.importing import sheet
from bot.importing.centres import trade
from bot.importing.outcome import ADDED, CHANGED, SAME, Outcome
from bot.importing.sheet import BadCell, BadRow, Column
from bot.importing.tables import Row
from db.tables import availabilities, centre_trades, centres, slots, users
from nlu.trades import TradeNames

SHORTEST, LONGEST = 10, 720  # minutes


def columns(names: TradeNames) -> tuple[Column, ...]:
    """What a list of times may have: with `date` a row is one time, with `weekday` one of every week."""
    return (
        Column("centre", ("centro", "código del centro", "centre code", "center"), str.lower, needed=True),
        Column("trade", ("oficio",), lambda cell: trade(cell, names), needed=True),
        Column("date", ("fecha",), sheet.day),
        Column("weekday", ("día", "día de la semana", "day"), sheet.weekday),
        Column("start", ("inicio", "hora", "hora de inicio", "starts"), sheet.clock, needed=True),
        Column("end", ("fin", "hora de fin", "ends"), sheet.clock),
        Column("minutes", ("minutos", "duración", "duration"), sheet.whole(SHORTEST, LONGEST)),
        Column("capacity", ("cupo", "cupos", "lugares", "places"), sheet.whole(1, calendar.MOST), needed=True),
        Column("evaluator", ("evaluador", "evaluadora", "correo del evaluador"), str.lower),
        Column("from", ("desde",), sheet.day),
        Column("until", ("hasta",), sheet.day),
    )


@dataclass(frozen=True, slots=True)
class _Centre:
    id: int
    zone: ZoneInfo
    trades: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows refer to."""

    centres: Mapping[str, _Centre]
    evaluators: Mapping[str, int]
    now: datetime


def take(connection: Connection, rows: Sequence[Row], names: TradeNames, now: datetime, *, skip_bad: bool) -> Outcome:
    """Store a list, and make the times of its weekly hours. Raises `BadFile`, `NothingStored`."""
    parsed = sheet.parse(rows, columns(names))
    outcome = Outcome(bad=parsed.bad, ignored=parsed.ignored)
    known = _known(connection, now)
    for line, values in parsed.good:
        try:
            outcome.counts[_store(connection, known, values)] += 1
        except BadCell as error:
            outcome.bad.append(BadRow(line, "", str(error)))
    outcome.settle(skip_bad=skip_bad)
    outcome.counts["times made from weekly hours"] = calendar.fill(connection, now)
    return outcome


def _known(connection: Connection, now: datetime) -> _Known:
    taught: dict[int, set[str]] = {}
    for row in connection.execute(select(centre_trades.c.centre_id, centre_trades.c.trade)):
        taught.setdefault(row.centre_id, set()).add(row.trade)
    found = connection.execute(select(centres.c.id, centres.c.code, centres.c.timezone))
    active = connection.execute(select(users.c.email, users.c.id).where(users.c.active))
    return _Known(
        {row.code: _Centre(row.id, ZoneInfo(row.timezone), frozenset(taught.get(row.id, ()))) for row in found},
        {row.email: row.id for row in active},
        now,
    )


def _store(connection: Connection, known: _Known, values: Mapping[str, Any]) -> str:
    """One row; what became of it. Raises `BadCell`."""
    centre = known.centres.get(values["centre"])
    if centre is None:
        raise BadCell(f"there is no centre «{values['centre'][:40]}»: take in the centres first")
    if values["trade"] not in centre.trades:
        raise BadCell(f"the centre «{values['centre'][:40]}» does not assess {values['trade']}: add it to the centre")
    if "evaluator" in values and values["evaluator"] not in known.evaluators:
        raise BadCell("nobody in the panel has this evaluator's e-mail")
    if ("date" in values) == ("weekday" in values):
        raise BadCell("needs either a date or a day of the week")
    store = _store_time if "date" in values else _store_hours
    return store(connection, centre, known.evaluators.get(values.get("evaluator", "")), values, known.now)


def _minutes(values: Mapping[str, Any]) -> int:
    """Raises `BadCell`."""
    if ("end" in values) == ("minutes" in values):
        raise BadCell("needs either when it ends or how many minutes it takes")
    if "minutes" in values:
        return int(values["minutes"])
    minutes = _of(values["end"]) - _of(values["start"])
    if not SHORTEST <= minutes <= LONGEST:
        raise BadCell(f"must end {SHORTEST} to {LONGEST} minutes after it begins")
    return minutes


def _of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _store_time(
    connection: Connection, centre: _Centre, evaluator: int | None, values: Mapping[str, Any], now: datetime
) -> str:
    starts_at = calendar.at(values["date"], f"{values['start']:%H:%M}", centre.zone)
    if starts_at <= now:
        raise BadCell("is in the past")
    key = {"centre_id": centre.id, "trade": values["trade"], "starts_at": starts_at}
    row = {"ends_at": starts_at + timedelta(minutes=_minutes(values)), "capacity": values["capacity"]}
    row |= {"evaluator_id": evaluator}
    held = select(slots).where(*(slots.c[name] == value for name, value in key.items())).with_for_update(key_share=True)
    old = connection.execute(held).mappings().first()
    if old is not None and old["booked"] > values["capacity"]:
        raise BadCell(f"{old['booked']} people have a place already: the capacity cannot be less")
    return _put(connection, slots, old, key, row, now)


def _store_hours(
    connection: Connection, centre: _Centre, evaluator: int | None, values: Mapping[str, Any], now: datetime
) -> str:
    today = now.astimezone(centre.zone).date()
    key = {"centre_id": centre.id, "trade": values["trade"], "weekday": values["weekday"], "evaluator_id": evaluator}
    key |= {"starts": f"{values['start']:%H:%M}"}
    row: dict[str, Any] = {"minutes": _minutes(values), "capacity": values["capacity"]}
    ends: date | None = values.get("until")
    if ends is not None and ends < values.get("from", today):
        raise BadCell("ends before it begins")
    same = (availabilities.c[name].is_not_distinct_from(value) for name, value in key.items())
    old = connection.execute(select(availabilities).where(*same)).mappings().first()
    row |= {"from_day": values.get("from", old["from_day"] if old else today), "until_day": ends}
    return _put(connection, availabilities, old, key, row, now)


def _put(
    connection: Connection,
    table: Table,
    old: Mapping[Any, Any] | None,
    key: Mapping[str, Any],
    row: Mapping[str, Any],
    now: datetime,
) -> str:
    if old is None:
        connection.execute(insert(table).values(created_at=now, **key, **row))
        return ADDED
    if all(old[name] == value for name, value in row.items()):
        return SAME
    connection.execute(update(table).where(table.c.id == old["id"]).values(**row))
    return CHANGED
