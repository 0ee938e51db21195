"""Why something cannot be done with an appointment: the type is the reason. Nothing was changed when one is raised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from bot.booking.appointments import Appointment
    from bot.booking.times import Free


class BookingError(Exception):
    """It cannot be done; `key` is the text for staff that says why and what to do."""

    key: ClassVar[str]

    def __str__(self) -> str:
        return (type(self).__doc__ or "").strip()


class Full(BookingError):
    """Somebody was quicker: choose another time. `nearest`: times with room at that centre, the nearest ones first."""

    key = "agenda.lleno"

    def __init__(self, nearest: Sequence[Free] = ()) -> None:
        super().__init__()
        self.nearest = nearest


class Gone(BookingError):
    """This time is over, was closed, or its centre assesses nobody: choose another one."""

    key = "agenda.ya_no"


class AlreadyBooked(BookingError):
    """This person has a place for this trade: change that one."""

    key = "agenda.ya_tiene"

    def __init__(self, appointment: Appointment) -> None:
        super().__init__()
        self.appointment = appointment


class NotStanding(BookingError):
    """This appointment does not stand any more: look at it again."""

    key = "agenda.ya_cayo"


class NotYet(BookingError):
    """The hour of this appointment has not come: nobody can have missed it or been there."""

    key = "agenda.aun_no"


class NoSuchCentre(BookingError):
    """There is no such centre, or it does not assess this trade."""

    key = "agenda.sin_centro"
