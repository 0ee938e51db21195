"""Who evaluates at a centre, and for which trades each of them is accredited, until when."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from starlette.responses import Response

from bot.booking import calendar
from bot.panel.roles import within
from bot.panel.room import post
from bot.panel.rooms.centres_found import day, found, number
from bot.panel.visit import BIGGEST, Conflict, Missing, Visit
from db.tables import accreditations, centre_staff, users


def read(connection: Connection, visit: Visit, centre: RowMapping) -> dict[str, Any]:
    """The team of a centre with their accreditations, and who could join it."""
    columns = (users.c.id, users.c.name, users.c.email, users.c.active)
    works = select(*columns).join(centre_staff, centre_staff.c.user_id == users.c.id)
    team = connection.execute(works.where(centre_staff.c.centre_id == centre["id"]).order_by(users.c.name)).mappings()
    here = team.all()
    ids = [row["id"] for row in here]
    has: dict[int, list[RowMapping]] = {}
    query = select(accreditations).where(accreditations.c.user_id.in_(ids)).order_by(accreditations.c.trade)
    for row in connection.execute(query).mappings():
        has.setdefault(row["user_id"], []).append(row)
    others = select(*columns).where(users.c.active, users.c.role == "evaluator", users.c.id.not_in(ids))
    others = others.where(within(users.c.country, centre["country"], unknown=True)).order_by(users.c.name)
    return {
        "team": here,
        "accredited": has,
        "others": [(str(row.id), row.name or row.email) for row in connection.execute(others)],
        "today": visit.now.astimezone(visit.services.zone).date(),
    }


def _evaluator(connection: Connection, visit: Visit, centre: RowMapping) -> int:
    """The evaluator of a form, if they may work in that country. Raises `Missing`."""
    user_id = number(visit.field("quien", 20), 1, BIGGEST)
    fits = within(users.c.country, centre["country"], unknown=True)
    query = select(users.c.id).where(users.c.id == user_id, users.c.role == "evaluator", users.c.active, fits)
    if connection.scalar(query) is None:
        raise Missing
    return int(user_id or 0)


async def join(visit: Visit) -> Response:
    """Somebody evaluates here too: they see its agenda."""

    def store(connection: Connection) -> None:
        centre = found(connection, visit)
        user_id = _evaluator(connection, visit, centre)
        mine = (centre_staff.c.centre_id == centre["id"]) & (centre_staff.c.user_id == user_id)
        if connection.scalar(select(centre_staff.c.id).where(mine)) is None:
            row = {"created_at": visit.now, "centre_id": centre["id"], "user_id": user_id}
            connection.execute(insert(centre_staff).values(row))
            visit.audit(connection, "centre.joined", "centres", centre["id"], {"user": user_id})

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}", "centros.guardado")


async def leave(visit: Visit) -> Response:
    """Somebody does not evaluate here any more: they see its agenda no longer."""

    def store(connection: Connection) -> None:
        centre, user_id = found(connection, visit), visit.path_id("user")
        mine = (centre_staff.c.centre_id == centre["id"]) & (centre_staff.c.user_id == user_id)
        if not connection.execute(delete(centre_staff).where(mine)).rowcount:
            raise Missing
        visit.audit(connection, "centre.left", "centres", centre["id"], {"user": user_id})

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}", "centros.guardado")


async def accredit(visit: Visit) -> Response:
    """Until when an evaluator may assess a trade; a second one of the same trade takes the first one's place."""
    trade, until = visit.field("oficio", 80), day(visit.field("hasta", 10))
    if until is None or trade not in visit.services.deps.world.trades:
        return visit.go(f"/centros/{visit.path_id()}", "centros.revise")

    def store(connection: Connection) -> None:
        centre = found(connection, visit)
        user_id = _evaluator(connection, visit, centre)
        works = (centre_staff.c.centre_id == centre["id"]) & (centre_staff.c.user_id == user_id)
        if connection.scalar(select(centre_staff.c.id).where(works)) is None:
            raise Conflict
        same = (accreditations.c.user_id == user_id) & (accreditations.c.trade == trade)
        changed = update(accreditations).where(same).values(until=until, institution_id=centre["institution_id"])
        if not connection.execute(changed).rowcount:
            row = {"created_at": visit.now, "user_id": user_id, "trade": trade, "until": until}
            connection.execute(insert(accreditations).values(row | {"institution_id": centre["institution_id"]}))
        detail = {"trade": trade, "until": until.isoformat()}
        visit.audit(connection, "accreditation.set", "users", user_id, detail)
        calendar.fill(connection, visit.now)

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}", "centros.guardado")


async def withdraw(visit: Visit) -> Response:
    """An evaluator may not assess a trade any more."""

    def store(connection: Connection) -> None:
        centre = found(connection, visit)
        works = select(centre_staff.c.user_id).where(centre_staff.c.centre_id == centre["id"])
        mine = (accreditations.c.id == visit.path_id("otra")) & accreditations.c.user_id.in_(works)
        row = connection.execute(select(accreditations).where(mine)).mappings().first()
        if row is None:
            raise Missing
        connection.execute(delete(accreditations).where(accreditations.c.id == row["id"]))
        visit.audit(connection, "accreditation.removed", "users", row["user_id"], {"trade": row["trade"]})
        calendar.fill(connection, visit.now)

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}", "centros.guardado")


ACTIONS: Final = (
    post("/centros/{id:int}/equipo", "centres.write", join),
    post("/centros/{id:int}/equipo/{user:int}/quitar", "centres.write", leave),
    post("/centros/{id:int}/acreditaciones", "centres.write", accredit),
    post("/centros/{id:int}/acreditaciones/{otra:int}/quitar", "centres.write", withdraw),
)
