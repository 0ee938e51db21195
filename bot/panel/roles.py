"""Who may do what in the panel: every permission, and the roles that have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Column, ColumnElement, or_, true

ROLES: Final = ("facilitator", "evaluator", "job_officer", "psychosocial", "coordinator", "admin")
COUNTRIES: Final = ("SV", "GT", "HN")
LANGUAGES: Final = ("es", "en", "quc", "mam", "kek", "cak", "kjb")

ANYBODY: Final = "anybody"  # the permission of addresses for those who have not logged in
EVERYBODY: Final = frozenset(ROLES)

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = {
    "home": EVERYBODY,
    "account": EVERYBODY,  # one's own password, second step and sessions
    "users.read": frozenset({"coordinator", "admin"}),
    "users.write": frozenset({"admin"}),
    "audit.read": frozenset({"coordinator", "admin"}),
    # Cases: what is known of each; the words and notes of those in one's own hands; answering, closing and the like.
    "cases.read": frozenset({"facilitator", "psychosocial", "coordinator", "admin"}),
    "cases.words": frozenset({"facilitator", "psychosocial", "coordinator"}),
    "cases.words.crisis": frozenset({"psychosocial", "coordinator"}),  # of danger, whoever has the case
    "cases.words.all": frozenset({"coordinator"}),
    "cases.work": frozenset({"facilitator", "psychosocial", "coordinator"}),
    "cases.pass": frozenset({"facilitator", "psychosocial", "coordinator", "admin"}),  # to somebody else
    "cases.reassign": frozenset({"coordinator", "admin"}),  # also what another one has
    "shifts.read": frozenset({"facilitator", "psychosocial", "coordinator", "admin"}),
    "shifts.write": frozenset({"coordinator", "admin"}),
    "canned.read": frozenset({"facilitator", "psychosocial", "coordinator"}),
    "canned.write": frozenset({"psychosocial", "coordinator"}),  # and sign what somebody else wrote
    # People: who they are and what they did with us; never what they said, nor anything of danger or care.
    "people.read": EVERYBODY,
    "people.phone": frozenset({"facilitator", "job_officer", "psychosocial", "coordinator"}),  # each look is logged
    "people.write": frozenset({"facilitator", "coordinator"}),  # register, correct
    "people.merge": frozenset({"facilitator", "coordinator"}),
    "people.erase": frozenset({"coordinator"}),
    # Assessments: centres and their hours; whose turn it is; the criteria on the evaluator's telephone.
    "centres.read": EVERYBODY,
    "centres.write": frozenset({"coordinator", "admin"}),
    "agenda.read": frozenset({"facilitator", "evaluator", "coordinator", "admin"}),  # evaluators: their own centres
    "agenda.write": frozenset({"facilitator", "evaluator", "coordinator"}),
    "instrument": frozenset({"evaluator"}),
    # What people take home; the network of those who want to be found for work.
    "certificates.read": frozenset({"facilitator", "evaluator", "coordinator", "admin"}),
    "certificates.write": frozenset({"coordinator", "admin"}),
    "templates.read": frozenset({"coordinator", "admin"}),
    "network.read": frozenset({"job_officer", "coordinator", "admin"}),
    # Content that somebody of outside must have found right before people are invited.
    "content.read": EVERYBODY,
    "content.sign": frozenset({"coordinator", "admin"}),
    "content.sign.crisis": frozenset({"psychosocial", "coordinator", "admin"}),
}


def may(role: str, permission: str) -> bool:
    """Whether a role has a permission; an unknown permission is nobody's."""
    return permission == ANYBODY or role in PERMISSIONS.get(permission, frozenset())


def within(column: Column[str], country: str | None, *, unknown: bool = False) -> ColumnElement[bool]:
    """The rows that somebody scoped to `country` sees: all where that is None; `unknown`: also those of no country."""
    if country is None:
        return true()
    return or_(column == country, column.is_(None)) if unknown else column == country
