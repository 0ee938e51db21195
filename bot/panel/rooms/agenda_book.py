"""Booking for somebody who calls or comes: who, for what, where and when; changing what stands; walk-ins."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping
from starlette.responses import Response

from bot.assessing import arrivals
from bot.booking import appointments as booked
from bot.booking import book, places, times
from bot.booking.errors import AlreadyBooked, BookingError
from bot.booking.errors import Gone as NoLonger
from bot.panel.room import get, post
from bot.panel.rooms import agenda_day
from bot.panel.visit import Missing, Visit
from bot.people import finding, names, record
from bot.people.errors import Gone
from bot.people.finding import Result

SOUGHT: Final = 120  # characters
LISTED: Final = "person.listed"


async def who(visit: Visit) -> Response:
    """Asks for whom: what is typed goes by POST, for a name or a telephone is no part of an address."""
    return visit.page("agenda/quien.html", sought="", result=None, centre_id=_centre(visit))


def _centre(visit: Visit) -> int | None:
    """The centre that was open, from step to step."""
    return visit.number("centro") if visit.request.method == "GET" else _number(visit.field("centro", 20))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def found(visit: Visit) -> Response:
    """Whom it means."""
    sought = visit.field("buscar", SOUGHT)

    def look(connection: Connection) -> Result:
        deps = visit.services.deps
        result = finding.find(connection, deps.cipher, deps.hasher, sought, visit.staff.country)
        visit.audit(connection, "person.searched", "contacts", None, {"by": result.by, "found": len(result.people)})
        for person in result.people:
            visit.audit(connection, LISTED, "contacts", person.id)
        return result

    result = await visit.write(look)
    return visit.page("agenda/quien.html", sought=sought, result=result, centre_id=_centre(visit))


async def when(visit: Visit) -> Response:
    """The trade, the centre and the free times for one person."""
    seen = await visit.read(lambda c: _choices(c, visit))
    if seen["new"]:
        await visit.write(lambda c: agenda_day.note(c, visit, seen["new"], None))
    return visit.page("agenda/cuando.html", **seen)


def _choices(connection: Connection, visit: Visit) -> dict[str, Any]:
    person = _person(connection, visit, visit.path_id("persona"))
    every = agenda_day.centres_of(connection, visit)
    centre = next((row for row in every if row["id"] == visit.number("centro")), None)
    known = visit.services.deps.world.trades
    offered = places.trades(connection, centre["id"]) if centre else ()
    trade = visit.query("oficio", 80) or (person["trade"] or "")
    trade = trade if trade in offered else next(iter(offered), "")
    standing = [each for each in booked.standing(connection, person["id"], visit.now) if each.trade == trade]
    free: list[Any] = []
    days: list[times.Day] = []
    zone = ZoneInfo(centre["timezone"]) if centre else visit.services.zone
    day = None
    if centre and trade:
        place = places.by_id(connection, centre["id"])
        days = times.days(connection, place, trade, visit.now)
        day = _day(visit, days)
        free = times.times(connection, place, trade, day, visit.now) if day else []
    return {
        "person": person,
        "new": agenda_day.unnoted(connection, visit, [person["id"]]),
        "name": names.opened(visit.services.deps.cipher, person["name_enc"]) or person["code"],
        "centres": every,
        "centre": centre,
        "trades": [(slug, _name(known, slug, centre)) for slug in offered if slug in known],
        "trade": trade,
        "days": days,
        "day": day,
        "free": free,
        "standing": next(iter(standing), None),
        "hour": partial(_hour, zone),
        "walk_in": visit.staff.role in ("evaluator", "facilitator", "coordinator"),
    }


def _name(known: Any, slug: str, centre: RowMapping | None) -> str:
    every = known[slug].names
    return str((every.get(centre["country"] if centre else "") or next(iter(every.values())))[0])


def _hour(zone: ZoneInfo, at: Any) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def _day(visit: Visit, days: list[times.Day]) -> date | None:
    """The day that was asked for, if there is room on it; else the first."""
    wanted = visit.query("dia", 10)
    return next((each.day for each in days if each.day.isoformat() == wanted), days[0].day if days else None)


def _person(connection: Connection, visit: Visit, person_id: int) -> RowMapping:
    try:
        row = record.found(connection, person_id, visit.staff.country)
    except Gone:
        raise Missing from None
    if row["merged_into"]:
        raise Missing
    return row


async def take(visit: Visit) -> Response:
    """Book that time; where one stands already for the trade, change it."""
    slot_id = _number(visit.field("lugar", 20))
    if slot_id is None:
        raise Missing

    def store(connection: Connection) -> tuple[int, str]:
        person = _person(connection, visit, visit.path_id("persona"))
        slot = times.of_slot(connection, slot_id, visit.now)
        if slot is None:
            raise NoLonger
        _, centre_id, trade = slot
        if centre_id not in {row["id"] for row in agenda_day.centres_of(connection, visit)}:
            raise Missing
        made, did = _booked(connection, visit, person["id"], slot_id, trade)
        detail = {"slot": slot_id}
        visit.audit(connection, f"appointment.{did}", "appointments", made.id, detail, contact_id=person["id"])
        day = made.starts_at.astimezone(places.by_id(connection, centre_id).zone).date()
        return centre_id, day.isoformat()

    return await _done(visit, store, "agenda.hecho_booked")


def _booked(
    connection: Connection, visit: Visit, person_id: int, slot_id: int, trade: str
) -> tuple[booked.Appointment, str]:
    diagnosis = arrivals.newest_diagnosis(connection, person_id, trade)
    try:
        return book.book(connection, person_id, slot_id, diagnosis_id=diagnosis, channel=None, now=visit.now), "booked"
    except AlreadyBooked as there:
        return book.change(connection, there.appointment.id, slot_id, visit.now), "changed"


async def came(visit: Visit) -> Response:
    """Somebody is there without an appointment: the evaluation may begin."""
    centre_id, trade = _number(visit.field("centro", 20)), visit.field("oficio", 80)

    def store(connection: Connection) -> tuple[int, str]:
        person = _person(connection, visit, visit.path_id("persona"))
        row = next((each for each in agenda_day.centres_of(connection, visit) if each["id"] == centre_id), None)
        if row is None:
            raise Missing
        evaluator = visit.staff.id if visit.staff.role == "evaluator" else None
        made = arrivals.walk_in(connection, person["id"], row["id"], trade, evaluator, visit.now)
        visit.audit(connection, "appointment.walked_in", "appointments", made, contact_id=person["id"])
        return row["id"], visit.now.astimezone(ZoneInfo(row["timezone"])).date().isoformat()

    return await _done(visit, store, "agenda.hecho_walked_in")


async def _done(visit: Visit, store: Any, key: str) -> Response:
    try:
        centre_id, day = await visit.write(store)
    except BookingError as error:
        centre = _number(visit.field("centro", 20))
        back = f"/agenda/reservar/{visit.path_id('persona')}" + (f"?centro={centre}" if centre else "")
        return visit.go(back, error.key)
    visit.services.wake()
    return visit.go(f"/agenda?centro={centre_id}&dia={day}", key)


ACTIONS: Final = (
    get("/agenda/reservar", "agenda.write", who),
    post("/agenda/reservar", "agenda.write", found),
    get("/agenda/reservar/{persona:int}", "agenda.write", when),
    post("/agenda/reservar/{persona:int}", "agenda.write", take),
    post("/agenda/reservar/{persona:int}/llego", "agenda.write", came),
)
