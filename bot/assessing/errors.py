"""Why an evaluation cannot go on. A docstring is the message; `key` names the words of the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class AssessingError(Exception):
    """It cannot be done with this evaluation now."""

    key: ClassVar[str]

    def __str__(self) -> str:
        return (type(self).__doc__ or "").strip()


class NotYours(AssessingError):
    """There is no such appointment, or it is at a centre where this evaluator does not work."""

    key = "ajena"


class Unreadable(AssessingError):
    """A mark names no criterion of this trade, or a verdict that does not go with it."""

    key = "ilegible"


class Cancelled(AssessingError):
    """The appointment does not stand any more: take it up again in the agenda, then finish."""

    key = "cancelada"


class NotAccredited(AssessingError):
    """The evaluator may not assess this trade on that day: their accreditation is missing or over."""

    key = "sin_acreditacion"


class NoIdentity(AssessingError):
    """Nobody confirmed who the person is: look at their document and write the name as it stands there."""

    key = "sin_identidad"


class Undecided(AssessingError):
    """Critical criteria are not decided yet: say of each whether the person is competent."""

    key = "faltan_criticos"

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__(items)
        self.items = tuple(items)


class AlreadyFinished(AssessingError):
    """The evaluation was finished with another result, which stands."""

    key = "ya_terminada"
