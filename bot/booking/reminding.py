"""What is said about an appointment without being asked: rows of `reminders`, each said once when its moment comes.

Safe on several machines: a row that another one holds is skipped, and its message is written in its own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select, update

from bot.booking import appointments, blocked, places, quiet, telling
from bot.booking.appointments import Appointment
from bot.booking.places import Place
from bot.booking.telling import Notice, Told, Untold
from bot.inbox.deps import Deps
from db.tables import appointments as appointment_rows
from db.tables import evaluations, reminders, slots
from flows import fechas
from flows.core.turn import Turn
from flows.plantillas import Form
from scheduler.due import Rule

BATCH: Final = 50
AHEAD: Final = timedelta(hours=13)  # of the night: what is due in it may have to leave before
BEFORE_NOTICE: Final = timedelta(hours=1)  # before the appointment: a morning's reminder is still of use
MORNING: Final = time(10)  # at the centre, of the day after, to who was not there
BEFORE: Final = ("three_days", "one_day", "two_hours")


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that is said. `states` of the appointment in which it is true; `lasts`: how long it is of use, from
    the appointment's hour or, with `from_due`, from when it was due.
    """

    template: str
    states: tuple[str, ...]
    lasts: timedelta
    from_due: bool = False
    dated: bool = True  # its words say «hoy» or «mañana»: they are true until midnight
    pressing: bool = False


_EXPECTED = ("booked", "confirmed")
KINDS: Final[Mapping[str, Kind]] = {
    "three_days": Kind("cita_recordatorio_3d", _EXPECTED, -timedelta(hours=36)),
    "one_day": Kind("cita_recordatorio_1d", _EXPECTED, -timedelta(hours=4)),
    "two_hours": Kind("cita_recordatorio_2h", _EXPECTED, -timedelta(minutes=30), pressing=True),
    "missed": Kind("cita_falto", ("missed",), timedelta(days=7), from_due=True, dated=False),
    "offered": Kind("cita_lugar_libre", ("offered",), -timedelta(hours=1), pressing=True),
    "closed": Kind("cita_cerrado", ("cancelled",), timedelta(days=1), dated=False, pressing=True),
    "result": Kind("resultado_listo", ("attended",), timedelta(days=30), from_due=True, dated=False),
}


def rules(deps: Deps, forms: Mapping[str, Form]) -> Mapping[str, Rule]:
    """For `scheduler.due.run_due`, in this order: what did not leave is noticed before anything new is said."""
    return {
        "settle_reminders": partial(settle, deps=deps),
        "revive_reminders": partial(blocked.revive, forms={name: forms[kind.template] for name, kind in KINDS.items()}),
        "notice_unsent": partial(blocked.notice, deps=deps),
        "remind": partial(remind, deps=deps, forms=forms),
    }


# --- when ------------------------------------------------------------------------------------------------------


def settle(connection: Connection, now: datetime, deps: Deps) -> int:
    """Move what is due in the next night out of it: to the evening before or, where that is early enough, after it."""
    soon = (
        select(reminders.c.id, reminders.c.kind, reminders.c.due_at, reminders.c.appointment_id)
        .where(reminders.c.state == "due", reminders.c.kind.in_((*BEFORE, "missed")))
        .where(reminders.c.due_at > now - AHEAD, reminders.c.due_at <= now + AHEAD)
        .order_by(reminders.c.id)
    )
    moved = 0
    for row in connection.execute(soon).all():
        appointment = appointments.by_id(connection, row.appointment_id)
        place = places.by_id(connection, appointment.centre_id)
        at = _moment(connection, row.kind, row.due_at, appointment, place, deps)
        if at != row.due_at:
            mine = update(reminders).where(reminders.c.id == row.id, reminders.c.state == "due")
            moved += connection.execute(mine.where(reminders.c.due_at == row.due_at).values(due_at=at)).rowcount
    return moved


def _moment(
    connection: Connection, kind: str, due_at: datetime, appointment: Appointment, place: Place, deps: Deps
) -> datetime:
    """When a reminder really leaves. Of a moment that this returned: the same."""
    if kind == "missed":
        return max(due_at, _morning_after(appointment.starts_at, place))
    where = telling.zones_of(connection, appointment.contact_id, place.zone, deps)
    if quiet.is_day(due_at, where):
        return due_at
    morning = quiet.next_day(due_at, where)
    if kind == "two_hours" and morning <= appointment.starts_at - BEFORE_NOTICE:
        return morning
    return quiet.day_before(due_at, where)


def _morning_after(starts_at: datetime, place: Place) -> datetime:
    day = starts_at.astimezone(place.zone).date() + timedelta(days=1)
    return datetime.combine(day, MORNING, place.zone).astimezone(UTC)


