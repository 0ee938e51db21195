"""Why something cannot be done with a case. A docstring is the message; the panel says it in Spanish by type."""

from __future__ import annotations

from datetime import datetime

from bot.refusal import Refusal


class CaseError(Refusal):
    """Something cannot be done with this case now. The key ends with the name of the type."""

    def __init_subclass__(cls) -> None:
        cls.key = f"casos.errores.{cls.__name__}"


class NoSuchCase(CaseError):
    """There is no such case: look for its code in the list."""


class Taken(CaseError):
    """Somebody else has this case: ask them to release it, or wait until their time is over."""

    def __init__(self, by: int | None) -> None:
        """`by`: the id of the user who has it."""
        super().__init__(by)
        self.by = by


class NotYours(CaseError):
    """You do not have this case: claim it first."""


class Closed(CaseError):
    """This case is closed: reopen it first."""


class NotClosed(CaseError):
    """This case is still open: there is nothing to reopen."""


class NotThatLong(CaseError):
    """A case sleeps until a moment in the future, and not for longer than its urgency allows."""

    def __init__(self, latest: datetime) -> None:
        super().__init__(latest)
        self.latest = latest


class CheckinAgreed(CaseError):
    """Looking after the person again was agreed: snooze the case until then, or cancel that."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


class NoSuchUser(CaseError):
    """There is no such user, or they have left: choose somebody who is there."""


class BadText(CaseError):
    """A text has at least one letter and at most as many as one message holds: shorten or divide it."""


class CannotAnswer(CaseError):
    """The person cannot be written to now."""


class WindowClosed(CannotAnswer):
    """WhatsApp takes no free text 24 hours after the person's last message: only a template may leave now."""

    def __init__(self, since: datetime | None) -> None:
        super().__init__(since)
        self.since = since


class OptedOut(CannotAnswer):
    """The person wants no messages and has not written to the team since: wait until they write."""


class NotSafe(CannotAnswer):
    """The person said that writing here is not safe, and has not written to the team since: call in safe hours."""


class NoTemplate(CannotAnswer):
    """WhatsApp has not approved the text that asks the person to write again: call, or wait until it has."""


class Invited(CannotAnswer):
    """The person was asked to write again, and has not yet: wait, or call."""


class Unreachable(CannotAnswer):
    """No address of this person is left, or it takes nothing from us."""
