"""«Turnos»: who works when, on which days nobody does, and who covers for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, delete, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from bot.cases.roster import COORDINATOR, FACILITATOR, Roster, clock
from bot.panel.roles import COUNTRIES, PERMISSIONS, within
from bot.panel.room import Nav, Room, get, post
from bot.panel.visit import Missing, Refused, Visit
from db.tables import covers, holidays, shifts, users

ZONES: Final = ("America/El_Salvador", "America/Guatemala", "America/Tegucigalpa")
DAYS: Final = tuple("0123456")
ON_SHIFT: Final = (FACILITATOR, COORDINATOR)


async def week(visit: Visit) -> Response:
    """The week, the holidays to come, and who is away."""
    return visit.page("turnos/semana.html", **await visit.read(lambda c: read(c, visit)))


def read(connection: Connection, visit: Visit) -> dict[str, Any]:
    roster = Roster.load(connection, visit.services.deps.desk, visit.now)
    on_duty = roster.on_duty(visit.now, FACILITATOR) | roster.on_duty(visit.now, COORDINATOR)
    people = team(connection, visit)
    names = {row["id"]: row["name"] or row["email"] for row in people}
    today = visit.now.astimezone(visit.services.zone).date()
    days = select(holidays).where(holidays.c.day >= today, within(holidays.c.country, visit.staff.country))
    absent = select(covers).where(covers.c.ends_at > visit.now, covers.c.user_id.in_(names))
    return {
        "shifts": connection.execute(in_order(visit)).mappings().all(),
        "holidays": connection.execute(days.order_by(holidays.c.day, holidays.c.country).limit(60)).mappings().all(),
        "covers": connection.execute(absent.order_by(covers.c.starts_at)).mappings().all(),
        "names": names,
        "people": [row for row in people if row["active"] and row["role"] in PERMISSIONS["cases.work"]],
        "on_duty": sorted(names[user] for user in on_duty if user in names),
        "roles": ON_SHIFT,
        "zones": ZONES,
        "days": DAYS,
        "countries": [code for code in COUNTRIES if visit.staff.country in (None, code)],
        "zone": visit.services.zone.key,
    }


def team(connection: Connection, visit: Visit) -> list[RowMapping]:
    """Whose times this person sees: those of their country, and who works for all."""
    columns = (users.c.id, users.c.name, users.c.email, users.c.role, users.c.active)
    query = select(*columns).where(within(users.c.country, visit.staff.country, unknown=True))
    return list(connection.execute(query.order_by(users.c.name, users.c.email)).mappings())


def in_order(visit: Visit) -> Any:
    return select(shifts).where(_theirs(visit)).order_by(shifts.c.weekday, shifts.c.starts, shifts.c.id)


def _theirs(visit: Visit) -> ColumnElement[bool]:
    """Shifts of one's own country: of its people, or of everybody there; all for who works for all."""
    country = visit.staff.country
    if country is None:
        return true()
    own = select(users.c.id).where(within(users.c.country, country, unknown=True))
    return or_(shifts.c.user_id.in_(own), shifts.c.country == country)


def known(connection: Connection, visit: Visit, user: str) -> int:
    """A user of the team, by the number in a form. Raises `Refused`."""
    ids = {str(row["id"]): int(row["id"]) for row in team(connection, visit)}
    if user not in ids:
        raise Refused
    return ids[user]


async def add_shift(visit: Visit) -> Response:
    """The same hours on several days."""
    who, days = visit.field("quien"), [day for day in visit.fields("dias") if day in DAYS]
    role, zone = visit.field("rol"), visit.field("zona")
    try:
        starts, ends = (clock(visit.field(name, 5)).strftime("%H:%M") for name in ("desde", "hasta"))
    except ValueError:
        return visit.go("/turnos", "turnos.revise")
    if not days or role not in ON_SHIFT or zone not in ZONES:
        return visit.go("/turnos", "turnos.revise")
    hours = {"created_at": visit.now, "starts": starts, "ends": ends, "role": role, "zone": zone}

    def store(connection: Connection) -> None:
        whose = _whose(connection, visit, who)
        for day in days:
            row = insert(shifts).values(**hours, **whose, weekday=int(day)).returning(shifts.c.id)
            visit.audit(connection, "shift.added", "shifts", connection.scalars(row).one())

    await visit.write(store)
    return visit.go("/turnos", "turnos.guardado")


def _whose(connection: Connection, visit: Visit, who: str) -> dict[str, Any]:
    """«3»: that user; «SV»: everybody there; «todos»: everybody. Raises `Refused` beyond one's own country."""
    if who in (*COUNTRIES, "todos"):
        country = None if who == "todos" else who
        if visit.staff.country not in (None, country):
            raise Refused
        return {"user_id": None, "country": country}
    return {"user_id": known(connection, visit, who), "country": None}


