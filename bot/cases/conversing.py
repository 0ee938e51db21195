"""Who speaks with the person: the bot, or somebody of the team; and what reaches a case meanwhile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, case, func, literal, or_, select, update

from bot.cases import history
from bot.cases.policy import LEASE
from db.tables import UtcDateTime, conversations, handoffs

_THEIRS = and_(handoffs.c.state == "claimed", handoffs.c.lease_until.is_not(None))


def take(connection: Connection, conversation_id: int | None, user_id: int, now: datetime) -> None:
    """The bot is silent from now on."""
    if conversation_id is not None:
        mine = update(conversations).where(conversations.c.id == conversation_id)
        connection.execute(mine.values(human_since=now, handled_by=user_id))


def free(connection: Connection, conversation_id: int | None, now: datetime) -> None:
    """The bot speaks again, unless another case of the same conversation is in somebody's hands."""
    if conversation_id is None:
        return
    another = (
        select(handoffs.c.claimed_by)
        .where(handoffs.c.conversation_id == conversation_id, _THEIRS, handoffs.c.wants == "chat")
        .limit(1)
    )
    holder = connection.scalar(another)
    since = None if holder is None else now
    mine = update(conversations).where(conversations.c.id == conversation_id)
    connection.execute(mine.values(human_since=since, handled_by=holder))


def heard(connection: Connection, conversation_id: int, now: datetime) -> list[RowMapping]:
    """The person wrote while somebody of the team has the conversation: their cases wait for an answer.

    The first unanswered message begins a new lease, the ones after it do not. Returns the cases that were quiet,
    that is, whose holder may have looked away.
    """
    theirs = select(handoffs).where(handoffs.c.conversation_id == conversation_id, _THEIRS).with_for_update()
    found = list(connection.execute(theirs).mappings())
    first = handoffs.c.waiting_since.is_(None)
    at, until = literal(now, UtcDateTime()), literal(now + LEASE, UtcDateTime())
    connection.execute(
        update(handoffs)
        .where(handoffs.c.id.in_([row["id"] for row in found]))
        .values(
            unseen=handoffs.c.unseen + 1,
            wished_at=now,
            waiting_since=func.coalesce(handoffs.c.waiting_since, at),
            lease_until=case((first, until), else_=handoffs.c.lease_until),
            next_at=case((and_(first, handoffs.c.next_at > until), until), else_=handoffs.c.next_at),
        )
    )
    return [row for row in found if row["waiting_since"] is None and row["lease_until"] <= now]


def bot_taken_back(connection: Connection, conversation_id: int, now: datetime) -> None:
    """The person said «menú»: the bot speaks again. The case stays with who has it, whose next answer takes over."""
    mine = update(conversations).where(conversations.c.id == conversation_id)
    connection.execute(mine.values(human_since=None, handled_by=None))
    theirs = select(handoffs.c.id).where(handoffs.c.conversation_id == conversation_id, _THEIRS)
    for case_id in connection.scalars(theirs).all():
        history.record(connection, case_id, "bot_taken_back", now)


def opted_out(connection: Connection, contact_id: int, now: datetime) -> None:
    """The person wants no messages any more: whoever works on a case of theirs sees it in its history."""
    theirs = select(handoffs.c.id).where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed")
    for case_id in connection.scalars(theirs).all():
        history.record(connection, case_id, "opted_out", now)
        connection.execute(update(handoffs).where(handoffs.c.id == case_id).values(unseen=handoffs.c.unseen + 1))


def free_abandoned(connection: Connection, now: datetime) -> int:
    """Give the bot back every conversation that nobody's case holds, whatever happened: nobody writes to a wall."""
    held = (
        select(handoffs.c.conversation_id)
        .where(_THEIRS, handoffs.c.conversation_id.is_not(None))
        .where(or_(handoffs.c.wants == "chat", handoffs.c.answered_at.is_not(None)))
    )
    loose = (
        select(conversations.c.id)
        .where(conversations.c.human_since.is_not(None), conversations.c.human_since <= now - LEASE)
        .where(conversations.c.id.not_in(held))
    )
    spoken = update(conversations).where(conversations.c.id.in_(loose))
    return connection.execute(spoken.values(human_since=None, handled_by=None)).rowcount
