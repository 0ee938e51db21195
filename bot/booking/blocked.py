"""What could not be said, and why: noticed, shown to staff, and where somebody would travel in vain, called about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from bot.booking import appointments, telling
from bot.booking.recall import CANCELLED
from bot.cases import answering
from bot.cases.opening import Wanted, open_case
from bot.inbox.deps import Deps
from db.tables import appointments as appointment_rows
from db.tables import contacts, conversations, identities, outbox, reminders
from flows.plantillas import Form

BATCH: Final = 50
NOTICED: Final = timedelta(days=7)  # after it was handed over: until then providers say what became of it
REVIVED: Final = timedelta(days=7)
CALLED: Final = ("one_day", "two_hours", "closed")  # somebody sets out, or waits at a closed door
WINDOW, EXPIRED = "window", "expired"


@dataclass(frozen=True, slots=True)
class Blocked:
    """One message that did not reach its person. `cause`: a code of ours; `failed:…` as the provider said it."""

    reminder_id: int
    kind: str
    cause: str
    closed_at: datetime
    appointment_id: int
    contact_id: int


def blocked(connection: Connection, limit: int = 200) -> list[Blocked]:
    """What staff should see, the newest first."""
    query = (
        select(
            reminders.c.id,
            reminders.c.kind,
            reminders.c.cause,
            reminders.c.closed_at,
            reminders.c.appointment_id,
            appointment_rows.c.contact_id,
        )
        .join(appointment_rows, appointment_rows.c.id == reminders.c.appointment_id)
        .where(reminders.c.state == "blocked")
        .order_by(reminders.c.closed_at.desc(), reminders.c.id)
        .limit(limit)
    )
    return [Blocked(*row) for row in connection.execute(query)]


def again(connection: Connection, reminder_id: int, now: datetime) -> bool:
    """Try once more, as staff wish; whether it was one that is blocked. What is of no use any more is not said."""
    mine = update(reminders).where(reminders.c.id == reminder_id, reminders.c.state == "blocked")
    fresh = mine.values(state="due", due_at=now, closed_at=None, cause=None, outbox_id=None)
    return connection.execute(fresh).rowcount > 0


def revive(connection: Connection, now: datetime, forms: Mapping[str, Form]) -> int:
    """What waited for a template is due again once that is approved. `forms` by the kind of reminder."""
    waiting = select(reminders.c.id, reminders.c.kind).where(
        reminders.c.state == "blocked", reminders.c.cause == telling.TEMPLATE, reminders.c.closed_at > now - REVIVED
    )
    ready = [row.id for row in connection.execute(waiting) if answering.is_approved(connection, forms[row.kind])]
    for reminder_id in ready:
        again(connection, reminder_id, now)
    return len(ready)


def notice(connection: Connection, now: datetime, deps: Deps) -> int:
    """Messages that were handed over and did not arrive: said again where that helps, else blocked."""
    failed = (
        select(reminders.c.id, reminders.c.kind, reminders.c.appointment_id, outbox.c.error_code)
        .add_columns(outbox.c.id.label("outbox_id"), outbox.c.identity_id)
        .join(outbox, outbox.c.id == reminders.c.outbox_id)
        .where(reminders.c.state == "sent", reminders.c.closed_at > now - NOTICED)
        .where(outbox.c.state == "failed", outbox.c.error_code != CANCELLED)
        .order_by(reminders.c.id)
        .limit(BATCH)
        .with_for_update(of=reminders, skip_locked=True)
    )
    rows = connection.execute(failed).all()
    for row in rows:
        if row.error_code == EXPIRED or (row.error_code == WINDOW and _closes(connection, row.identity_id, now)):
            again_now = {"state": "due", "due_at": now, "closed_at": None, "outbox_id": None}
            connection.execute(update(reminders).where(reminders.c.id == row.id).values(**again_now))
        else:
            block(connection, row, f"failed:{row.error_code}", deps, now)
    return len(rows)


def _closes(connection: Connection, identity_id: int, now: datetime) -> bool:
    """Whether we thought that free text may leave: from now on only templates do."""
    ours = update(identities).where(identities.c.id == identity_id, identities.c.window_until > now)
    return connection.execute(ours.values(window_until=now)).rowcount > 0


def block(connection: Connection, row: Any, cause: str, deps: Deps, now: datetime) -> None:
    """Keep why it could not be said, and have the person called where they would set out in vain."""
    mine = update(reminders).where(reminders.c.id == row.id)
    connection.execute(mine.values(state="blocked", closed_at=now, cause=cause))
    if row.kind in CALLED and cause not in (telling.OPTED_OUT, telling.UNSAFE):
        _call(connection, row.appointment_id, deps, now)


def _call(connection: Connection, appointment_id: int, deps: Deps, now: datetime) -> None:
    """A case for the list of calls; none of somebody who has no telephone with us."""
    contact_id = appointments.by_id(connection, appointment_id).contact_id
    query = (
        select(contacts.c.id, contacts.c.country, contacts.c.department, contacts.c.language, conversations.c.id)
        .join(conversations, conversations.c.contact_id == contacts.c.id)
        .join(identities, identities.c.id == conversations.c.identity_id)
        .where(contacts.c.id == contact_id, identities.c.channel.in_(("whatsapp", "sms")))
        .order_by(conversations.c.last_inbound_at.desc())
    )
    row = connection.execute(query).first()
    if row is not None:
        contact, country, department, language, conversation = row
        wanted = Wanted(contact, conversation, "reminder", "", country or "", department, language, contact="call")
        open_case(connection, deps.desk, wanted, now)