# --- what ------------------------------------------------------------------------------------------------------


def remind(connection: Connection, now: datetime, deps: Deps, forms: Mapping[str, Form]) -> int:
    """Say what is due: each once, in the words of this moment, or keep why not."""
    due = (
        select(reminders.c.id, reminders.c.kind, reminders.c.due_at, reminders.c.appointment_id)
        .where(reminders.c.state == "due", reminders.c.due_at <= now)
        .order_by(reminders.c.due_at, reminders.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    for row in rows:
        _one(connection, row, deps, forms, now)
    return len(rows)


def _one(connection: Connection, row: Any, deps: Deps, forms: Mapping[str, Form], now: datetime) -> None:
    kind = KINDS[row.kind]
    appointment = appointments.by_id(connection, row.appointment_id)
    reference = _reference(connection, row.kind, appointment)
    if appointment.state not in kind.states or reference is None:
        _close(connection, row.id, "void", now)
        return
    useful = _useful_until(kind, row.due_at, appointment)
    if now >= useful:
        _close(connection, row.id, "late", now, cause="late")
        return
    place = places.by_id(connection, appointment.centre_id)
    until = min(useful, _midnight(now, place)) if kind.dated else useful
    values = partial(_values, kind=row.kind, appointment=appointment, place=place)
    notice = Notice(forms[kind.template], reference, values, place.zone, until, kind.pressing)
    told = telling.tell(connection, appointment.contact_id, notice, deps, now)
    if isinstance(told, Told):
        _close(connection, row.id, "sent", now, outbox_id=told.outbox_id, cause=None)
        if row.kind == "result":
            mine = update(evaluations).where(evaluations.c.appointment_id == appointment.id)
            connection.execute(mine.values(told_at=now))
    else:
        _untold(connection, row, told, useful, deps, now)


def _untold(connection: Connection, row: Any, told: Untold, useful: datetime, deps: Deps, now: datetime) -> None:
    if told.again_at is not None and told.again_at < useful:
        connection.execute(update(reminders).where(reminders.c.id == row.id).values(due_at=told.again_at))
    elif told.again_at is not None:
        _close(connection, row.id, "late", now, cause=told.cause)
    elif told.cause == telling.OVER:
        _close(connection, row.id, "void", now)
    else:
        blocked.block(connection, row, told.cause, deps, now)


def _close(connection: Connection, reminder_id: int, state: str, now: datetime, **columns: Any) -> None:
    mine = update(reminders).where(reminders.c.id == reminder_id)
    connection.execute(mine.values(state=state, closed_at=now, **columns))


def _reference(connection: Connection, kind: str, appointment: Appointment) -> str | None:
    """What the opened flow is given: the appointment's code, or the id of its finished evaluation."""
    if kind != "result":
        return appointment.code
    mine = evaluations.c.appointment_id == appointment.id
    found = connection.scalar(select(evaluations.c.id).where(mine, evaluations.c.result.is_not(None)))
    return None if found is None else str(found)


def _useful_until(kind: Kind, due_at: datetime, appointment: Appointment) -> datetime:
    until = (due_at if kind.from_due else appointment.starts_at) + kind.lasts
    return min(until, appointment.offered_until) if appointment.offered_until else until


def _midnight(now: datetime, place: Place) -> datetime:
    """The end of the day at the centre: «mañana» is not true any more."""
    day = now.astimezone(place.zone).date() + timedelta(days=1)
    return datetime.combine(day, time(), place.zone).astimezone(UTC)


def _values(turn: Turn, *, kind: str, appointment: Appointment, place: Place) -> Sequence[str]:
    """The places of the template, in the words of now."""
    if kind == "result":
        return ()
    say = _say(turn, place)
    when = say(appointment.starts_at)
    if kind == "missed":
        return (when,)
    if kind == "offered" and appointment.offered_until is not None:
        return when, place.name, say(appointment.offered_until)
    return when, place.name


def _say(turn: Turn, place: Place) -> Callable[[datetime], str]:
    return lambda at: fechas.own(fechas.soon(turn, at, place.zone))


def unmarked(connection: Connection, now: datetime) -> list[int]:
    """Ids of appointments of which nobody has said how they went, two days after: for staff, who are asked; the person
    is never told that they were missed.
    """
    over = (
        select(appointment_rows.c.id)
        .join(slots, slots.c.id == appointment_rows.c.slot_id)
        .where(appointment_rows.c.state.in_(_EXPECTED), slots.c.ends_at <= now - timedelta(days=2))
        .order_by(slots.c.ends_at, appointment_rows.c.id)
    )
    return list(connection.scalars(over))
