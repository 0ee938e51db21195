"""Where and when this person is assessed: `flows.agenda.Agenda` over the event's connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from bot.booking import appointments as read
from bot.booking import book, errors, ics, places, times, waitlist
from bot.booking.places import Place
from bot.inbox import files
from bot.inbox.deps import Deps
from bot.inbox.results import Results
from db.tables import diagnoses
from flows.agenda import AlreadyBooked, Appointment, Centre, Full, Gone, Time, Wait


class Agenda(Results):
    """One person's appointments inside one transaction; with what came of them."""

    def __init__(self, connection: Connection, deps: Deps, contact_id: int, channel: str, now: datetime) -> None:
        super().__init__(connection, deps, contact_id, channel, now)
        self._places: dict[int, Place] = {}

    # --- where and when ---------------------------------------------------------------------------

    def centres(
        self, trade: str, *, point: tuple[float, float] | None = None, place: str = "", country: str = ""
    ) -> Sequence[Centre]:
        home = self._deps.world.gazetteer.by_id(place) if place and point is None else None
        if home is not None and home.lat is not None and home.lng is not None:
            point = (home.lat, home.lng)
        return [
            replace(
                _centre(each.place),
                km=each.km,
                next_day=each.next_at.astimezone(each.place.zone).date() if each.next_at else None,
            )
            for each in places.near(self._connection, trade, country, point, self._now)
        ]

    def centre(self, code: str) -> Centre | None:
        try:
            return _centre(places.by_code(self._connection, code))
        except errors.NoSuchCentre:
            return None

    def days(self, centre: str, trade: str, *, after: date | None = None) -> Sequence[date]:
        here = self._open(centre)
        found = times.days(self._connection, here, trade, self._now, after=after) if here else []
        return [each.day for each in found]

    def times(self, centre: str, trade: str, day: date) -> Sequence[Time]:
        here = self._open(centre)
        return [_time(each) for each in times.times(self._connection, here, trade, day, self._now)] if here else []

    def time(self, slot: str) -> Time | None:
        found = times.of_slot(self._connection, int(slot), self._now) if slot.isdecimal() else None
        return _time(found[0]) if found else None

    def _open(self, code: str) -> Place | None:
        try:
            return places.by_code(self._connection, code)
        except errors.NoSuchCentre:
            return None

    # --- the person's own -------------------------------------------------------------------------

    def standing(self) -> Sequence[Appointment]:
        return [self._told(each) for each in read.standing(self._connection, self._contact_id, self._now)]

    def appointment(self, code: str) -> Appointment | None:
        mine = read.by_code(self._connection, code, self._contact_id)
        return self._told(mine) if mine else None

    def instead(self, code: str) -> Appointment | None:
        kept = read.kept_instead(self._connection, code, self._contact_id)
        return self._told(kept) if kept else None

    def book(self, slot: str, trade: str) -> Appointment:
        with self._as_flows_know():
            made = book.book(
                self._connection,
                self._contact_id,
                _number(slot),
                diagnosis_id=self._diagnosis(trade),
                channel=self._channel,
                now=self._now,
            )
        return self._told(made)

    def change(self, code: str, slot: str) -> Appointment:
        mine = self._mine(code)
        with self._as_flows_know():
            made = book.change(self._connection, mine.id, _number(slot), self._now, channel=self._channel)
        return self._told(made)

    def cancel(self, code: str, reason: str) -> None:
        mine = self._mine(code)
        with self._as_flows_know():
            book.cancel(self._connection, mine.id, reason, self._now)

    def confirm(self, code: str) -> None:
        mine = self._mine(code)
        with self._as_flows_know():
            book.confirm(self._connection, mine.id, self._now)

    def why_missed(self, code: str, cause: str) -> None:
        mine = self._mine(code)
        with self._as_flows_know():
            book.why_missed(self._connection, mine.id, cause)

    # --- waiting ----------------------------------------------------------------------------------

    def waits(self) -> Sequence[Wait]:
        found = waitlist.waits(self._connection, self._contact_id)
        return [Wait(_centre(self._place(each.centre_id)), each.trade) for each in found]

    def join_waitlist(self, centre: str, trade: str) -> None:
        here = self._open(centre)
        if here is None:
            raise Gone
        with self._as_flows_know():
            waitlist.join(
                self._connection, self._contact_id, here.id, trade, self._now, diagnosis_id=self._diagnosis(trade)
            )

    def leave_waitlist(self, centre: str, trade: str) -> None:
        if here := self._open(centre):
            waitlist.leave(self._connection, self._contact_id, here.id, trade, self._now)

    def accept(self, code: str) -> Appointment:
        mine = self._mine(code)
        with self._as_flows_know():
            made = waitlist.accept(self._connection, mine.id, self._now, channel=self._channel)
        return self._told(made)

    def decline(self, code: str, *, keep_waiting: bool) -> None:
        mine = self._mine(code)
        if mine.state == "offered":
            with suppress(errors.NotStanding):
                waitlist.decline(self._connection, mine.id, self._now, keep_waiting=keep_waiting)
        elif not keep_waiting:  # it lapsed meanwhile
            waitlist.leave(self._connection, self._contact_id, mine.centre_id, mine.trade, self._now)

    def calendar_file(self, code: str) -> str:
        mine = self._mine(code)
        first = read.origin(self._connection, mine)
        content = ics.entry(mine, self._place(mine.centre_id), first, self._now)
        until = max(mine.ends_at, self._now + timedelta(hours=1))
        return files.keep(
            self._connection,
            self._deps,
            self._contact_id,
            self._channel,
            content,
            self._now,
            name=ics.NAME,
            until=until,
        )

    # --- between the two worlds -------------------------------------------------------------------

    def _mine(self, code: str) -> read.Appointment:
        """This person's appointment, in any state. Raises `Gone`."""
        mine = read.by_code(self._connection, code, self._contact_id)
        if mine is None:
            raise Gone
        return mine

    def _diagnosis(self, trade: str) -> int | None:
        """The newest finished self-diagnosis of a trade."""
        theirs = (diagnoses.c.contact_id == self._contact_id) & (diagnoses.c.trade == trade) & diagnoses.c.finished
        return self._connection.scalar(select(diagnoses.c.id).where(theirs).order_by(diagnoses.c.id.desc()).limit(1))

    def _place(self, centre_id: int) -> Place:
        if centre_id not in self._places:
            self._places[centre_id] = places.by_id(self._connection, centre_id)
        return self._places[centre_id]

    def _told(self, mine: read.Appointment) -> Appointment:
        return Appointment(
            mine.code,
            mine.trade,
            _centre(self._place(mine.centre_id)),
            mine.starts_at,
            mine.ends_at,
            mine.state,
            mine.offered_until,
        )

    @contextmanager
    def _as_flows_know(self) -> Iterator[None]:
        """The errors of booking as the conversations know them."""
        try:
            yield
        except errors.Full as full:
            raise Full([_time(each) for each in full.nearest]) from None
        except errors.AlreadyBooked as already:
            raise AlreadyBooked(self._told(already.appointment)) from None
        except errors.BookingError:
            raise Gone from None


def _number(slot: str) -> int:
    """Raises `Gone` for what was never a slot."""
    if not slot.isdecimal():
        raise Gone
    return int(slot)


def _time(free: times.Free) -> Time:
    return Time(str(free.slot_id), free.starts_at, free.ends_at, free.left)


def _centre(place: Place) -> Centre:
    return Centre(
        code=place.code,
        name=place.name,
        country=place.country,
        municipality=place.municipality,
        department=place.department,
        address=place.address,
        directions=place.directions,
        bring=place.bring,
        accessibility=place.accessibility,
        phone=place.phone,
        zone=place.zone,
        latitude=place.latitude,
        longitude=place.longitude,
    )
