"""«Agenda»: whose turn it is, who came, who did not, and who should be called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select, update
from starlette.responses import Response

from bot.assessing import arrivals
from bot.booking import blocked as trouble
from bot.booking import book
from bot.booking.errors import BookingError
from bot.panel.casework.page import piecemeal
from bot.panel.room import Nav, Room, Slot, get, post
from bot.panel.rooms import agenda_book, agenda_day
from bot.panel.rooms.agenda_day import Line
from bot.panel.sessions import Staff
from bot.panel.visit import Conflict, Missing, Visit
from bot.people import record
from db.tables import reminders


async def today(visit: Visit) -> Response:
    """One day at one centre."""
    return await _shown(visit, "agenda/dia.html")


async def sheet(visit: Visit) -> Response:
    """The same day to be printed, and marked by hand."""
    return await _shown(visit, "agenda/hoja.html")


async def _shown(visit: Visit, template: str) -> Response:
    seen = await visit.read(lambda c: read(c, visit))
    centre = seen["centre"]
    if seen["new"]:
        await visit.write(lambda c: agenda_day.note(c, visit, seen["new"], centre["id"]))
    return visit.page(template, **seen)


def read(connection: Connection, visit: Visit) -> dict[str, Any]:
    """Everything of the page. Raises `Missing` where the centre is out of reach."""
    every = agenda_day.centres_of(connection, visit)
    chosen = visit.number("centro")
    centre = next((row for row in every if row["id"] == chosen), None)
    if centre is None and chosen is not None:
        raise Missing
    centre = centre or next(iter(every), None)
    zone = ZoneInfo(centre["timezone"]) if centre else visit.services.zone
    day = agenda_day.day_of(visit.query("dia", 10), zone, visit.now)
    found: dict[str, list[Line]] = {"lines": [], "unmarked": []}
    stuck: list[tuple[Line, Sequence[RowMapping]]] = []
    if centre:
        found["lines"] = agenda_day.lines(connection, visit, centre["id"], day, zone)
        found["unmarked"] = agenda_day.unmarked(connection, visit, centre["id"], zone)
        stuck = agenda_day.blocked(connection, visit, centre["id"])
    every_line = [*found["lines"], *found["unmarked"], *(line for line, _ in stuck)]
    return {
        **found,
        "blocked": stuck,
        "most": agenda_day.LATE,
        "centres": every,
        "centre": centre,
        "day": day,
        "is_today": day == visit.now.astimezone(zone).date(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "hour": partial(hour, zone),
        "trade": partial(trade_name, visit),
        "causes": book.CAUSES,
        "now": visit.now,
        "new": agenda_day.unnoted(connection, visit, {line.row["contact_id"] for line in every_line}),
    }


def hour(zone: ZoneInfo, at: datetime) -> str:
    """Such as 08:30, at the centre."""
    return f"{at.astimezone(zone):%H:%M}"


def trade_name(visit: Visit, slug: str, country: str | None) -> str:
    """What people of a country call a trade."""
    trade = visit.services.deps.world.trades.get(slug)
    if trade is None:
        return slug
    return next(iter(trade.names.get(country or "", ()) or next(iter(trade.names.values()), ())), slug)


# --- how it went -------------------------------------------------------------------------------------------------


async def mark(visit: Visit) -> Response:
    """Confirmed, attended, missed with a reason, or taken up again after it was cancelled."""
    what = visit.field("estado", 20)
    reason = visit.field("motivo", 20) or None
    if what not in _MARKS or (reason is not None and reason not in book.CAUSES):
        raise Conflict
    line = await visit.read(lambda c: agenda_day.one(c, visit))

    def store(connection: Connection) -> None:
        row = agenda_day.one(connection, visit).row
        _MARKS[what](connection, row["id"], visit.now, reason)
        detail = {"from": row["state"], **({"reason": reason} if reason and what == "missed" else {})}
        visit.audit(connection, f"appointment.{what}", "appointments", row["id"], detail, contact_id=row["contact_id"])

    return await _done(visit, line, store, f"agenda.hecho_{what}")


def _confirm(connection: Connection, appointment_id: int, now: datetime, _: str | None) -> None:
    book.confirm(connection, appointment_id, now)


def _attended(connection: Connection, appointment_id: int, now: datetime, _: str | None) -> None:
    book.attended(connection, appointment_id, now)


def _missed(connection: Connection, appointment_id: int, now: datetime, reason: str | None) -> None:
    book.missed(connection, appointment_id, now, reason)


def _retake(connection: Connection, appointment_id: int, now: datetime, _: str | None) -> None:
    arrivals.retake(connection, appointment_id, now)


_MARKS: Final = {"confirmed": _confirm, "attended": _attended, "missed": _missed, "retaken": _retake}


async def cancel(visit: Visit) -> Response:
    """The person said that they will not come, or staff had to."""
    reason = visit.field("motivo", 20)
    if reason not in (book.PERSON, book.STAFF):
        raise Conflict
    line = await visit.read(lambda c: agenda_day.one(c, visit))

    def store(connection: Connection) -> None:
        row = agenda_day.one(connection, visit).row
        book.cancel(connection, row["id"], reason, visit.now)
        detail = {"from": row["state"], "reason": reason}
        visit.audit(
            connection, "appointment.cancelled", "appointments", row["id"], detail, contact_id=row["contact_id"]
        )

    return await _done(visit, line, store, "agenda.hecho_cancelled")


async def unstick(visit: Visit) -> Response:
    """What could not be sent: somebody called instead, or it is tried once more."""
    how = visit.field("como", 10)
    if how not in ("called", "again"):
        raise Conflict
    line = await visit.read(lambda c: agenda_day.one(c, visit))

    def store(connection: Connection) -> None:
        stuck = (reminders.c.appointment_id == line.row["id"]) & (reminders.c.state == "blocked")
        for reminder_id in connection.scalars(select(reminders.c.id).where(stuck)).all():
            if how == "again":
                trouble.again(connection, reminder_id, visit.now)
        connection.execute(update(reminders).where(stuck).values(state="void", cause="called"))
        contact_id = line.row["contact_id"]
        visit.audit(connection, f"appointment.{how}", "appointments", line.row["id"], contact_id=contact_id)

    return await _done(visit, line, store, f"agenda.hecho_{how}")


async def _done(visit: Visit, line: Line, store: Any, key: str) -> Response:
    """Do it; back to the day that was open, with what happened."""
    zone = ZoneInfo(line.row["timezone"])
    shown = agenda_day.day_of(visit.field("dia", 10), zone, line.row["starts_at"])
    back = f"/agenda?centro={line.row['centre_id']}&dia={shown.isoformat()}"
    try:
        await visit.write(store)
    except BookingError as error:
        return visit.go(back, error.key)
    visit.services.wake()
    return visit.go(back, key)


async def phone(visit: Visit) -> Response:
    """The telephone number of somebody in the agenda, on a tap: who looked at it is in the log."""

    def look(connection: Connection) -> tuple[Line, list[str]]:
        line = agenda_day.one(connection, visit)
        visit.audit(connection, "person.phone_seen", "contacts", line.row["contact_id"])
        return line, record.phones(connection, visit.services.deps.cipher, line.row["contact_id"])

    line, numbers = await visit.write(look)
    if piecemeal(visit):
        return visit.page("agenda/numero.html", numbers=numbers, id=line.row["id"])
    return visit.page("agenda/telefono.html", line=line, numbers=numbers)


def _unmarked(connection: Connection, staff: Staff, now: datetime) -> int:
    own = staff.id if staff.role == "evaluator" else None
    return agenda_day.count_unmarked(connection, staff.country, own, now)


def _blocked(connection: Connection, staff: Staff, now: datetime) -> int:
    own = staff.id if staff.role == "evaluator" else None
    return agenda_day.count_blocked(connection, staff.country, own, now)


ROOM: Final = Room(
    "agenda",
    (
        get("/agenda", "agenda.read", today),
        get("/agenda/hoja", "agenda.read", sheet),
        post("/agenda/{id:int}", "agenda.write", mark),
        post("/agenda/{id:int}/cancelar", "agenda.write", cancel),
        post("/agenda/{id:int}/aviso", "agenda.write", unstick),
        post("/agenda/{id:int}/telefono", "people.phone", phone),
        *agenda_book.ACTIONS,
    ),
    nav=(Nav("/agenda", "agenda.titulo", "agenda.read", 20, "evaluaciones"),),
    slots=(
        Slot("/agenda", "agenda.hoy_sin_marcar", "agenda.write", _unmarked),
        Slot("/agenda", "agenda.hoy_sin_aviso", "agenda.write", _blocked, urgent=True),
    ),
)
