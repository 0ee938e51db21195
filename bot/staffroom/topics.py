"""The topic of each case in the staff's group: found, kept, brought in line with its case, and deleted in the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Text, cast, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.cases.desk import Desk
from bot.cases.policy import NOTES_KEPT, REASONS
from bot.staffroom.place import Place, put
from db.tables import contacts, handoffs, staff_topics, users
from flows.core.reply import Reply

BATCH: Final = 20  # topics that are changed at once: a minute's worth
EVERYDAY: Final = frozenset({"", "cita", "empleo", "emprender", "cursos", "finanzas"})  # topics without care in them
_STATUS: Final = handoffs.c.state.concat(":").concat(func.coalesce(cast(handoffs.c.claimed_by, Text), ""))


@dataclass(frozen=True, slots=True)
class Topic:
    """`thread` None: a chat without topics. `message`: the newest alert, if one was sent."""

    thread: int | None
    message: int | None


def ordinary(reason: str, priority: int, topic: str | None, contact_id: int | None) -> bool:
    """Whether a case may be worked on in the group, of a person who is still known: nothing of danger or care.

    What is more urgent than its reason makes it was raised by some danger (a check-in, an alarm in another language).
    """
    known = REASONS.get(reason)
    if known is None or not known.ordinary or priority < known.priority:
        return False
    return (topic or "") in EVERYDAY and contact_id is not None


def of_case(connection: Connection, case_id: int, chat: str) -> Topic | None:
    """The topic of a case in this chat, if it has one."""
    query = select(staff_topics.c.thread_id, staff_topics.c.message_id)
    row = connection.execute(query.where(staff_topics.c.handoff_id == case_id, staff_topics.c.chat == chat)).first()
    return Topic(row.thread_id, row.message_id) if row else None


def keep(connection: Connection, case_id: int, chat: str, thread: int | None, now: datetime) -> Topic:
    """Remember the topic of a case; where another process was faster, its topic stands and is returned."""
    connection.execute(delete(staff_topics).where(staff_topics.c.handoff_id == case_id, staff_topics.c.chat != chat))
    try:
        with connection.begin_nested():
            connection.execute(
                insert(staff_topics).values(created_at=now, handoff_id=case_id, chat=chat, thread_id=thread)
            )
    except IntegrityError:
        return of_case(connection, case_id, chat) or Topic(thread, None)
    return Topic(thread, None)


def change(connection: Connection, case_id: int, **values: Any) -> None:
    """Set columns of the topic of a case."""
    connection.execute(update(staff_topics).where(staff_topics.c.handoff_id == case_id).values(**values))


def case_of_thread(connection: Connection, chat: str, thread: int) -> int | None:
    """Whose topic this is."""
    mine = (staff_topics.c.chat == chat) & (staff_topics.c.thread_id == thread)
    found: int | None = connection.scalar(select(staff_topics.c.handoff_id).where(mine))
    return found


def case_of_message(connection: Connection, chat: str, message: int) -> int | None:
    """Of which case this is the newest alert."""
    mine = (staff_topics.c.chat == chat) & (staff_topics.c.message_id == message)
    found: int | None = connection.scalar(select(staff_topics.c.handoff_id).where(mine))
    return found


def follow(connection: Connection, desk: Desk, now: datetime, case_id: int | None = None) -> int:
    """Say in the topics who has their case now; close those of closed cases. Returns how many changed."""
    behind = (
        select(staff_topics.c.handoff_id, staff_topics.c.chat, staff_topics.c.thread_id, staff_topics.c.shown)
        .add_columns(_STATUS.label("status"), handoffs.c.state, handoffs.c.code, users.c.name)
        .join(handoffs, handoffs.c.id == staff_topics.c.handoff_id)
        .outerjoin(users, users.c.id == handoffs.c.claimed_by)
        .where(staff_topics.c.message_id.is_not(None), staff_topics.c.shown != _STATUS)
        .order_by(staff_topics.c.id)
        .limit(BATCH)
        .with_for_update(of=staff_topics, skip_locked=True)
    )
    if case_id is not None:
        behind = behind.where(staff_topics.c.handoff_id == case_id)
    rows = list(connection.execute(behind).mappings())
    for row in rows:
        _show(connection, desk, row, now)
    return len(rows)


def _show(connection: Connection, desk: Desk, row: RowMapping, now: datetime) -> None:
    key = {"open": "libre", "claimed": "tomado", "closed": "cerrado"}[row["state"]]
    reply = words(desk, key, codigo=row["code"], nombre=row["name"] or "")
    put(connection, desk, Place(row["chat"], row["handoff_id"], "edit"), reply, now)
    was_closed = row["shown"].startswith("closed:")
    if row["thread_id"] is not None and was_closed != (row["state"] == "closed"):
        act = "reopen" if was_closed else "close"
        put(connection, desk, Place(row["chat"], row["handoff_id"], act), reply, now)
    change(connection, row["handoff_id"], shown=row["status"])


def forget(connection: Connection, desk: Desk, now: datetime) -> int:
    """Delete the topics, with all that was said there, of people who were erased and of cases closed long ago."""
    erased = exists().where(
        handoffs.c.id == staff_topics.c.handoff_id,
        handoffs.c.contact_id == contacts.c.id,
        contacts.c.erased_at >= staff_topics.c.created_at,
    )
    over = exists().where(
        handoffs.c.id == staff_topics.c.handoff_id,
        or_(handoffs.c.contact_id.is_(None), handoffs.c.closed_at <= now - NOTES_KEPT),
    )
    query = select(staff_topics.c.id, staff_topics.c.chat, staff_topics.c.thread_id)
    gone = query.where(or_(staff_topics.c.handoff_id.is_(None), erased, over))
    rows = connection.execute(gone.limit(BATCH).with_for_update(of=staff_topics, skip_locked=True)).all()
    for row in rows:
        if row.thread_id is not None:
            put(
                connection, desk, Place(row.chat, None, "delete", row.thread_id), Reply("equipo.grupo.borrar", "-"), now
            )
    connection.execute(delete(staff_topics).where(staff_topics.c.id.in_([row.id for row in rows])))
    return len(rows)


def words(desk: Desk, key: str, **values: object) -> Reply:
    """What the bot says in the group: section [grupo] of the staff's copy."""
    return Reply(f"equipo.grupo.{key}", desk.copy.text("equipo", "grupo", key, values))
