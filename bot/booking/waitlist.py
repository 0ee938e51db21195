"""Who waits for a place: first come, first offered. An offer holds the place for a while, then it goes to the next.

Who let two offers go by stays on the list, behind everybody else, and is offered only what somebody gives back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, case, exists, literal_column, null, select, update

from bot.booking import appointments as read
from bot.booking import places, reminders, rows, times, waking
from bot.booking.appointments import STANDING, Appointment
from bot.booking.errors import AlreadyBooked, NotStanding
from db.tables import appointments, contacts, waitlist

PATIENCE: Final = 2  # offers let go by, after which somebody is last
BATCH: Final = 50
_SOONEST: Final = 10  # slots of a trade at a centre that are offered in one look

_STANDING_IN_LINE: Final = rows.among(waitlist.c.state, "waiting", "offered")
_WAITING: Final = waitlist.c.state == literal_column("'waiting'")  # as their indexes have it
_OFFERED: Final = appointments.c.state == literal_column("'offered'")


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody waits for a place at a centre."""

    centre_id: int
    trade: str
    passed: int


def join(
    connection: Connection, contact_id: int, centre_id: int, trade: str, now: datetime, *, diagnosis_id: int | None
) -> None:
    """Wait for a place; twice is once. Raises `AlreadyBooked`."""
    rows.hold_person(connection, contact_id)
    old = read.of_trade(connection, contact_id, trade)
    if old is not None and old.ends_at > now:
        raise AlreadyBooked(old)
    line = {"contact_id": contact_id, "centre_id": centre_id, "trade": trade, "diagnosis_id": diagnosis_id}
    rows.insert_new(connection, waitlist, {"created_at": now, "changed_at": now, "state": "waiting", **line})


def leave(connection: Connection, contact_id: int, centre_id: int, trade: str, now: datetime) -> None:
    """Wait no more. A place that is kept for the person is kept until they say."""
    mine = (waitlist.c.contact_id == contact_id) & (waitlist.c.centre_id == centre_id) & (waitlist.c.trade == trade)
    connection.execute(update(waitlist).where(mine, _STANDING_IN_LINE).values(state="left", changed_at=now))


def waits(connection: Connection, contact_id: int) -> list[Wait]:
    """Where a person waits."""
    columns = select(waitlist.c.centre_id, waitlist.c.trade, waitlist.c.passed)
    mine = columns.where(waitlist.c.contact_id == contact_id, _STANDING_IN_LINE).order_by(waitlist.c.id)
    return [Wait(*row) for row in connection.execute(mine)]


# --- offering --------------------------------------------------------------------------------------------------


def offer_next(connection: Connection, slot_id: int, now: datetime, *, to_last: bool = True) -> Appointment | None:
    """Keep a free place of a slot for the first who waits for one there, and have them told; None: there is none.

    `to_last`: also those who let offers go by. Nobody is offered a slot twice.
    """
    found = times.of_slot(connection, slot_id, now)
    if found is None or found[0].left < 1:
        return None
    slot, centre_id, trade = found
    place = places.by_id(connection, centre_id)
    until = waking.kept_until(now, slot.starts_at, place.zone)
    if until is None or not place.assesses(now) or not place.assesses(slot.starts_at):
        return None
    first = _first(connection, slot_id, centre_id, trade, to_last=to_last)
    if first is None:
        return None
    line_id, contact_id, diagnosis_id = first
    made = keep_for(connection, contact_id, slot_id, trade, until, now, diagnosis_id=diagnosis_id)
    if made is None:
        return None
    mine = update(waitlist).where(waitlist.c.id == line_id)
    connection.execute(mine.values(state="offered", changed_at=now))
    reminders.say(connection, made, reminders.OFFERED, now, now)
    return read.by_id(connection, made)


def _first(
    connection: Connection, slot_id: int, centre_id: int, trade: str, *, to_last: bool
) -> tuple[int, int, int | None] | None:
    """Who is next: line, person, self-diagnosis. Somebody who writes at this very moment is left for the next look."""
    theirs = appointments.c.contact_id == waitlist.c.contact_id
    here = exists().where(theirs, appointments.c.slot_id == slot_id)
    has_one = exists().where(theirs, appointments.c.trade == trade, appointments.c.state.in_(STANDING))
    is_last = waitlist.c.passed >= PATIENCE
    line = (
        select(waitlist.c.id, waitlist.c.contact_id, waitlist.c.diagnosis_id)
        .join(contacts, contacts.c.id == waitlist.c.contact_id)
        .where(waitlist.c.centre_id == centre_id, waitlist.c.trade == trade, _WAITING)
        .where(~here, ~has_one)
        .order_by(is_last, case((is_last, waitlist.c.changed_at), else_=null()), waitlist.c.id)
        .limit(1)
        .with_for_update(of=[waitlist, contacts], key_share=True, skip_locked=True)
    )
    row = connection.execute(line if to_last else line.where(~is_last)).first()
    return None if row is None else (row.id, row.contact_id, row.diagnosis_id)


