"""«Red»: certified people who want to be found for work: trade, place, experience. Whoever wants one, asks us."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select
from starlette.responses import Response

from bot.panel.paging import Pager
from bot.panel.roles import COUNTRIES, within
from bot.panel.room import Nav, Room, Slot, get
from bot.panel.sessions import Staff
from bot.panel.visit import Visit
from db.tables import certificates, contacts, network_profiles


def standing(scope: str | None) -> Select[Any]:
    """A line for each trade of each profile that stands; nobody who erased their data or was joined to another."""
    return (
        select(
            network_profiles.c.id.label("profile"),
            network_profiles.c.experience,
            network_profiles.c.joined_at,
            contacts.c.id.label("contact_id"),
            contacts.c.code,
            contacts.c.country,
            contacts.c.department,
            certificates.c.trade,
            certificates.c.number,
            certificates.c.id.label("certificate"),
        )
        .join(contacts, contacts.c.id == network_profiles.c.contact_id)
        .join(certificates, certificates.c.contact_id == contacts.c.id)
        .where(network_profiles.c.left_at.is_(None), certificates.c.revoked_at.is_(None))
        .where(contacts.c.erased_at.is_(None), contacts.c.merged_into.is_(None))
        .where(within(contacts.c.country, scope))
    )


async def listing(visit: Visit) -> Response:
    """Those of a trade and a country, the newest certificates first."""
    trade, country = visit.query("oficio"), visit.query("pais")
    trade = trade if trade in visit.services.deps.world.trades else ""
    country = country if country in COUNTRIES else ""
    before = visit.number("desde")
    pager = Pager("/panel/red", {"oficio": trade, "pais": country}, "desde")
    query = standing(visit.staff.country).order_by(certificates.c.id.desc()).limit(pager.size + 1)
    for column, wanted in ((certificates.c.trade, trade), (contacts.c.country, country)):
        query = query.where(column == wanted) if wanted else query
    query = query.where(certificates.c.id < before) if before else query

    def read(connection: Connection) -> list[dict[str, Any]]:
        rows = connection.execute(query).all()
        visit.audit(connection, "network.seen", "network_profiles", None, {"trade": trade, "rows": len(rows)})
        named = visit.services.papers.trade_name
        return [{**row._mapping, "trade_name": named(row.trade, row.country or "")} for row in rows]

    rows = await visit.write(read)
    paged = pager.cut(rows, lambda row: row["certificate"], bool(before))
    own = visit.staff.country or ""
    trades = [
        (slug, visit.services.papers.trade_name(slug, country or own)) for slug in visit.services.deps.world.trades
    ]
    return visit.page("red/lista.html", paged=paged, trade=trade, country=country, trades=trades, countries=COUNTRIES)


def members(connection: Connection, staff: Staff, _: datetime) -> int:
    """How many profiles stand."""
    profiles = standing(staff.country).with_only_columns(func.count(func.distinct(network_profiles.c.id)))
    return connection.scalar(profiles) or 0


ROOM: Final = Room(
    "red",
    (get("/red", "network.read", listing),),
    nav=(Nav("/red", "red.menu", "network.read", 28, "evaluaciones"),),
    slots=(Slot("/red", "red.hoy", "network.read", members),),
)
