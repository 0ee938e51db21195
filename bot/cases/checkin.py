"""The bot comes back by itself: nobody answered whether there is danger, or a neutral greeting was agreed.

A question left open tells the staff, and nobody else: what appears on the person's telephone unasked may be read by
somebody else. The greeting says nothing of what was spoken about, and does not leave if the person wants no messages,
if it is not safe to write there, if somebody of the team has the conversation, or if the case is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, exists, select, update

from bot.cases import answering
from bot.cases.alarm_clock import CLOCK
from bot.cases.errors import Unreachable
from bot.cases.policy import CRISIS_WORDS_KEPT, REASONS
from bot.inbox import outside
from bot.inbox.deps import Deps
from db.tables import conversations, events, handoffs, messages
from flows.contacto import HOURS
from flows.core.turn import Turn
from flows.crisis import category
from flows.store import CHECKIN, SILENCE
from scheduler.due import Rule

BATCH: Final = 50
LATE: Final = timedelta(hours=6)  # a greeting that could not leave by then is not sent at an odd time
TALKING: Final = timedelta(minutes=30)  # since the person's last message: nobody is greeted in the midst of it
LATER: Final = timedelta(hours=1)
GREETING: Final = "seguimiento"
ASKED: Final = ("crisis", "preguntar")
CRISES: Final = tuple(name for name, reason in REASONS.items() if reason.crisis)


class Due(NamedTuple):
    """One due row with its conversation, as `come_back` selects it."""

    event_id: int
    kind: str
    due_at: datetime
    conversation_id: int
    contact_id: int
    human: bool
    last_inbound_at: datetime | None


def rules(deps: Deps) -> Mapping[str, Rule]:
    """For `scheduler.due.run_due`, before those of the cases: the greeting goes before the staff's own reminder."""
    return {"come_back": partial(come_back, deps=deps), "blank_sensitive": blank_sensitive}


def come_back(connection: Connection, now: datetime, deps: Deps) -> int:
    """Every conversation whose moment has come. One that is spoken in just now is looked at in the next run."""
    connection.execute(delete(events).where(events.c.channel == CLOCK, events.c.conversation_id.is_(None)))
    due = (
        select(
            events.c.id,
            events.c.kind,
            events.c.due_at,
            conversations.c.id,
            conversations.c.contact_id,
            conversations.c.human_since.is_not(None),
            conversations.c.last_inbound_at,
        )
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .where(events.c.channel == CLOCK, events.c.processed_at.is_(None), events.c.due_at <= now)
        .order_by(events.c.due_at)
        .limit(BATCH)
        .with_for_update(of=[events, conversations], skip_locked=True)
    )
    rows = [Due(*row) for row in connection.execute(due)]
    for row in rows:
        later = _of_kind[row.kind](connection, row, now, deps)
        mine = events.c.id == row.event_id
        connection.execute(update(events).where(mine).values(due_at=later) if later else delete(events).where(mine))
    return len(rows)


def _unanswered(connection: Connection, row: Due, now: datetime, deps: Deps) -> datetime | None:
    """Nobody answered whether there is danger: the staff are told, and nothing is written to the person."""
    turn = _turn(connection, row, now, deps)
    top = turn.session.top if turn else None
    if turn is not None and top is not None and (top.flow, top.step) == ASKED:
        turn.store.hand_off(category(turn), priority=2)
    return None


def _greet(connection: Connection, row: Due, now: datetime, deps: Deps) -> datetime | None:
    """The neutral greeting, with its answers as buttons; when to try again, where the moment is a bad one."""
    if row.human or now > row.due_at + LATE or not _agreed(connection, row.contact_id):
        return None
    if row.last_inbound_at is not None and now < row.last_inbound_at + TALKING:
        return now + LATER
    turn = _turn(connection, row, now, deps)
    if turn is None or turn.store.person.opted_out or not _by_day(now, deps):
        return None
    try:
        line = answering.line(connection, row.conversation_id)
    except Unreachable:
        return None
    if not line.window(now).open:
        return None
    deps.engine.interrupt(turn, GREETING)
    outside.keep(connection, row.conversation_id, turn.session, deps)
    for reply in turn.replies:
        message_id, _ = answering.say(connection, deps.desk, line, reply, now)
        connection.execute(update(messages).where(messages.c.id == message_id).values(sensitive=True))
    return None


_of_kind: Final = {SILENCE: _unanswered, CHECKIN: _greet}


def _agreed(connection: Connection, contact_id: int) -> bool:
    """Whether a case of danger is still open, and nowhere is it said that writing there is not safe."""
    theirs = exists().where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed")
    wanted = theirs.where(handoffs.c.reason.in_(CRISES))
    unsafe = theirs.where(handoffs.c.safe_channel.is_(False))
    return bool(connection.scalar(select(wanted & ~unsafe)))


def _by_day(now: datetime, deps: Deps) -> bool:
    """Whether it is a time at which anybody may be written to."""
    hour = now.astimezone(deps.world.zone).time()
    return min(begins for begins, _ in HOURS.values()) <= hour < max(ends for _, ends in HOURS.values())


def _turn(connection: Connection, row: Due, now: datetime, deps: Deps) -> Turn | None:
    """The conversation as it stands; None where it can no longer be read or has no address."""
    return outside.take_up(connection, row.conversation_id, f"{CLOCK}:{row.event_id}", deps, now)


# --- what is forgotten early -----------------------------------------------------------------------------------


def blank_sensitive(connection: Connection, now: datetime) -> int:
    """The words that were said about danger, ours and theirs, and which text it was; that there was one stays."""
    over = messages.c.created_at <= now - CRISIS_WORDS_KEPT
    worded = select(messages.c.id).where(messages.c.sensitive, messages.c.body_enc.is_not(None), over)
    ids = connection.scalars(worded.limit(BATCH * 10).with_for_update(skip_locked=True)).all()
    blank = update(messages).where(messages.c.id.in_(ids)).values(body_enc=None, key=None)
    return connection.execute(blank).rowcount if ids else 0
