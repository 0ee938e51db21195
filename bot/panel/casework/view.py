"""One case as its page shows it: everything that this person may see of it, read in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, RowMapping, select

from bot.cases import answering, history, reading
from bot.cases.answering import Window
from bot.cases.errors import CannotAnswer
from bot.cases.reading import Case, Note, Said, in_scope
from bot.panel.casework import files, sight
from bot.panel.casework.facts import Facts, facts, which_number
from bot.panel.casework.files import File
from bot.panel.roles import PERMISSIONS
from bot.panel.sessions import Staff
from bot.panel.visit import Visit
from db.tables import messages, users

THREAD: Final = 60  # messages on a page
EVENTS: Final = 60


@dataclass(frozen=True, slots=True)
class View:
    """`writing` is what the box for an answer is now: one of

    mio · libre · de_otro · cerrado · sin_permiso · WindowClosed · OptedOut · NotSafe · Unreachable.
    `hidden`: messages whose words are not for this person.
    """

    case: Case
    words: bool
    days: Sequence[tuple[date, Sequence[Said]]]
    hidden: frozenset[int]
    files: Mapping[int, Sequence[File]]  # by message
    earlier: int | None  # the oldest message shown, where there may be older ones
    notes: Sequence[Note]
    events: Sequence[RowMapping]
    person: Facts | None
    number: str  # which one can be called: see `which_number`
    window: Window
    writing: str
    mine: bool
    crisis: bool
    names: Mapping[int, str]
    colleagues: Sequence[RowMapping]
    canned: Sequence[RowMapping]

    def called(self, user_id: int | None) -> str:
        """Somebody of the team."""
        return self.names.get(user_id, "") if user_id is not None else ""


def view(connection: Connection, visit: Visit, before: int | None = None) -> View:
    """The case in the address. Raises `Missing`."""
    staff, desk = visit.staff, visit.services.deps.desk
    case = sight.case_of(connection, visit.path_id(), staff)
    words = sight.sees_words(case, staff)
    said = reading.thread(connection, desk, case.id, before, THREAD) if words else []
    team = _team(connection)
    mine = sight.is_mine(case, staff)
    return View(
        case=case,
        words=words,
        days=_by_day(said, visit),
        hidden=frozenset() if sight.sees_danger(case, staff) else _sensitive(connection, said),
        files=files.of_messages(connection, [one.id for one in said], visit.now),
        earlier=said[0].id if len(said) == THREAD else None,
        notes=reading.notes(connection, desk, case.id) if words else [],
        events=history.of_case(connection, case.id)[-EVENTS:],
        person=facts(connection, desk.cipher, case) if words else None,
        number=which_number(connection, case),
        window=answering.window(connection, case.id, visit.now),
        writing=_writing(connection, case, staff, visit.now),
        mine=mine,
        crisis=sight.is_crisis(case),
        names={row["id"]: row["name"] or row["email"] for row in team},
        colleagues=[row for row in team if _can_take(row, case)],
        canned=_canned(connection, case) if mine else [],
    )


def _by_day(said: Sequence[Said], visit: Visit) -> list[tuple[date, list[Said]]]:
    zone = visit.services.zone
    return [(day, list(group)) for day, group in groupby(said, lambda one: one.at.astimezone(zone).date())]


def _sensitive(connection: Connection, said: Sequence[Said]) -> frozenset[int]:
    """Which of these were said of danger."""
    marked = select(messages.c.id).where(messages.c.id.in_([one.id for one in said]), messages.c.sensitive)
    return frozenset(connection.scalars(marked))


def _writing(connection: Connection, case: Case, staff: Staff, now: datetime) -> str:
    if not staff.may("cases.work"):
        return "sin_permiso"
    if case.state == "closed":
        return "cerrado"
    if case.state == "open":
        return "libre"
    if case.claimed_by != staff.id:
        return "de_otro"
    try:
        answering.may_answer(connection, case.id, now)
    except CannotAnswer as reason:
        return type(reason).__name__
    return "mio"


def _team(connection: Connection) -> list[RowMapping]:
    columns = (
        users.c.id,
        users.c.name,
        users.c.email,
        users.c.role,
        users.c.country,
        users.c.languages,
        users.c.active,
    )
    return list(connection.execute(select(*columns).order_by(users.c.name, users.c.email)).mappings())


def _can_take(user: RowMapping, case: Case) -> bool:
    works = user["active"] and user["role"] in PERMISSIONS["cases.work"]
    return works and user["id"] != case.claimed_by and in_scope(case.country, user["country"])


def _canned(connection: Connection, case: Case) -> list[RowMapping]:
    """Ready answers in the person's language, then in Spanish."""
    languages = dict.fromkeys([case.language or "es", "es"])
    return [row for language in languages for row in reading.canned(connection, language)]
