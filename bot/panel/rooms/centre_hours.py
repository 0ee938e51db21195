"""When a centre assesses: its weekly hours, the days on which it does not, and single times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select
from starlette.responses import Response

from bot.booking import calendar, closing, rows, times
from bot.booking.appointments import STANDING
from bot.cases.roster import clock
from bot.panel.room import get, post
from bot.panel.rooms.centres_found import day, found, number
from bot.panel.rooms.people_write import trades
from bot.panel.visit import BIGGEST, Missing, Visit
from db.tables import (
    appointments,
    availabilities,
    centre_staff,
    centre_trades,
    closures,
    departments,
    municipalities,
    slots,
    users,
)

DAYS: Final = tuple("0123456")
SHOWN: Final = 60  # times
LONGEST: Final = 366  # days of one closure
SHORT, LONG, MOST = 10, 720, 500  # minutes of a time; places of one


def where_it_is(connection: Connection, centre: RowMapping) -> str:
    """«Soyapango, San Salvador Este»; "" where nobody said."""
    query = select(municipalities.c.name, departments.c.name).join(departments)
    row = connection.execute(query.where(municipalities.c.id == centre["municipality_id"])).first()
    return f"{row[0]}, {row[1]}" if row else ""


def booked(connection: Connection, centre_id: int, now: datetime, *when: ColumnElement[bool]) -> int:
    """How many people are expected at a centre from now on, or only `when`."""
    query = (
        select(func.count())
        .select_from(appointments.join(slots, slots.c.id == appointments.c.slot_id))
        .where(slots.c.centre_id == centre_id, slots.c.ends_at > now, appointments.c.state.in_(STANDING), *when)
    )
    return connection.scalar(query) or 0


async def hours(visit: Visit) -> Response:
    """The week, the days without, and the times that are made already."""
    return visit.page("centros/horas.html", **await visit.read(lambda c: _read(c, visit)), closing=None)


def _read(connection: Connection, visit: Visit) -> dict[str, Any]:
    centre = found(connection, visit)
    zone = ZoneInfo(centre["timezone"])
    today = visit.now.astimezone(zone).date()
    mine = availabilities.c.centre_id == centre["id"]
    week = select(availabilities).where(
        mine, availabilities.c.until_day.is_(None) | (availabilities.c.until_day >= today)
    )
    away = select(closures).where(closures.c.centre_id == centre["id"], closures.c.until_day >= today)
    ahead = select(slots).where(slots.c.centre_id == centre["id"], slots.c.starts_at > visit.now)
    works = select(users.c.id, users.c.name, users.c.email).join(centre_staff, centre_staff.c.user_id == users.c.id)
    team = connection.execute(works.where(centre_staff.c.centre_id == centre["id"]).order_by(users.c.name)).all()
    taught = set(connection.scalars(select(centre_trades.c.trade).where(centre_trades.c.centre_id == centre["id"])))
    in_order = (availabilities.c.weekday, availabilities.c.starts, availabilities.c.id)
    return {
        "centre": centre,
        "week": connection.execute(week.order_by(*in_order)).mappings().all(),
        "closures": connection.execute(away.order_by(closures.c.from_day)).mappings().all(),
        "times": connection.execute(ahead.order_by(slots.c.starts_at, slots.c.id).limit(SHOWN)).mappings().all(),
        "team": [(str(row.id), row.name or row.email) for row in team],
        "taught": [each for each in trades(visit, centre["country"]) if each[0] in taught],
        "names": dict(trades(visit, centre["country"])),
        "days": DAYS,
        "today": today,
        "local": partial(_local, zone),
    }


def _local(zone: ZoneInfo, at: datetime) -> datetime:
    return at.astimezone(zone)


async def add_hours(visit: Visit) -> Response:
    """The same hours on several days of the week; their times are made at once."""
    row = _hours(visit)
    days = [each for each in visit.fields("dias") if each in DAYS]
    if row is None or not days:
        return visit.go(f"/centros/{visit.path_id()}/horas", "centros.revise")

    def store(connection: Connection) -> int:
        centre = found(connection, visit)
        _check(connection, centre, row["trade"], row["evaluator_id"])
        for each in days:
            values = {**row, "created_at": visit.now, "centre_id": centre["id"], "weekday": int(each)}
            made = connection.scalars(insert(availabilities).values(values).returning(availabilities.c.id)).one()
            visit.audit(connection, "availability.added", "availabilities", made, {"centre": centre["id"]})
        return calendar.fill(connection, visit.now)

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}/horas", "centros.horas_guardadas")


def _hours(visit: Visit) -> dict[str, Any] | None:
    """What the form of weekly hours says; None where something of it cannot be."""
    try:
        starts = clock(visit.field("empieza", 5)).strftime("%H:%M")
    except ValueError:
        return None
    minutes, capacity = _sizes(visit)
    from_day, until = day(visit.field("desde", 10)), visit.field("hasta", 10)
    until_day = day(until)
    if minutes is None or capacity is None or from_day is None or (until and until_day is None):
        return None
    if until_day is not None and until_day < from_day:
        return None
    row = {"trade": visit.field("oficio", 80), "evaluator_id": number(visit.field("quien", 20), 1, BIGGEST)}
    return row | {
        "starts": starts,
        "minutes": minutes,
        "capacity": capacity,
        "from_day": from_day,
        "until_day": until_day,
    }


def _sizes(visit: Visit) -> tuple[int | None, int | None]:
    return number(visit.field("minutos", 4), SHORT, LONG), number(visit.field("cupo", 4), 1, MOST)


def _check(connection: Connection, centre: RowMapping, trade: str, user_id: int | None) -> None:
    """Raises `Missing` where the centre does not assess the trade, or that evaluator does not work there."""
    taught = select(centre_trades.c.id).where(centre_trades.c.centre_id == centre["id"], centre_trades.c.trade == trade)
    works = select(centre_staff.c.id).where(centre_staff.c.centre_id == centre["id"], centre_staff.c.user_id == user_id)
    if connection.scalar(taught) is None or (user_id is not None and connection.scalar(works) is None):
        raise Missing


async def remove_hours(visit: Visit) -> Response:
    """No such hours any more: free times go, and who has a place keeps it."""

    def store(connection: Connection) -> None:
        centre = found(connection, visit)
        mine = (availabilities.c.id == visit.path_id("otra")) & (availabilities.c.centre_id == centre["id"])
        if connection.scalar(select(availabilities.c.id).where(mine)) is None:
            raise Missing
        calendar.withdraw(connection, visit.path_id("otra"), visit.now)
        detail = {"centre": centre["id"]}
        visit.audit(connection, "availability.removed", "availabilities", visit.path_id("otra"), detail)

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}/horas", "centros.horas_quitadas")


# --- days without ------------------------------------------------------------------------------------------------


async def close_days(visit: Visit) -> Response:
    """First says how many people are expected then; with their number confirmed, closes and tells them."""
    first, last = day(visit.field("desde", 10)), day(visit.field("hasta", 10) or visit.field("desde", 10))
    reason = visit.field("motivo", 200)
    if first is None or last is None or not first <= last <= first + timedelta(days=LONGEST):
        return visit.go(f"/centros/{visit.path_id()}/horas", "centros.revise")
    expected = await visit.read(lambda c: _expected(c, visit, first, last))
    if visit.field("confirmado", 10) != str(expected):
        seen = await visit.read(lambda c: _read(c, visit))
        asked = {"first": first, "last": last, "reason": reason, "people": expected}
        return visit.page("centros/horas.html", **seen, closing=asked)

    def store(connection: Connection) -> None:
        centre, user_id = found(connection, visit), visit.staff.id
        lost = closing.close_days(connection, centre["id"], first, last, visit.now, user_id=user_id, reason=reason)
        detail = {"from": first.isoformat(), "until": last.isoformat(), "people": lost}
        visit.audit(connection, "closure.added", "centres", centre["id"], detail)

    await visit.write(store)
    visit.services.wake()
    return visit.go(f"/centros/{visit.path_id()}/horas", "centros.dias_cerrados")


def _expected(connection: Connection, visit: Visit, first: date, last: date) -> int:
    centre = found(connection, visit)
    zone = ZoneInfo(centre["timezone"])
    begin, end = times.midnight(first, zone), times.midnight(last + timedelta(days=1), zone)
    return booked(connection, centre["id"], visit.now, slots.c.starts_at >= begin, slots.c.starts_at < end)


async def reopen_days(visit: Visit) -> Response:
    """It is assessed on these days after all."""

    def store(connection: Connection) -> None:
        centre = found(connection, visit)
        mine = (closures.c.id == visit.path_id("otra")) & (closures.c.centre_id == centre["id"])
        if connection.scalar(select(closures.c.id).where(mine)) is None:
            raise Missing
        closing.reopen(connection, visit.path_id("otra"), visit.now)
        visit.audit(connection, "closure.removed", "centres", centre["id"])

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}/horas", "centros.dias_abiertos")


# --- single times ------------------------------------------------------------------------------------------------


async def add_time(visit: Visit) -> Response:
    """One time that is in no weekly hours."""
    begins, trade = visit.field("cuando", 19), visit.field("oficio", 80)
    minutes, capacity = _sizes(visit)
    user_id = number(visit.field("quien", 20), 1, BIGGEST)
    if minutes is None or capacity is None:
        return visit.go(f"/centros/{visit.path_id()}/horas", "centros.revise")

    def store(connection: Connection) -> str:
        centre = found(connection, visit)
        _check(connection, centre, trade, user_id)
        try:
            starts_at = datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo(centre["timezone"]))
            ends_at = starts_at + timedelta(minutes=minutes)
        except (ValueError, OverflowError):
            return "centros.revise"
        if starts_at <= visit.now:
            return "centros.ya_paso"
        row = {"created_at": visit.now, "centre_id": centre["id"], "trade": trade, "evaluator_id": user_id}
        row |= {"starts_at": starts_at, "ends_at": ends_at, "capacity": capacity}
        if not rows.insert_new(connection, slots, row):
            return "centros.ya_esta"
        visit.audit(connection, "slot.added", "centres", centre["id"], {"at": starts_at.isoformat()})
        return "centros.hora_guardada"

    return visit.go(f"/centros/{visit.path_id()}/horas", await visit.write(store))


async def close_time(visit: Visit) -> Response:
    """Nobody is assessed at that time after all; who was expected is told, and kept another place."""
    return await _change_time(visit, closed=True)


async def reopen_time(visit: Visit) -> Response:
    """That time may be booked again."""
    return await _change_time(visit, closed=False)


async def _change_time(visit: Visit, *, closed: bool) -> Response:
    def store(connection: Connection) -> None:
        centre, slot_id = found(connection, visit), visit.path_id("otra")
        mine = (slots.c.id == slot_id) & (slots.c.centre_id == centre["id"]) & (slots.c.starts_at > visit.now)
        if connection.scalar(select(slots.c.id).where(mine)) is None:
            raise Missing
        if closed:
            lost = closing.close_slot(connection, slot_id, visit.now)
            visit.audit(connection, "slot.closed", "centres", centre["id"], {"slot": slot_id, "people": lost})
        else:
            closing.reopen_slot(connection, slot_id, visit.now)
            visit.audit(connection, "slot.opened", "centres", centre["id"], {"slot": slot_id})

    await visit.write(store)
    visit.services.wake()
    return visit.go(f"/centros/{visit.path_id()}/horas", "centros.hora_cerrada" if closed else "centros.hora_abierta")


ACTIONS: Final[Sequence[Any]] = (
    get("/centros/{id:int}/horas", "centres.read", hours),
    post("/centros/{id:int}/horas", "centres.write", add_hours),
    post("/centros/{id:int}/horas/{otra:int}/quitar", "centres.write", remove_hours),
    post("/centros/{id:int}/cierres", "centres.write", close_days),
    post("/centros/{id:int}/cierres/{otra:int}/quitar", "centres.write", reopen_days),
    post("/centros/{id:int}/turnos", "centres.write", add_time),
    post("/centros/{id:int}/turnos/{otra:int}/cerrar", "centres.write", close_time),
    post("/centros/{id:int}/turnos/{otra:int}/abrir", "centres.write", reopen_time),
)
