"""Why something cannot be done with a person's record: the type is the reason, its words for staff are texts."""

from __future__ import annotations

from bot.refusal import Refusal


class PersonError(Refusal):
    """It cannot be done with this record."""


class Gone(PersonError):
    """This person was erased: nothing can be done with the record any more."""

    key = "personas.ya_borrada"


class SameRecord(PersonError):
    """Both codes are of one record: name the other one."""

    key = "personas.misma"


class AlreadyJoined(PersonError):
    """This record was joined to another one already: look at that one."""

    key = "personas.ya_unida"


class NotKept(PersonError):
    """Who has not agreed that anything is kept goes within a day, and is joined to nobody: ask for consent first."""

    key = "personas.sin_permiso"


class TooLate(PersonError):
    """Two records can be parted for a month after they were joined, and only the newest join of a record first."""

    key = "personas.tarde"


class InDanger(PersonError):
    """A case about danger is open: staff could not reach the person any more. Close the case first."""

    key = "personas.en_peligro"
