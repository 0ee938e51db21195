"""«Centros»: where people are assessed, for which trades, and what somebody needs to get there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from starlette.responses import Response

from bot.booking import calendar, closing
from bot.inbox.people import new_code
from bot.panel.roles import COUNTRIES, within
from bot.panel.room import Nav, Room, get, post
from bot.panel.rooms import centre_hours, centre_team
from bot.panel.rooms.centres_found import day, found, state_of, unchanged
from bot.panel.rooms.people_write import Somewhere, labelled, somewhere, trades
from bot.panel.visit import Refused, Visit
from bot.people import places
from db.tables import centre_staff, centre_trades, centres, institutions, slots

ZONES: Final = {"SV": "America/El_Salvador", "GT": "America/Guatemala", "HN": "America/Tegucigalpa"}
LONG: Final = 1000  # characters of directions and the like
TEXTS: Final = {"nombre": 120, "direccion": 300, "como_llegar": LONG, "llevar": LONG, "acceso": LONG, "telefono": 40}
OTHERS: Final = {"pais": 2, "lugar_texto": 80, "coordenadas": 60, "acreditado_hasta": 10, "institucion": 20}
_POINT: Final = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*")


async def listing(visit: Visit) -> Response:
    """All centres of one's country, with what they assess and who works there."""
    return visit.page("centros/lista.html", **await visit.read(lambda c: _listed(c, visit)))


def _listed(connection: Connection, visit: Visit) -> dict[str, Any]:
    team = select(func.count()).where(centre_staff.c.centre_id == centres.c.id).scalar_subquery()
    ahead = (slots.c.centre_id == centres.c.id) & (slots.c.starts_at > visit.now) & slots.c.closed_at.is_(None)
    left = select(func.coalesce(func.sum(slots.c.capacity - slots.c.booked), 0)).where(ahead).scalar_subquery()
    query = select(centres, team.label("team"), left.label("left")).where(
        within(centres.c.country, visit.staff.country)
    )
    rows = connection.execute(query.order_by(centres.c.active.desc(), centres.c.country, centres.c.name)).mappings()
    taught: dict[int, list[str]] = {}
    for row in connection.execute(select(centre_trades).order_by(centre_trades.c.trade)):
        taught.setdefault(row.centre_id, []).append(row.trade)
    return {"centres": rows.all(), "taught": taught, "names": dict(trades(visit, visit.staff.country))}


async def new(visit: Visit) -> Response:
    values = {"pais": visit.staff.country or "SV"}
    return await _form(visit, None, values, {}, Somewhere())


async def _form(
    visit: Visit, row: RowMapping | None, values: Mapping[str, str], errors: Mapping[str, str], where: Somewhere
) -> Response:
    country = row["country"] if row else visit.staff.country
    query = select(institutions.c.id, institutions.c.name).order_by(institutions.c.name)
    if country:
        query = query.where(institutions.c.country.in_((country, "regional")))
    known = await visit.read(lambda c: [(str(each.id), each.name) for each in c.execute(query)])
    return visit.page(
        "centros/editar.html",
        422 if errors else 200,
        row=row,
        state=state_of(row) if row else "",
        values={name: values.get(name, "") for name in (*TEXTS, *OTHERS)},
        errors=errors,
        places=labelled(where.between),
        institutions=known,
        countries=[visit.staff.country] if visit.staff.country else COUNTRIES,
    )


async def add(visit: Visit) -> Response:
    """A new centre; its trades, people and hours come after."""
    typed = _typed(visit)
    if typed["pais"] in COUNTRIES and visit.staff.country not in (None, typed["pais"]):
        raise Refused
    country = typed["pais"] if typed["pais"] in COUNTRIES else ""
    where = somewhere(visit, country or None)
    errors = {} if country else {"pais": "centros.elija"}
    errors |= _wrong(typed, where)
    if errors:
        return await _form(visit, None, typed, errors, where)

    def store(connection: Connection) -> int:
        row = {"created_at": visit.now, "code": f"{country}-{new_code(5)}", "country": country}
        row |= {"timezone": ZONES[country], **_columns(connection, typed, where, country)}
        centre_id = int(connection.scalars(insert(centres).values(row).returning(centres.c.id)).one())
        visit.audit(connection, "centre.added", "centres", centre_id)
        return centre_id

    return visit.go(f"/centros/{await visit.write(store)}", "centros.creado")


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.field(name, limit) for name, limit in (TEXTS | OTHERS).items()}


