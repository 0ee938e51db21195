"""What the conversations about assessments need from outside: places, times, appointments, results, later questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

NETWORK, FOLLOWUPS = "network", "followups"
"""Purposes of consent, beside those of `flows.store`."""

OFFERED, BOOKED, CONFIRMED, MISSED = "offered", "booked", "confirmed", "missed"
STANDING: Final = (OFFERED, BOOKED, CONFIRMED)
PERSON: Final = "person"
"""Why an appointment was cancelled in these conversations."""

CAUSES: Final = ("transport", "work", "fear", "forgot", "family", "other", "unsaid")
"""Why one was missed, in words of ours: never the person's."""

YEARS: Final = ("under_1", "1_3", "4_10", "over_10")
"""Experience in a trade, as bands."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A place of assessment. Empty text: nobody said. Texts are the staff's, to be shown as they are."""

    code: str
    name: str
    country: str
    municipality: str
    department: str
    address: str
    directions: str
    bring: str
    accessibility: str
    phone: str
    zone: ZoneInfo  # in which its hours are told
    latitude: float | None = None
    longitude: float | None = None
    km: float | None = None  # from where the person is, as the crow flies; None: not known
    next_day: date | None = None  # the first day with room for the trade that was asked for; None: full


@dataclass(frozen=True, slots=True)
class Time:
    """A time with room. `slot` is an opaque reference, good for `Agenda.book` and to be kept in a session."""

    slot: str
    starts_at: datetime  # aware, UTC
    ends_at: datetime
    left: int


@dataclass(frozen=True, slots=True)
class Appointment:
    """One place of this person. `offered_until` only where `state` is OFFERED."""

    code: str
    trade: str
    centre: Centre
    starts_at: datetime  # aware, UTC
    ends_at: datetime
    state: str
    offered_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The person waits for a place at a centre."""

    centre: Centre
    trade: str


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found, in words that may be shown: functions done well, criteria to practise."""

    trade: str
    competent: bool
    strengths: tuple[str, ...]
    practise: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`number` is the institute's own; "" until they gave it: then it is a «constancia» of the programme."""

    code: str
    trade: str
    issued_on: date
    number: str


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """How job officers see a certified person. `experience` one of YEARS."""

    trade: str
    experience: str


@dataclass(frozen=True, slots=True)
class Followup:
    """Later questions that wait for an answer. `months` 1, 3 or 6; `answers` by question, those given so far."""

    reference: str
    months: int
    trade: str
    certified: bool
    answers: Mapping[str, str]


class Full(Exception):
    """Somebody was quicker; nothing changed. `nearest`: times with room at that centre, the nearest ones first."""

    def __init__(self, nearest: Sequence[Time] = ()) -> None:
        super().__init__("no room")
        self.nearest = nearest


class Gone(Exception):
    """The slot is closed, past, or no more; or the appointment or the offer does not stand any more."""


class AlreadyBooked(Exception):
    """The person has a place for this trade; nothing changed."""

    def __init__(self, appointment: Appointment) -> None:
        super().__init__("already booked")
        self.appointment = appointment


class Agenda(Protocol):
    """Bound to the person and to the event's transaction, which goes on after any of the errors above."""

    def centres(
        self, trade: str, *, point: tuple[float, float] | None = None, place: str = "", country: str = ""
    ) -> Sequence[Centre]:
        """Those that assess this trade, nearest first; `point` latitude and longitude, `place` an id of the gazetteer.

        In `country` only; "" is any. Where no distance is known, by the first free day, then by name.
        """

    def centre(self, code: str) -> Centre | None:
        """One by its code, without distance and free day."""

    def days(self, centre: str, trade: str, *, after: date | None = None) -> Sequence[date]:
        """Days with room, in the centre's calendar, soonest first; only later ones than `after`."""

    def times(self, centre: str, trade: str, day: date) -> Sequence[Time]:
        """Times with room that day, soonest first."""

    def time(self, slot: str) -> Time | None:
        """One slot while it may be booked (`left` may be 0); None when it is past, closed or no more."""

    def standing(self) -> Sequence[Appointment]:
        """What the person has ahead: booked, confirmed, offered; soonest first."""

    def appointment(self, code: str) -> Appointment | None:
        """One of this person's, in any state; None: not theirs."""

    def instead(self, code: str) -> Appointment | None:
        """The place that is kept for who lost this one because a centre could not: to `accept`, `change`, `decline`."""

    def book(self, slot: str, trade: str) -> Appointment:
        """Raises `Full`, `Gone`, `AlreadyBooked`."""

    def change(self, code: str, slot: str) -> Appointment:
        """The old place is kept until the new one is certain. Raises `Full`, `Gone`."""

    def cancel(self, code: str, reason: str) -> None:
        """Raises `Gone` if it does not stand."""

    def confirm(self, code: str) -> None:
        """«Sí voy». Raises `Gone` if it does not stand; twice is once."""

    def why_missed(self, code: str, cause: str) -> None:
        """Keep why, one of CAUSES; the newest word counts."""

    def waits(self) -> Sequence[Wait]: ...

    def join_waitlist(self, centre: str, trade: str) -> None:
        """Twice is once. Raises `AlreadyBooked`, and `Gone` where there is no such centre."""

    def leave_waitlist(self, centre: str, trade: str) -> None: ...

    def accept(self, code: str) -> Appointment:
        """Take an offered place. Raises `Gone` when it lapsed."""

    def decline(self, code: str, *, keep_waiting: bool) -> None:
        """Let an offered place go to the next one. An offer that lapsed already is declined in silence."""

    def calendar_file(self, code: str) -> str:
        """The path of an .ics below the public URL."""

    def result(self, reference: str) -> Result | None:
        """A finished evaluation of this person by its id as text; None: not theirs, or not finished."""

    def certificates(self) -> Sequence[Certificate]:
        """Those that stand, the newest first."""

    def certificate_file(self, code: str) -> str:
        """The path of its PDF below the public URL."""

    def verify_link(self, code: str) -> str:
        """The public address where an employer sees that it is real."""

    def network(self) -> NetworkProfile | None: ...

    def join_network(self, trade: str, experience: str) -> None:
        """After `Store.consent(NETWORK, True, …)`. The trade is that of a certificate; twice changes the experience."""

    def leave_network(self) -> None: ...

    def followup(self, reference: str) -> Followup | None:
        """Questions that were asked of this person; None: not theirs, or answered, or skipped."""

    def save_followup(self, reference: str, version: str, answers: Mapping[str, str], *, finished: bool) -> None:
        """Keep what has been answered so far, by question, in words of ours; `finished` closes it."""

    def skip_followup(self, reference: str) -> None:
        """The person does not want these questions, now or ever."""