def keep_for(
    connection: Connection,
    contact_id: int,
    slot_id: int,
    trade: str,
    until: datetime,
    now: datetime,
    *,
    diagnosis_id: int | None,
    moved_from_id: int | None = None,
) -> int | None:
    """A place that is kept for somebody who was not asked; None where there is none, or they have one."""
    if not rows.take(connection, slot_id, now):
        return None
    made = rows.add_appointment(
        connection,
        created_at=now,
        contact_id=contact_id,
        slot_id=slot_id,
        diagnosis_id=diagnosis_id,
        moved_from_id=moved_from_id,
        trade=trade,
        state="offered",
        offered_until=until,
    )
    if made is None:
        rows.give_back(connection, slot_id)
    return made


def offer(connection: Connection, now: datetime) -> int:
    """A rule: where somebody waits and there is room after all (new hours, somebody erased), it is offered."""
    line = select(waitlist.c.centre_id, waitlist.c.trade).where(_WAITING).distinct()
    offered = 0
    for centre_id, trade in connection.execute(line.where(waitlist.c.passed < PATIENCE)).all():
        place = places.by_id(connection, centre_id)
        for slot in times.soonest(connection, place, trade, now, _SOONEST):
            while offer_next(connection, slot.slot_id, now, to_last=False):
                offered += 1
    return offered


# --- what becomes of an offer ----------------------------------------------------------------------------------


def accept(connection: Connection, appointment_id: int, now: datetime, *, channel: str | None = None) -> Appointment:
    """The place that was kept is taken. Raises `NotStanding` when it lapsed, or its hour has come."""
    old = read.by_id(connection, appointment_id)
    rows.hold_person(connection, old.contact_id)
    mine = update(appointments).where(appointments.c.id == appointment_id, appointments.c.state == "offered")
    taken = mine.values(state="booked", offered_until=None, channel=channel)
    over = old.starts_at <= now or (old.offered_until is not None and old.offered_until <= now)
    if over or not connection.execute(taken).rowcount:
        raise NotStanding
    reminders.void(connection, [appointment_id], now)
    reminders.plan(connection, appointment_id, old.starts_at, now)
    served(connection, old.contact_id, old.trade, now)
    return read.by_id(connection, appointment_id)


def decline(connection: Connection, appointment_id: int, now: datetime, *, keep_waiting: bool) -> None:
    """The place goes to the next one. Raises `NotStanding`."""
    old = read.by_id(connection, appointment_id)
    rows.hold_slots(connection, [old.slot_id])
    if not let_go(connection, old, now, reason="person"):
        raise NotStanding
    if not keep_waiting:
        leave(connection, old.contact_id, old.centre_id, old.trade, now)
    offer_next(connection, old.slot_id, now)


def lapse(connection: Connection, now: datetime) -> int:
    """A rule: offers that nobody took in time go to the next."""
    over = select(appointments.c.id, appointments.c.slot_id).where(_OFFERED, appointments.c.offered_until <= now)
    due = connection.execute(over.order_by(appointments.c.offered_until).limit(BATCH)).all()
    held = set(rows.hold_slots(connection, [row.slot_id for row in due], wait=False))
    gone = [row for row in due if row.slot_id in held and let_go(connection, read.by_id(connection, row.id), now)]
    for row in gone:
        offer_next(connection, row.slot_id, now)
    return len(gone)


def let_go(connection: Connection, old: Appointment, now: datetime, *, reason: str | None = None) -> bool:
    """End an offer that was not taken; whether there was one. Who waited waits on."""
    if not rows.close(connection, old.id, ("offered",), now, state="lapsed", reason=reason):
        return False
    rows.give_back(connection, old.slot_id)
    reminders.void(connection, [old.id], now)
    again = update(waitlist).where(_offered(old)).values(state="waiting", changed_at=now, passed=waitlist.c.passed + 1)
    connection.execute(again)
    return True


def waits_again(connection: Connection, old: Appointment, now: datetime) -> None:
    """An offer that was taken back: nobody let it go by."""
    if old.state == "offered":
        connection.execute(update(waitlist).where(_offered(old)).values(state="waiting", changed_at=now))


def _offered(old: Appointment) -> ColumnElement[bool]:
    return and_(
        waitlist.c.contact_id == old.contact_id,
        waitlist.c.centre_id == old.centre_id,
        waitlist.c.trade == old.trade,
        waitlist.c.state == "offered",
    )


def served(connection: Connection, contact_id: int, trade: str, now: datetime) -> None:
    """Who has a place for a trade waits for it nowhere any more."""
    mine = update(waitlist).where(waitlist.c.contact_id == contact_id, waitlist.c.trade == trade, _STANDING_IN_LINE)
    connection.execute(mine.values(state="booked", changed_at=now))
