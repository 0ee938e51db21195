"""Where one can be assessed: centres that are open and accredited, the nearest ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, exists, or_, select

from bot.booking.errors import NoSuchCentre
from db.tables import centre_trades, centres, departments, municipalities, slots
from nlu.geography import kilometres

Point = tuple[float, float]  # latitude, longitude


@dataclass(frozen=True, slots=True)
class Place:
    """A centre, as somebody who has to get there needs it. Empty text: nobody said."""

    id: int
    code: str
    name: str
    country: str
    municipality: str
    department: str
    address: str
    latitude: float | None
    longitude: float | None
    directions: str
    bring: str
    accessibility: str
    phone: str
    zone: ZoneInfo
    active: bool
    accredited_until: datetime | None

    @property
    def point(self) -> Point | None:
        """Where it lies, if anybody said."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)

    def assesses(self, at: datetime) -> bool:
        """Whether it is open and, as far as known, accredited then."""
        return self.active and (self.accredited_until is None or at <= self.accredited_until)


@dataclass(frozen=True, slots=True)
class Nearby:
    """A centre, how far it is as the crow flies, and its first time with room for the trade that was asked for."""

    place: Place
    km: float | None
    next_at: datetime | None


zone_of: Final = cache(ZoneInfo)  # reads a file; there are a few zones

COLUMNS: Final = (
    centres,
    municipalities.c.name.label("municipality"),
    departments.c.name.label("department"),
)


def free(now: datetime) -> ColumnElement[bool]:
    """Slots that may still be booked and have room."""
    return (slots.c.booked < slots.c.capacity) & slots.c.closed_at.is_(None) & (slots.c.starts_at > now)


def query() -> Select[Any]:
    """Every centre with the names of where it lies."""
    around = centres.outerjoin(municipalities).outerjoin(departments)
    return select(*COLUMNS).select_from(around)


def place(row: RowMapping) -> Place:
    """A centre from a row of `query`."""
    return Place(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        country=row["country"],
        municipality=row["municipality"] or "",
        department=row["department"] or "",
        address=row["address"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        directions=row["directions"],
        bring=row["bring"],
        accessibility=row["accessibility"],
        phone=row["phone"] or "",
        zone=zone_of(row["timezone"]),
        active=row["active"],
        accredited_until=row["accredited_until"],
    )


def by_id(connection: Connection, centre_id: int) -> Place:
    """A centre. Raises `NoSuchCentre`."""
    return _one(connection, centres.c.id == centre_id)


def by_code(connection: Connection, code: str) -> Place:
    """A centre. Raises `NoSuchCentre`."""
    return _one(connection, centres.c.code == code)


def _one(connection: Connection, which: ColumnElement[bool]) -> Place:
    row = connection.execute(query().where(which)).mappings().first()
    if row is None:
        raise NoSuchCentre
    return place(row)


def near(connection: Connection, trade: str, country: str, point: Point | None, now: datetime) -> list[Nearby]:
    """The centres that assess a trade in a country ("": in any), the nearest ones first.

    Where a distance is not known, the ones with the first free time come first, those without any last.
    """
    first = (
        select(slots.c.starts_at)
        .where(slots.c.centre_id == centres.c.id, slots.c.trade == trade, free(now))
        .order_by(slots.c.starts_at)
        .limit(1)
        .scalar_subquery()
    )
    accredited = or_(centres.c.accredited_until.is_(None), centres.c.accredited_until >= now)
    teaches = exists().where(centre_trades.c.centre_id == centres.c.id, centre_trades.c.trade == trade)
    which = query().add_columns(first.label("next_at")).where(centres.c.active, accredited, teaches)
    if country:
        which = which.where(centres.c.country == country)
    found = [_nearby(row, point) for row in connection.execute(which).mappings()]
    return sorted(found, key=_order)


def _nearby(row: RowMapping, point: Point | None) -> Nearby:
    here = place(row)
    km = round(kilometres(point, here.point), 1) if point and here.point else None
    until = here.accredited_until
    next_at = None if row["next_at"] and until and row["next_at"] > until else row["next_at"]
    return Nearby(here, km, next_at)


def _order(each: Nearby) -> tuple[bool, float, bool, float, str]:
    begins = each.next_at.timestamp() if each.next_at else 0.0
    return each.km is None, each.km or 0.0, each.next_at is None, begins, each.place.name


def trades(connection: Connection, centre_id: int) -> Sequence[str]:
    """What a centre assesses."""
    mine = select(centre_trades.c.trade).where(centre_trades.c.centre_id == centre_id)
    return connection.scalars(mine.order_by(centre_trades.c.trade)).all()
