"""What the agenda shows: whose turn it is at a centre on a day, what nobody has marked, what could not be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, insert, select

from bot.panel.roles import within
from bot.panel.visit import Missing, Visit
from bot.people import names
from db.tables import (
    appointments,
    audit_log,
    centre_staff,
    centres,
    contacts,
    evaluation_marks,
    evaluations,
    reminders,
    slots,
)

SEEN: Final = "appointment.seen"
HELD: Final = ("booked", "confirmed", "attended", "missed")
UNMARKED: Final = timedelta(days=14)  # so long it is worth asking how it went
FAR: Final = timedelta(days=3660)
MOST: Final = 300
LATE: Final = 40  # of those that wait to be marked or called, on one page
OLD: Final = timedelta(days=60)
MANY: Final = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment, with who it is of and its evaluation if there is one."""

    row: RowMapping
    name: str

    @property
    def called(self) -> str:
        """The name, or the code where nobody told it."""
        return self.name or str(self.row["person"])


def centres_of(connection: Connection, visit: Visit) -> Sequence[RowMapping]:
    """Those whose agenda this person sees: an evaluator where they work, others all of their country."""
    query = select(centres.c.id, centres.c.name, centres.c.timezone, centres.c.country, centres.c.active)
    return connection.execute(query.where(mine(visit)).order_by(centres.c.name, centres.c.id)).mappings().all()


def mine(visit: Visit) -> ColumnElement[bool]:
    """The centres within somebody's reach."""
    if visit.staff.role != "evaluator":
        return within(centres.c.country, visit.staff.country)
    works = select(centre_staff.c.centre_id).where(centre_staff.c.user_id == visit.staff.id)
    return centres.c.id.in_(works)


def day_of(text: str, zone: ZoneInfo, now: datetime) -> date:
    """The day of an address; today where it says none, or one that nobody plans for."""
    today = now.astimezone(zone).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) < FAR else today


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins and ends at a centre."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def lines(connection: Connection, visit: Visit, centre_id: int, day: date, zone: ZoneInfo) -> list[Line]:
    """Everybody of a day, in the order of their hours; cancelled ones only where somebody noted something of them."""
    begins, ends = bounds(day, zone)
    on_it = (slots.c.centre_id == centre_id) & (slots.c.starts_at >= begins) & (slots.c.starts_at < ends)
    counts = appointments.c.state.in_(HELD) | evaluations.c.id.is_not(None)
    return _read(connection, visit, on_it & counts, MOST)


def unmarked(connection: Connection, visit: Visit, centre_id: int, zone: ZoneInfo) -> list[Line]:
    """Those of the days before today of whom nobody said how it went."""
    today, _ = bounds(visit.now.astimezone(zone).date(), zone)
    before = (slots.c.starts_at >= today - UNMARKED) & (slots.c.starts_at < today)
    return _read(
        connection, visit, before & (slots.c.centre_id == centre_id) & appointments.c.state.in_(("booked", "confirmed"))
    )


def blocked(connection: Connection, visit: Visit, centre_id: int) -> list[tuple[Line, Sequence[RowMapping]]]:
    """Whom a message did not reach before a day that is still to come, and what it was: somebody should call."""
    theirs = appointments.c.id.in_(_stuck(connection, visit.now))
    found = _read(connection, visit, (slots.c.centre_id == centre_id) & _ahead(visit.now) & theirs)
    ids = [line.row["id"] for line in found]
    stuck = select(reminders).where(reminders.c.appointment_id.in_(ids), reminders.c.state == "blocked")
    rows = connection.execute(stuck.order_by(reminders.c.id)).mappings().all() if ids else []
    return [(line, [row for row in rows if row["appointment_id"] == line.row["id"]]) for line in found]


def _stuck(connection: Connection, now: datetime) -> list[int]:
    """Appointments of which something could not be said lately, the newest first; read apart, by its own index."""
    lately = select(reminders.c.appointment_id).where(reminders.c.state == "blocked", reminders.c.closed_at > now - OLD)
    return list(dict.fromkeys(connection.scalars(lately.order_by(reminders.c.closed_at.desc()).limit(MANY))))


