"""Cases for the staff: a person is wanted. Recorded once, and told to the staff chat as a code, never as content.

Who asks again after the time in which somebody should have answered is told to the staff again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from bot.inbox import outgoing
from bot.inbox.deps import Deps
from bot.inbox.people import ADDRESS, new_code
from db.tables import handoffs
from flows.core.reply import Reply

DUE: Final = {1: timedelta(minutes=15), 2: timedelta(hours=2), 3: timedelta(days=2)}
"""By priority: when somebody should have answered. Proposed, no norm was found (docs/adr/0006)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Why a person is wanted, and where."""

    contact_id: int
    conversation_id: int | None
    reason: str
    priority: int  # 1 most urgent .. 3
    topic: str
    country: str
    department: str | None
    language: str


def open_case(connection: Connection, deps: Deps, wanted: Wanted, now: datetime) -> str:
    """Record the case and alert the staff; the same wish of the same person is one case. Returns its code."""
    same = (
        select(handoffs.c.id, handoffs.c.code, handoffs.c.topic, handoffs.c.due_at)
        .where(handoffs.c.contact_id == wanted.contact_id, handoffs.c.state != "closed")
        .where(handoffs.c.reason == wanted.reason)
        .order_by(handoffs.c.id.desc())
    )
    standing = connection.execute(same).mappings().first()
    if standing:
        _asked_again(connection, deps, standing, wanted, now)
        return str(standing["code"])
    code = f"{new_code(3)}-{new_code(3)}"
    connection.execute(
        insert(handoffs).values(
            created_at=now,
            contact_id=wanted.contact_id,
            conversation_id=wanted.conversation_id,
            code=code,
            reason=wanted.reason,
            topic=wanted.topic or None,
            priority=wanted.priority,
            country=wanted.country or None,
            department=wanted.department,
            language=wanted.language,
            due_at=now + DUE[wanted.priority],
        )
    )
    _alert(connection, deps, code, wanted, now)
    return code


def _asked_again(connection: Connection, deps: Deps, standing: RowMapping, wanted: Wanted, now: datetime) -> None:
    """A flood of cries is one alert; one that comes when an answer is overdue is another."""
    changed: dict[str, Any] = {"topic": _joined(standing["topic"], wanted.topic)}
    if standing["due_at"] <= now:
        changed["due_at"] = now + DUE[wanted.priority]
        _alert(connection, deps, standing["code"], wanted, now)
    connection.execute(update(handoffs).where(handoffs.c.id == standing["id"]).values(**changed))


def _joined(known: str | None, topic: str) -> str | None:
    topics = dict.fromkeys([*(known or "").split(), *topic.split()])
    return " ".join(topics)[:200] or None


def _alert(connection: Connection, deps: Deps, code: str, wanted: Wanted, now: datetime) -> None:
    if not deps.staff_chat:
        return
    country = wanted.country if wanted.country in {"SV", "GT", "HN"} else "other"
    values = {"codigo": code, "pais": deps.copy.common(f"pais_{country}", {})}
    kind = "urgente" if wanted.priority == 1 else "pedido"
    text = deps.copy.text("equipo", "aviso", kind, values)
    ids = outgoing.write(
        connection,
        [Reply(f"equipo.aviso.{kind}", text)],
        deps.cipher,
        conversation_id=None,
        event_id=None,
        now=now,
    )
    outgoing.queue(
        connection,
        ids,
        channel="telegram",
        address=deps.cipher.seal(deps.staff_chat, ADDRESS),
        identity_id=None,
        conversation_id=None,
        priority=1 if wanted.priority == 1 else 2,
        now=now,
    )
