"""«Registro»: who saw and changed what, by person, by account, by day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select
from starlette.responses import Response

from bot.panel.paging import Pager
from bot.panel.roles import within
from bot.panel.room import Nav, Room, get
from bot.panel.visit import Visit
from db.tables import audit_log, contacts, users

_BEFORE: Final = "antes"


async def log(visit: Visit) -> Response:
    """The newest first."""
    person, account, day = visit.query("persona"), visit.number("cuenta"), day_in(visit.query("dia"))
    before = visit.number(_BEFORE)
    filters = {"persona": person, "cuenta": str(account or ""), "dia": day.isoformat() if day else ""}
    pager = Pager("/panel/registro", filters, _BEFORE)

    def rows(connection: Connection) -> tuple[list[RowMapping], list[RowMapping]]:
        query = entries(visit, pager.size, by_day=day is not None)
        if person:
            query = query.where(contacts.c.code == person)
        if account:
            query = query.where(audit_log.c.user_id == account)
        if day:
            query = query.where(*within_day(visit, day))
        if before:
            query = query.where(audit_log.c.id < before)
        return list(connection.execute(query).mappings()), accounts_of(connection, visit)

    found, people = await visit.read(rows)
    lines = pager.cut(found, lambda row: row["id"], before is not None)
    return visit.page("registro/lista.html", lines=lines, filters=filters, people=people)


def entries(visit: Visit, size: int, *, by_day: bool) -> Select[Any]:
    """One page of the log, within one's country; what the command line did is for who sees every country."""
    query = (
        select(
            audit_log.c.id,
            audit_log.c.created_at,
            audit_log.c.action,
            audit_log.c.entity,
            audit_log.c.entity_id,
            users.c.name,
            users.c.email,
            contacts.c.code,
        )
        .join(users, users.c.id == audit_log.c.user_id, isouter=True)
        .join(contacts, contacts.c.id == audit_log.c.contact_id, isouter=True)
    )
    if visit.staff.country is not None:
        # Spelt so that no database begins with the accounts: their lines are many, those of a page few.
        query = query.where(func.coalesce(users.c.country, "") == visit.staff.country)
    newest = audit_log.c.id + 0 if by_day else audit_log.c.id  # a day's few lines are sorted, not sought by id
    return query.order_by(newest.desc()).limit(size + 1)


def accounts_of(connection: Connection, visit: Visit) -> list[RowMapping]:
    """Whom the list can be narrowed to."""
    query = select(users.c.id, users.c.name, users.c.email).where(within(users.c.country, visit.staff.country))
    return list(connection.execute(query.order_by(users.c.email).limit(500)).mappings())


def day_in(text: str) -> date | None:
    """A day as a browser's field gives it; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def within_day(visit: Visit, day: date) -> tuple[Any, Any]:
    """From midnight to midnight in the office's zone."""
    begins = datetime.combine(day, time.min, visit.services.zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, visit.services.zone)
    return audit_log.c.created_at >= begins, audit_log.c.created_at < ends


ROOM: Final = Room(
    "registro",
    (get("/registro", "audit.read", log),),
    nav=(Nav("/registro", "registro.titulo", "audit.read", 44, "equipo"),),
)
