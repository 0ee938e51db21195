"""The inbox as facilitators need it: filtered, then in groups, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from bot.cases import reading
from bot.cases.alerts import COUNTRIES
from bot.cases.policy import REASONS
from bot.cases.reading import Case
from bot.panel.roles import LANGUAGES
from bot.panel.sessions import Staff
from bot.panel.visit import Visit
from db.tables import handoffs

SHOWN: Final = 50  # on one page, of the cases that are not one's own: more does not help on a phone
OWN: Final = 200
GROUPS: Final = ("urgentes", "mios", "sin_tomar", "de_otros", "pospuestos")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; "" for all. Names are those of the address."""

    mios: str = ""  # "si"
    idioma: str = ""
    pais: str = ""
    motivo: str = ""

    @classmethod
    def of(cls, visit: Visit) -> Filters:
        """As the address says; what is none of ours is no filter."""
        known = {"mios": ("si",), "idioma": LANGUAGES, "pais": tuple(COUNTRIES), "motivo": tuple(REASONS)}
        asked = {name: visit.query(name) for name in known}
        return cls(**{name: value for name, value in asked.items() if value in known[name]})

    def address(self) -> dict[str, str]:
        """The parameters that are set."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}

    def where(self) -> list[ColumnElement[bool]]:
        columns = {"idioma": handoffs.c.language, "pais": handoffs.c.country, "motivo": handoffs.c.reason}
        return [columns[name] == value for name, value in self.address().items() if name in columns]


@dataclass(frozen=True, slots=True)
class Inbox:
    """The cases of each group, in the order of `GROUPS`. `first`, `more`: addresses of other pages; "" for none."""

    groups: dict[str, list[Case]]
    first: str = ""
    more: str = ""

    @property
    def urgent(self) -> int:
        """How many wait that are urgent."""
        return len(self.groups["urgentes"])

    @property
    def empty(self) -> bool:
        return not any(self.groups.values())


def inbox(connection: Connection, staff: Staff, filters: Filters, now: datetime, page: int = 1) -> Inbox:
    """What this person sees. One's own cases are all on the first page, however many others wait."""
    mine = or_(and_(handoffs.c.state == "claimed", handoffs.c.claimed_by == staff.id), _kept_for(staff))
    narrow = filters.where()
    own = reading.queue(connection, now, staff.country, OWN, [mine, *narrow])
    others: list[Case] = []
    if not filters.mios:
        known = {case.id for case in own}
        found = reading.queue(connection, now, staff.country, SHOWN * page + len(own) + 1, narrow)
        others = [case for case in found if case.id not in known]
    here = [*(own if page == 1 else ()), *others[SHOWN * (page - 1) : SHOWN * page]]
    shown = sorted(here, key=lambda case: (case.priority, case.due_at, case.id))
    more = _page(filters, page + 1) if len(others) > SHOWN * page else ""
    return Inbox(grouped(shown, staff.id, now), _page(filters, 1) if page > 1 else "", more)


def _page(filters: Filters, page: int) -> str:
    """The address of a page of the list."""
    asked = filters.address() | ({"hoja": str(page)} if page > 1 else {})
    return "/panel/casos" + (f"?{urlencode(asked)}" if asked else "")


def _kept_for(staff: Staff) -> ColumnElement[bool]:
    return and_(handoffs.c.state == "open", handoffs.c.assigned_to == staff.id)


def grouped(cases: Sequence[Case], me: int, now: datetime) -> dict[str, list[Case]]:
    """Each case in its group, the order within kept."""
    groups: dict[str, list[Case]] = {name: [] for name in GROUPS}
    for case in cases:
        groups[_group(case, me, now)].append(case)
    return groups


def _group(case: Case, me: int, now: datetime) -> str:
    if case.snoozed_until is not None and case.snoozed_until > now:
        return "pospuestos"
    if case.state == "claimed" and case.claimed_by != me:
        return "de_otros"
    if case.priority == 1:
        return "urgentes"
    return "mios" if case.claimed_by == me or case.assigned_to == me else "sin_tomar"


def closed(connection: Connection, staff: Staff, limit: int = 50) -> list[Case]:
    """Those that were opened last among the closed ones."""
    return reading.closed(connection, staff.country, limit)


# --- figures of «hoy» ----------------------------------------------------------------------------------------


def count_urgent(connection: Connection, staff: Staff, now: datetime) -> int:
    """Urgent ones that nobody has."""
    return _count(connection, staff, handoffs.c.state == "open", handoffs.c.priority == 1, _awake(now))


def count_free(connection: Connection, staff: Staff, now: datetime) -> int:
    """The other ones that nobody has."""
    return _count(connection, staff, handoffs.c.state == "open", handoffs.c.priority > 1, _awake(now))


def count_waiting(connection: Connection, staff: Staff, now: datetime) -> int:
    """One's own whose person waits for an answer."""
    mine = and_(handoffs.c.state == "claimed", handoffs.c.claimed_by == staff.id)
    return _count(connection, staff, mine, handoffs.c.waiting_since.is_not(None))


def _awake(now: datetime) -> ColumnElement[bool]:
    return or_(handoffs.c.snoozed_until.is_(None), handoffs.c.snoozed_until <= now)


def _count(connection: Connection, staff: Staff, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).where(handoffs.c.state != "closed", *where, *reading.within(staff.country))
    return connection.scalar(query) or 0