async def remove_shift(visit: Visit) -> Response:
    def store(connection: Connection) -> None:
        gone = delete(shifts).where(shifts.c.id == visit.path_id(), _theirs(visit))
        _removed(visit, connection, gone, "shift.removed", shifts)

    await visit.write(store)
    return visit.go("/turnos", "turnos.quitado")


def _removed(visit: Visit, connection: Connection, gone: Any, action: str, table: Table) -> None:
    if not connection.execute(gone).rowcount:
        raise Missing
    visit.audit(connection, action, table.name, visit.path_id())


async def add_holiday(visit: Visit) -> Response:
    """A day on which nobody of a country works."""
    country, name = visit.field("pais"), visit.field("nombre", 80)
    try:
        day = date.fromisoformat(visit.field("dia", 10))
    except ValueError:
        return visit.go("/turnos", "turnos.revise")
    if country not in COUNTRIES or not name:
        return visit.go("/turnos", "turnos.revise")
    if visit.staff.country not in (None, country):
        raise Refused
    row = {"created_at": visit.now, "country": country, "day": day, "name": name, "source": "panel", "verified": True}

    def store(connection: Connection) -> None:
        made = insert(holidays).values(row).returning(holidays.c.id)
        visit.audit(connection, "holiday.added", "holidays", connection.scalars(made).one())

    try:
        await visit.write(store)
    except IntegrityError:
        return visit.go("/turnos", "turnos.ya_esta")
    return visit.go("/turnos", "turnos.guardado")


async def verify_holiday(visit: Visit) -> Response:
    """Somebody looked it up: it is that day this year."""
    mine = holidays.c.id == visit.path_id(), within(holidays.c.country, visit.staff.country)

    def store(connection: Connection) -> None:
        if not connection.execute(update(holidays).where(*mine).values(verified=True)).rowcount:
            raise Missing
        visit.audit(connection, "holiday.verified", "holidays", visit.path_id())

    await visit.write(store)
    return visit.go("/turnos", "turnos.guardado")


async def remove_holiday(visit: Visit) -> Response:
    mine = holidays.c.id == visit.path_id(), within(holidays.c.country, visit.staff.country)

    def store(connection: Connection) -> None:
        _removed(visit, connection, delete(holidays).where(*mine), "holiday.removed", holidays)

    await visit.write(store)
    return visit.go("/turnos", "turnos.quitado")


async def add_cover(visit: Visit) -> Response:
    """Somebody is away, and perhaps another one has their shifts meanwhile."""
    who, by = visit.field("ausente"), visit.field("cubre")
    try:
        begins, ends = (_moment(visit, name) for name in ("falta_desde", "falta_hasta"))
    except ValueError:
        return visit.go("/turnos", "turnos.revise")
    if begins >= ends or who == by:
        return visit.go("/turnos", "turnos.revise")

    def store(connection: Connection) -> None:
        row = {"created_at": visit.now, "user_id": known(connection, visit, who), "starts_at": begins, "ends_at": ends}
        row["covered_by"] = known(connection, visit, by) if by else None
        made = insert(covers).values(row).returning(covers.c.id)
        visit.audit(connection, "cover.added", "covers", connection.scalars(made).one())

    await visit.write(store)
    return visit.go("/turnos", "turnos.guardado")


def _moment(visit: Visit, name: str) -> datetime:
    """A day and an hour as a browser's field gives them, in the office's zone. Raises `ValueError`."""
    return datetime.fromisoformat(visit.field(name, 19)).replace(tzinfo=visit.services.zone)


async def remove_cover(visit: Visit) -> Response:
    def store(connection: Connection) -> None:
        own = [row["id"] for row in team(connection, visit)]
        gone = delete(covers).where(covers.c.id == visit.path_id(), covers.c.user_id.in_(own))
        _removed(visit, connection, gone, "cover.removed", covers)

    await visit.write(store)
    return visit.go("/turnos", "turnos.quitado")


ROOM: Final = Room(
    "turnos",
    (
        get("/turnos", "shifts.read", week),
        post("/turnos", "shifts.write", add_shift),
        post("/turnos/{id:int}/quitar", "shifts.write", remove_shift),
        post("/turnos/feriados", "shifts.write", add_holiday),
        post("/turnos/feriados/{id:int}/confirmar", "shifts.write", verify_holiday),
        post("/turnos/feriados/{id:int}/quitar", "shifts.write", remove_holiday),
        post("/turnos/ausencias", "shifts.write", add_cover),
        post("/turnos/ausencias/{id:int}/quitar", "shifts.write", remove_cover),
    ),
    nav=(Nav("/turnos", "turnos.titulo", "shifts.read", 40, "equipo"),),
)
