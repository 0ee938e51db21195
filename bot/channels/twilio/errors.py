"""What each of Twilio's error codes means for the sender: one table.

Codes: https://www.twilio.com/docs/api/errors, one page a code, and
https://www.twilio.com/docs/whatsapp/api/error-code-mapping. `OperatorNeeded` stops a whole channel, so only
what is wrong with the account or the sender has it. A refused text, file or template (63005, 63013, 63021,
63027, 63028, 63041) or one unreachable sandbox user (63015) is `Rejected`: all others still get an answer.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.base import (
    BadAddress,
    ContactStopped,
    OperatorNeeded,
    Rejected,
    Retry,
    SendError,
    Throttled,
    WindowClosed,
)

HOUR = 3600.0
DAY = 24 * HOUR

CODES: dict[type[SendError], tuple[str, ...]] = {
    Retry: ("30001", "30003", "30008", "63009", "63010", "63012", "63049"),
    Throttled: ("14107", "20429", "63018", "63038"),
    WindowClosed: ("63016",),
    ContactStopped: ("21610", "63014", "63033"),
    BadAddress: ("21211", "21612", "21614", "30005", "30006", "63003", "63024"),
    OperatorNeeded: (
        "20003",  # credentials
        "20005",  # account not active
        "21212",  # From is no valid number
        "21606",  # From is not ours
        "21659",  # From is no number of Twilio's
        "21660",  # From is of another account
        "30002",  # account suspended
        "63001",  # Twilio cannot log in at WhatsApp
        "63002",  # no such sender
        "63007",  # no such sender
        "63020",  # WhatsApp business account, such as its payment
        "63022",  # the sender's certificate
    ),
    Rejected: (
        *("21408", "21602", "21617", "21620", "21655", "21656", "30004", "30007", "30034"),
        *("63005", "63013", "63015", "63019", "63021", "63027", "63028", "63032", "63041"),
    ),
}

WAITS = {"63038": HOUR, "63049": DAY}
"""Seconds to wait where Twilio names none: the day's quota is used up; WhatsApp spares this person."""

CONTENT_GONE = ("21655",)
"""The Content resource is unknown: somebody deleted it in the console."""

_BY_CODE: dict[str, type[SendError]] = {code: kind for kind, codes in CODES.items() for code in codes}


def by_code(code: str) -> SendError | None:
    """The error of a code, also of one in a status callback; None if the table does not know it."""
    kind: Callable[[str, float | None], SendError] | None = _BY_CODE.get(code)
    return kind(code, WAITS.get(code)) if kind else None


def by_answer(status: int, code: str, after: float | None = None) -> SendError:
    """The error of an HTTP answer that is not 2xx. `after`: seconds in its Retry-After header."""
    if known := by_code(code):
        known.after = known.after if after is None else after
        return known
    code = code or str(status)
    if status == 429:
        return Throttled(code, after)
    if status in (401, 403, 404):
        return OperatorNeeded(code)
    if status >= 500 or status in (408, 425) or status < 400:
        return Retry(code, after)
    return Rejected(code)
