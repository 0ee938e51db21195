"""Who sees which case, and whose words: by country, by role and by who has it."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.cases import reading
from bot.cases.errors import NoSuchCase
from bot.cases.policy import REASONS
from bot.cases.reading import Case, in_scope
from bot.panel.sessions import Staff
from bot.panel.visit import Missing


def case_of(connection: Connection, case_id: int, staff: Staff) -> Case:
    """A case that this person may see. Raises `Missing`, also where it is of another country."""
    try:
        case = reading.find(connection, case_id)
    except NoSuchCase:
        raise Missing from None
    if not in_scope(case.country, staff.country):
        raise Missing
    return case


def is_crisis(case: Case) -> bool:
    """Whether it is about danger."""
    return case.reason in REASONS and REASONS[case.reason].crisis


def is_mine(case: Case, staff: Staff) -> bool:
    """Whether this person has the case now."""
    return case.state == "claimed" and case.claimed_by == staff.id


def sees_words(case: Case, staff: Staff) -> bool:
    """Whether this person may read what was said, and the notes: who has the case, and some roles."""
    if not staff.may("cases.words"):
        return False
    if is_mine(case, staff) or staff.may("cases.words.all"):
        return True
    return is_crisis(case) and staff.may("cases.words.crisis")


def sees_danger(case: Case, staff: Staff) -> bool:
    """Whether that includes what was said of danger, which may be of another time than this case."""
    return sees_words(case, staff) and (is_crisis(case) or staff.may("cases.words.crisis"))
