"""How urgent a case is and how long anything may take, as tables that a coordinator can read.

Proposed: no norm was found (docs/adr/0006). A clinician must approve the numbers before people are invited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person is wanted. `crisis`: promotions stop, and words are not kept beyond `CRISIS_WORDS_KEPT`."""

    priority: int  # 1 most urgent .. 3
    crisis: bool = False
    ordinary: bool = False  # may be worked on in the staff's group, words and all


REASONS: Final[Mapping[str, Reason]] = {
    "self_harm": Reason(1, crisis=True),
    "violence": Reason(1, crisis=True),
    "child": Reason(1, crisis=True),
    "unclear": Reason(2, ordinary=True),
    "person": Reason(3, ordinary=True),
    "reminder": Reason(3, ordinary=True),  # what the bot could not say about an appointment is said by telephone
}


@dataclass(frozen=True, slots=True)
class Urgency:
    """What a priority means."""

    due: timedelta  # somebody should have answered
    step: timedelta  # nobody has claimed it: the next ones are alerted
    longest: timedelta  # so far apart do alerts grow, once everybody was alerted
    grace: timedelta  # after «seen, on my way»
    quiet: timedelta  # answered, and nothing happened since: back to the queue
    sleep: timedelta  # at most so long may it be snoozed
    at_night: bool  # by the clock; False: in working hours


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


URGENCIES: Final[Mapping[int, Urgency]] = {
    1: Urgency(_hours(0.25), _hours(1 / 12), _hours(0.5), _hours(0.25), _hours(1), _hours(72), at_night=True),
    2: Urgency(_hours(2), _hours(0.5), _hours(4), _hours(1), _hours(24), _hours(7 * 24), at_night=False),
    3: Urgency(_hours(48), _hours(1), _hours(24), _hours(4), _hours(72), _hours(30 * 24), at_night=False),
}

LEASE: Final = timedelta(minutes=15)  # of a claim, from the last activity on
FEW: Final = 3  # alerts to one recipient in one minute that are separate messages; more are one list
CROWDED: Final = 10  # alerts to the staff chat within a minute, after which only urgent ones go there at once
FAILING: Final = timedelta(hours=1)  # how long others are alerted instead of whom an alert did not reach
STUCK: Final = timedelta(minutes=3)  # an alert that has not left by then is a fault
ANSWER_LENGTH: Final = 1500  # characters; WhatsApp takes 1600 in one message of Twilio's
NOTE_LENGTH: Final = 4000

NOTES_KEPT: Final = timedelta(days=90)  # after closing
CRISIS_WORDS_KEPT: Final = timedelta(hours=72)

ON_SHIFT, NEXT_ON_SHIFT, COORDINATORS, EVERYBODY = 0, 1, 2, 3  # levels: who is alerted, in this order


def wait(priority: int, level: int) -> timedelta:
    """Until the next alert of a case that nobody has claimed: steady first, then growing, never beyond `longest`."""
    urgency = URGENCIES[priority]
    doublings = max(0, min(level - COORDINATORS, 16))
    return min(urgency.step * float(2**doublings), urgency.longest)