def _ahead(now: datetime) -> ColumnElement[bool]:
    """Who may set out: somebody who is expected, or was until the day was closed."""
    return (slots.c.ends_at > now) & appointments.c.state.in_(("offered", "booked", "confirmed", "cancelled"))


def _read(connection: Connection, visit: Visit, which: ColumnElement[bool], most: int = LATE) -> list[Line]:
    cipher = visit.services.deps.cipher
    found = connection.execute(query().where(which).order_by(slots.c.starts_at, appointments.c.id).limit(most))
    return [Line(row, names.opened(cipher, row["name_enc"])) for row in found.mappings()]


def query() -> Select[Any]:
    """Appointments with their slot, centre, person and evaluation."""
    noted = select(func.count()).where(evaluation_marks.c.evaluation_id == evaluations.c.id).scalar_subquery()
    return (
        select(
            appointments.c.id,
            appointments.c.code,
            appointments.c.contact_id,
            appointments.c.trade,
            appointments.c.state,
            appointments.c.reason,
            appointments.c.offered_until,
            slots.c.starts_at,
            slots.c.ends_at,
            slots.c.centre_id,
            centres.c.name.label("centre"),
            centres.c.country.label("centre_country"),
            centres.c.timezone,
            contacts.c.code.label("person"),
            contacts.c.name_enc,
            evaluations.c.result,
            evaluations.c.id.label("evaluation_id"),
            noted.label("noted"),
        )
        .join(slots, slots.c.id == appointments.c.slot_id)
        .join(centres, centres.c.id == slots.c.centre_id)
        .join(contacts, contacts.c.id == appointments.c.contact_id)
        .join(evaluations, evaluations.c.appointment_id == appointments.c.id, isouter=True)
    )


def one(connection: Connection, visit: Visit) -> Line:
    """The appointment in the address, if it is at a centre within reach. Raises `Missing`."""
    row = connection.execute(query().where(appointments.c.id == visit.path_id(), mine(visit))).mappings().first()
    if row is None:
        raise Missing
    return Line(row, names.opened(visit.services.deps.cipher, row["name_enc"]))


def unnoted(connection: Connection, visit: Visit, people: Iterable[int], action: str = SEEN) -> list[int]:
    """Of these people, those whom this person has not looked at so today."""
    wanted = set(people)
    begins, _ = bounds(visit.now.astimezone(visit.services.zone).date(), visit.services.zone)
    seen = select(audit_log.c.contact_id).where(
        audit_log.c.contact_id.in_(wanted),
        audit_log.c.user_id == visit.staff.id,
        audit_log.c.action == action,
        audit_log.c.created_at >= begins,
    )
    return sorted(wanted - set(connection.scalars(seen))) if wanted else []


def note(connection: Connection, visit: Visit, people: Sequence[int], centre_id: int | None, action: str = SEEN) -> int:
    """A line of the log for each."""
    row = {"created_at": visit.now, "user_id": visit.staff.id, "action": action, "entity": "centres"}
    rows = [{**row, "entity_id": centre_id, "contact_id": contact_id} for contact_id in people]
    return connection.execute(insert(audit_log), rows).rowcount


def count_unmarked(connection: Connection, country: str | None, user_id: int | None, now: datetime) -> int:
    """How many appointments of the last days nobody has marked; of one evaluator's centres, or of a country."""
    late = (slots.c.starts_at >= now - UNMARKED) & (slots.c.starts_at < now - timedelta(hours=12))
    return _count(connection, country, user_id, late & appointments.c.state.in_(("booked", "confirmed")))


def count_blocked(connection: Connection, country: str | None, user_id: int | None, now: datetime) -> int:
    """How many who are to come did not get a reminder."""
    theirs = appointments.c.id.in_(_stuck(connection, now))
    return _count(connection, country, user_id, _ahead(now) & theirs)


def _count(connection: Connection, country: str | None, user_id: int | None, which: ColumnElement[bool]) -> int:
    works = select(centre_staff.c.centre_id).where(centre_staff.c.user_id == user_id)
    reach = within(centres.c.country, country) if user_id is None else centres.c.id.in_(works)
    query = (
        select(func.count())
        .select_from(appointments.join(slots, slots.c.id == appointments.c.slot_id))
        .join(centres, centres.c.id == slots.c.centre_id)
    )
    return connection.scalar(query.where(which, reach)) or 0