def _wrong(typed: Mapping[str, str], where: Somewhere) -> dict[str, str]:
    wrong = {}
    if not typed["nombre"]:
        wrong["nombre"] = "centros.falta_nombre"
    if where.error:
        wrong["lugar_texto"] = where.error
    if typed["coordenadas"] and point(typed["coordenadas"]) is None:
        wrong["coordenadas"] = "centros.mal_punto"
    if typed["acreditado_hasta"] and day(typed["acreditado_hasta"]) is None:
        wrong["acreditado_hasta"] = "centros.mal_dia"
    if typed["institucion"] and not typed["institucion"].isdigit():
        wrong["institucion"] = "centros.elija"
    return wrong


def point(text: str) -> tuple[float, float] | None:
    """Latitude and longitude as a map shows them: «13.6929, -89.2182»."""
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _columns(connection: Connection, typed: Mapping[str, str], where: Somewhere, country: str) -> dict[str, Any]:
    place = places.columns(connection, where.place) if where.place else {"municipality_id": None}
    latitude, longitude = point(typed["coordenadas"]) or (None, None)
    if where.place is not None and latitude is None and where.place.precision == "point":
        latitude, longitude = where.place.lat, where.place.lng
    until = day(typed["acreditado_hasta"])
    institution = select(institutions.c.id).where(institutions.c.id == int(typed["institucion"] or 0))
    return {
        "name": typed["nombre"],
        "municipality_id": place["municipality_id"],
        "institution_id": connection.scalar(institution),
        "address": typed["direccion"],
        "directions": typed["como_llegar"],
        "bring": typed["llevar"],
        "accessibility": typed["acceso"],
        "phone": typed["telefono"] or None,
        "latitude": latitude,
        "longitude": longitude,
        "accredited_until": datetime.combine(until, time(23, 59, 59), ZoneInfo(ZONES[country])) if until else None,
    }


async def one(visit: Visit) -> Response:
    """Everything of one centre."""
    return visit.page("centros/uno.html", **await visit.read(lambda c: _one(c, visit)))


def _one(connection: Connection, visit: Visit) -> dict[str, Any]:
    row = found(connection, visit)
    institution = select(institutions.c.name).where(institutions.c.id == row["institution_id"])
    taught = connection.scalars(select(centre_trades.c.trade).where(centre_trades.c.centre_id == row["id"])).all()
    return {
        "centre": row,
        "state": state_of(row),
        "institution": connection.scalar(institution) or "",
        "place": centre_hours.where_it_is(connection, row),
        "taught": set(taught),
        "trades": trades(visit, row["country"]),
        "booked": centre_hours.booked(connection, row["id"], visit.now),
        **centre_team.read(connection, visit, row),
    }


async def edit_page(visit: Visit) -> Response:
    row = await visit.read(lambda c: found(c, visit))
    where = await visit.read(lambda c: centre_hours.where_it_is(c, row))
    until, zone = row["accredited_until"], ZoneInfo(row["timezone"])
    has_point = row["latitude"] is not None and row["longitude"] is not None
    values = {
        "nombre": row["name"],
        "pais": row["country"],
        "lugar_texto": where,
        "direccion": row["address"],
        "como_llegar": row["directions"],
        "llevar": row["bring"],
        "acceso": row["accessibility"],
        "telefono": row["phone"] or "",
        "coordenadas": f"{row['latitude']}, {row['longitude']}" if has_point else "",
        "acreditado_hasta": until.astimezone(zone).date().isoformat() if until else "",
        "institucion": str(row["institution_id"] or ""),
    }
    return await _form(visit, row, values, {}, Somewhere())


