"""Whom an evaluator assesses today, with what is known of each evaluation: made for a telephone to take along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, or_, select

from bot.assessing import marks
from bot.assessing.begin import accredited
from bot.assessing.marks import Standing
from bot.people import names
from db.crypto import Cipher
from db.tables import appointments, centre_staff, centres, contacts, evaluations, slots

UNFINISHED: Final = timedelta(days=7)  # so long an evaluation that was begun stays within reach
MOST: Final = 120  # people on one telephone


@dataclass(frozen=True, slots=True)
class Person:
    """One appointment. `today`: it is of today; else it was begun before and is not finished."""

    appointment_id: int
    contact_id: int
    code: str
    name: str
    trade: str
    country: str
    state: str
    starts_at: datetime
    zone: str
    centre: str
    today: bool
    accredited: bool
    evaluation_id: int | None
    legal_name: str
    result: str | None
    practise: Sequence[str]
    notes: str
    finished_at: datetime | None
    marks: Mapping[str, Standing]


def people(
    connection: Connection, cipher: Cipher, user_id: int, now: datetime, only: Iterable[int] | None = None
) -> list[Person]:
    """Who comes today to the centres of this evaluator, and whose evaluation is not finished; or `only` these."""
    if only is None:
        rows = connection.execute(_of_today(connection, user_id, now)).mappings().all()
    else:
        rows = connection.execute(_all(user_id).where(appointments.c.id.in_([*only]))).mappings().all()
    known = [row["evaluation_id"] for row in rows if row["evaluation_id"]]
    said = marks.standing(connection, cipher, known) if known else {}
    until = accredited(connection, user_id)
    return [_person(cipher, row, said.get(row["evaluation_id"], {}), until.get(row["trade"]), now) for row in rows]


def ends(people: Sequence[Person], zones: Iterable[str], now: datetime) -> datetime:
    """When the day is over, wherever these people are: nothing of it stays on the telephone after that."""
    every = {person.zone for person in people} | {*zones}
    return max((_midnight(ZoneInfo(zone), now, 1) for zone in every), default=now)


def _midnight(zone: ZoneInfo, now: datetime, days: int = 0) -> datetime:
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(), zone)


def zones(connection: Connection, user_id: int) -> list[tuple[int, str]]:
    """The centres where somebody works, each with its time zone."""
    query = select(centres.c.id, centres.c.timezone).join(centre_staff, centre_staff.c.centre_id == centres.c.id)
    return [(row.id, row.timezone) for row in connection.execute(query.where(centre_staff.c.user_id == user_id))]


def _all(user_id: int) -> Select[Any]:
    return (
        select(
            appointments.c.id,
            appointments.c.contact_id,
            appointments.c.trade,
            appointments.c.state,
            slots.c.starts_at,
            centres.c.timezone,
            centres.c.country,
            centres.c.name.label("centre"),
            contacts.c.code,
            contacts.c.name_enc,
            evaluations.c.id.label("evaluation_id"),
            evaluations.c.legal_name_enc,
            evaluations.c.result,
            evaluations.c.practise,
            evaluations.c.notes_enc,
            evaluations.c.finished_at,
        )
        .join(slots, slots.c.id == appointments.c.slot_id)
        .join(centres, centres.c.id == slots.c.centre_id)
        .join(centre_staff, and_(centre_staff.c.centre_id == centres.c.id, centre_staff.c.user_id == user_id))
        .join(contacts, contacts.c.id == appointments.c.contact_id)
        .join(evaluations, evaluations.c.appointment_id == appointments.c.id, isouter=True)
        .order_by(slots.c.starts_at, appointments.c.id)
        .limit(MOST)
    )


def _of_today(connection: Connection, user_id: int, now: datetime) -> Select[Any]:
    own = zones(connection, user_id)
    ends_at = [_midnight(ZoneInfo(zone), now, 1) for _, zone in own]
    near = and_(
        slots.c.centre_id.in_([centre_id for centre_id, _ in own]),
        slots.c.starts_at >= now - UNFINISHED,
        slots.c.starts_at < max(ends_at, default=now),
    )
    days = [
        and_(
            slots.c.centre_id == centre_id,
            slots.c.starts_at >= _midnight(ZoneInfo(zone), now),
            slots.c.starts_at < _midnight(ZoneInfo(zone), now, 1),
        )
        for centre_id, zone in own
    ]
    comes = appointments.c.state.in_(("booked", "confirmed", "attended"))
    begun = evaluations.c.id.is_not(None)
    lately = and_(slots.c.starts_at < now, begun, evaluations.c.finished_at.is_(None))
    return _all(user_id).where(near, or_(and_(or_(*days, slots.c.id < 0), or_(comes, begun)), lately))


def _person(cipher: Cipher, row: Any, said: Mapping[str, Standing], until: date | None, now: datetime) -> Person:
    zone = ZoneInfo(row["timezone"])
    day = row["starts_at"].astimezone(zone).date()
    return Person(
        appointment_id=row["id"],
        contact_id=row["contact_id"],
        code=row["code"],
        name=names.opened(cipher, row["name_enc"]),
        trade=row["trade"],
        country=row["country"],
        state=row["state"],
        starts_at=row["starts_at"],
        zone=row["timezone"],
        centre=row["centre"],
        today=day == now.astimezone(zone).date(),
        accredited=until is not None and day <= until,
        evaluation_id=row["evaluation_id"],
        legal_name=cipher.open(row["legal_name_enc"], names.NAME) if row["legal_name_enc"] else "",
        result=row["result"],
        practise=row["practise"] or [],
        notes=cipher.open(row["notes_enc"], marks.NOTES) if row["notes_enc"] else "",
        finished_at=row["finished_at"],
        marks=said,
    )
