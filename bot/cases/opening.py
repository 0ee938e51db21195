"""Opening a case: a person is wanted. Recorded once, and told to staff as a code, never as content.

Who asks again after the time in which somebody should have answered is told to the staff again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from bot.cases import alerts, history
from bot.cases.alerts import Board
from bot.cases.desk import Desk
from bot.cases.policy import ON_SHIFT, REASONS, URGENCIES, wait
from bot.inbox.people import new_code
from db.tables import contacts, conversations, handoffs, sources


@dataclass(frozen=True, slots=True)
class Wanted:
    """Why a person is wanted, and where."""

    contact_id: int
    conversation_id: int | None
    reason: str  # one of policy.REASONS
    topic: str
    country: str
    department: str | None
    language: str
    priority: int | None = None  # 1 most urgent .. 3; None: as the reason has it
    contact: str = "chat"  # chat, call
    call_hours: str = ""
    call_language: str = ""


def open_case(connection: Connection, desk: Desk, wanted: Wanted, now: datetime) -> str:
    """Record the case and alert the staff; the same wish of the same person is one case. Returns its code."""
    same = (
        select(handoffs)
        .where(handoffs.c.contact_id == wanted.contact_id, handoffs.c.state != "closed")
        .where(handoffs.c.reason == wanted.reason)
        .order_by(handoffs.c.id.desc())
    )
    standing = connection.execute(same.with_for_update()).mappings().first()
    if standing:
        _asked_again(connection, desk, standing, wanted, now)
        return str(standing["code"])
    priority = wanted.priority or REASONS[wanted.reason].priority
    opened = insert(handoffs).values(**_new(connection, wanted, priority, now)).returning(handoffs)
    row = connection.execute(opened).mappings().one()
    history.record(connection, row["id"], "opened", now)
    if REASONS[wanted.reason].crisis:
        free = update(contacts).where(contacts.c.hold_promotions_since.is_(None))
        connection.execute(free.where(contacts.c.id == wanted.contact_id).values(hold_promotions_since=now))
    if priority == 1 or not alerts.crowded(connection, now):
        first_alert(connection, desk, row, now)
    return str(row["code"])


def _new(connection: Connection, wanted: Wanted, priority: int, now: datetime) -> dict[str, Any]:
    theirs = contacts.join(sources, sources.c.id == contacts.c.source_id)
    from_where = select(sources.c.code).select_from(theirs).where(contacts.c.id == wanted.contact_id)
    handled = select(conversations.c.handled_by).where(conversations.c.id == wanted.conversation_id)
    return {
        "created_at": now,
        "contact_id": wanted.contact_id,
        "conversation_id": wanted.conversation_id,
        "code": f"{new_code(3)}-{new_code(3)}",
        "reason": wanted.reason,
        "topic": wanted.topic or None,
        "priority": priority,
        "country": wanted.country or None,
        "department": wanted.department,
        "language": wanted.language,
        "source": connection.scalar(from_where),
        "wants": wanted.contact,
        "call_hours": wanted.call_hours or None,
        "call_language": wanted.call_language or None,
        "assigned_to": connection.scalar(handled),  # who speaks with the person already is the first to know
        "due_at": now + URGENCIES[priority].due,
        "next_at": now,
        "wished_at": now,
        "waiting_since": now,
    }


def _asked_again(connection: Connection, desk: Desk, standing: RowMapping, wanted: Wanted, now: datetime) -> None:
    """A flood of cries is one alert; one that comes late, wakes a case or is more urgent, is another."""
    changed: dict[str, Any] = {"topic": _joined(standing["topic"], wanted.topic), "wished_at": now}
    changed["waiting_since"] = standing["waiting_since"] or now
    changed |= {
        name: value
        for name, value in (("call_hours", wanted.call_hours), ("call_language", wanted.call_language))
        if value
    }
    if wanted.contact == "call":
        changed["wants"] = "call"
    asleep = standing["snoozed_until"] is not None
    overdue = standing["due_at"] <= now
    raised = wanted.priority is not None and wanted.priority < standing["priority"]
    if raised:
        changed |= {"priority": wanted.priority, "due_at": now + URGENCIES[wanted.priority or 1].due}
    elif overdue:
        changed["due_at"] = now + URGENCIES[standing["priority"]].due
    if asleep:
        changed |= {"snoozed_until": None, "alerted_at": None, "level": ON_SHIFT, "next_at": now}
        history.record(connection, standing["id"], "woken", now)
    history.record(connection, standing["id"], "asked_again", now)
    mine = update(handoffs).where(handoffs.c.id == standing["id"]).values(**changed).returning(handoffs)
    row = connection.execute(mine).mappings().one()
    if asleep or ((overdue or raised) and row["state"] == "open"):
        first_alert(connection, desk, row, now)
    elif overdue or raised:
        board = Board.open(connection, desk, now)
        board.add(row, [row["claimed_by"], alerts.CHAT], "escribio")
        board.send()


def _joined(known: str | None, topic: str) -> str | None:
    topics = dict.fromkeys([*(known or "").split(), *topic.split()])
    return " ".join(topics)[:200] or None


def first_alert(connection: Connection, desk: Desk, row: RowMapping, now: datetime) -> None:
    """Tell those of its level of a case that nobody has; the next look at it is a step later."""
    board = Board.open(connection, desk, now)
    told = history.told(connection, [row["id"]]).get(row["id"], set())
    kind = "urgente" if row["priority"] == 1 else "pedido"
    board.add(row, alerts.audience(row, row["level"], board.roster, now, told), kind)
    board.send()
    mine = update(handoffs).where(handoffs.c.id == row["id"])
    connection.execute(mine.values(alerted_at=now, next_at=next_look(board, row, row["level"], now)))


def next_look(board: Board, row: Mapping[Any, Any], level: int, now: datetime) -> datetime:
    """When the next ones are alerted of a case that nobody has: after a step, at the latest when a shift begins."""
    later = now + wait(row["priority"], level)
    if not URGENCIES[row["priority"]].at_night:
        began = board.roster.working_from(now, row["country"])
        return began if began > now else board.roster.working_from(later, row["country"])
    begins = board.roster.next_start(now, row["country"])
    return min(later, begins) if begins is not None else later