async def edit(visit: Visit) -> Response:
    """Corrected facts; the hours that follow from an accreditation are made anew."""
    row, typed = await visit.read(lambda c: found(c, visit)), _typed(visit)
    unmoved = typed["lugar_texto"] == await visit.read(lambda c: centre_hours.where_it_is(c, row))
    where = Somewhere() if unmoved else somewhere(visit, row["country"])
    if errors := _wrong(typed, where):
        return await _form(visit, row, typed, errors, where)

    def store(connection: Connection) -> None:
        before = unchanged(connection, visit)
        after = _columns(connection, typed, where, row["country"])
        if unmoved:
            after["municipality_id"] = before["municipality_id"]
        changed = [name for name, value in after.items() if value != before[name]]
        if changed:
            connection.execute(update(centres).where(centres.c.id == row["id"]).values(after))
            visit.audit(connection, "centre.changed", "centres", row["id"], {"fields": sorted(changed)})
            calendar.fill(connection, visit.now)

    await visit.write(store)
    return visit.go(f"/centros/{row['id']}", "centros.guardado")


async def set_trades(visit: Visit) -> Response:
    """What the centre assesses. Who has a place keeps it; no new times are made of what is not assessed any more."""
    wanted = set(visit.fields("oficios")) & {*visit.services.deps.world.trades}

    def store(connection: Connection) -> None:
        row = found(connection, visit)
        mine = centre_trades.c.centre_id == row["id"]
        had = set(connection.scalars(select(centre_trades.c.trade).where(mine)))
        connection.execute(delete(centre_trades).where(mine, centre_trades.c.trade.in_(had - wanted)))
        for trade in sorted(wanted - had):
            connection.execute(insert(centre_trades).values(created_at=visit.now, centre_id=row["id"], trade=trade))
        if had != wanted:
            detail = {"added": sorted(wanted - had), "removed": sorted(had - wanted)}
            visit.audit(connection, "centre.trades", "centres", row["id"], detail)
            calendar.fill(connection, visit.now)

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}", "centros.guardado")


async def close(visit: Visit) -> Response:
    """The centre assesses nobody any more: everybody who was expected is told, and kept another place."""

    def store(connection: Connection) -> None:
        row = unchanged(connection, visit)
        lost = closing.close_centre(connection, row["id"], visit.now)
        visit.audit(connection, "centre.closed", "centres", row["id"], {"people": lost})

    await visit.write(store)
    visit.services.wake()
    return visit.go(f"/centros/{visit.path_id()}", "centros.cerrado")


async def reopen(visit: Visit) -> Response:
    """It is found again, and has times again from its weekly hours."""

    def store(connection: Connection) -> None:
        row = unchanged(connection, visit)
        connection.execute(update(centres).where(centres.c.id == row["id"]).values(active=True))
        calendar.fill(connection, visit.now)
        visit.audit(connection, "centre.opened", "centres", row["id"])

    await visit.write(store)
    return visit.go(f"/centros/{visit.path_id()}", "centros.abierto")


ROOM: Final = Room(
    "centros",
    (
        get("/centros", "centres.read", listing),
        get("/centros/nuevo", "centres.write", new),
        post("/centros/nuevo", "centres.write", add),
        get("/centros/{id:int}", "centres.read", one),
        get("/centros/{id:int}/editar", "centres.write", edit_page),
        post("/centros/{id:int}/editar", "centres.write", edit),
        post("/centros/{id:int}/oficios", "centres.write", set_trades),
        post("/centros/{id:int}/cerrar", "centres.write", close),
        post("/centros/{id:int}/abrir", "centres.write", reopen),
        *centre_team.ACTIONS,
        *centre_hours.ACTIONS,
    ),
    nav=(Nav("/centros", "centros.titulo", "centres.read", 24, "evaluaciones"),),
)
