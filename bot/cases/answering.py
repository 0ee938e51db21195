"""A person of the team answers: whether anything may leave for this person now, and the text that does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, and_, func, select

from bot.cases import conversing, history, work
from bot.cases.desk import Desk
from bot.cases.errors import (
    BadText,
    Invited,
    NoSuchCase,
    NoTemplate,
    NotSafe,
    OptedOut,
    Unreachable,
    WindowClosed,
)
from bot.cases.policy import ANSWER_LENGTH, REASONS
from bot.inbox import outgoing
from bot.inbox.people import WINDOW
from db.tables import conversations, handoffs, identities, messages, opt_outs, outbox, provider_templates
from flows.core.reply import Option, Reply
from flows.plantillas import Form, durable, written

ANSWER: Final = "equipo.respuesta.texto"
INVITATION, INVITED = "equipo_respuesta", "equipo.invitacion.texto"


@dataclass(frozen=True, slots=True)
class Window:
    """Until when free text may leave. `until` None: no limit while open; closed, it never was open."""

    open: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """Where a person is reached."""

    identity_id: int
    conversation_id: int
    channel: str
    address_enc: bytes
    last_inbound_at: datetime | None
    window_until: datetime | None
    opted_out_at: datetime | None

    def window(self, now: datetime) -> Window:
        if self.channel != "whatsapp":
            return Window(True, None)
        until = self.window_until
        if until is None and self.last_inbound_at is not None:
            until = self.last_inbound_at + WINDOW
        return Window(until is not None and now < until, until)


def line(connection: Connection, conversation_id: int | None) -> Line:
    """Where the person of a conversation is reached. Raises `Unreachable`."""
    out = and_(
        opt_outs.c.channel == identities.c.channel,
        opt_outs.c.address_hash == identities.c.address_hash,
        opt_outs.c.scope == "all",
        opt_outs.c.lifted_at.is_(None),
    )
    query = (
        select(
            identities.c.id,
            conversations.c.id,
            identities.c.channel,
            identities.c.address_enc,
            conversations.c.last_inbound_at,
            identities.c.window_until,
            select(func.max(opt_outs.c.created_at)).where(out).correlate(identities).scalar_subquery(),
        )
        .join(conversations, conversations.c.identity_id == identities.c.id)
        .where(conversations.c.id == conversation_id, identities.c.stopped_at.is_(None))
        .where(identities.c.address_enc.is_not(None))
    )
    row = connection.execute(query).first()
    if row is None:
        raise Unreachable
    return Line(*row)


def window(connection: Connection, case_id: int, now: datetime) -> Window:
    """Whether free text may leave for the person of a case, and until when. Closed too for who is unreachable."""
    conversation_id = connection.scalar(select(handoffs.c.conversation_id).where(handoffs.c.id == case_id))
    try:
        return line(connection, conversation_id).window(now)
    except Unreachable:
        return Window(False, None)


def answer(connection: Connection, desk: Desk, case_id: int, user_id: int, text: str, now: datetime) -> int:
    """Send a text to the person of a case that this user has; returns the message's id.

    It leaves after the commit: call `App.wake` then. Raises `BadText`, `Closed`, `Taken`, `NotYours` and, where the
    person cannot be written to now, a `CannotAnswer`.
    """
    words = text.strip()
    if not words or len(words) > ANSWER_LENGTH:
        raise BadText
    row = work.held(connection, case_id, user_id)
    where = line(connection, row["conversation_id"])
    _may(row, where, now)
    message_id, outbox_id = say(connection, desk, where, Reply(ANSWER, words), now, author="staff")
    conversing.take(connection, where.conversation_id, user_id, now)
    work.change(connection, case_id, answered_at=now, waiting_since=None, unseen=0, apologised_at=None)
    work.renew(connection, case_id, user_id, now)
    history.record(connection, case_id, "answered", now, user_id=user_id, outbox_id=outbox_id)
    return message_id


def invite(connection: Connection, desk: Desk, case_id: int, user_id: int, now: datetime) -> int:
    """Where WhatsApp takes no free text any more: ask the person, by the approved template, to write again; returns
    the message's id. Once they do, `answer` works, and whoever has the case is told.

    Raises `Closed`, `Taken`, `NotYours`, and `OptedOut`, `NotSafe`, `Unreachable`, `NoTemplate` or `Invited`.
    """
    row = work.held(connection, case_id, user_id)
    where = line(connection, row["conversation_id"])
    _wanted(row, where)
    form = written()[INVITATION]
    if not where.window(now).open and not is_approved(connection, form):
        raise NoTemplate
    if _invited(connection, where):
        raise Invited
    options = tuple(Option(durable(form.opens, one.id, row["code"]), one.title) for one in form.buttons)
    reply = Reply(INVITED, form.body, options, static=True, template=form.filled(row["code"]))
    message_id, outbox_id = say(connection, desk, where, reply, now, author="staff")
    conversing.take(connection, where.conversation_id, user_id, now)
    work.change(connection, case_id, answered_at=now, waiting_since=None, unseen=0, apologised_at=None)
    work.renew(connection, case_id, user_id, now)
    history.record(connection, case_id, "answered", now, user_id=user_id, outbox_id=outbox_id)
    return message_id


def is_approved(connection: Connection, form: Form) -> bool:
    """Whether WhatsApp takes this text at any hour, as far as we know; the sender looks again when it leaves."""
    mine = select(provider_templates.c.id).where(
        provider_templates.c.name == form.name,
        provider_templates.c.language == form.language,
        provider_templates.c.content_hash == form.hash,
        provider_templates.c.state == "approved",
    )
    return connection.scalar(mine.limit(1)) is not None


def _invited(connection: Connection, where: Line) -> bool:
    """Whether they were asked since they last wrote, and that may still arrive."""
    asked = (
        select(messages.c.id)
        .join(outbox, outbox.c.message_id == messages.c.id)
        .where(messages.c.conversation_id == where.conversation_id, messages.c.key == INVITED)
        .where(outbox.c.state != "failed")
    )
    if where.last_inbound_at is not None:
        asked = asked.where(messages.c.created_at > where.last_inbound_at)
    return connection.scalar(asked.limit(1)) is not None


def say(
    connection: Connection, desk: Desk, where: Line, reply: Reply, now: datetime, *, author: str = "bot"
) -> tuple[int, int | None]:
    """Write one message to a person; the ids of message and outbox row, None where the person fetches it."""
    spoken = outgoing.Line("out", reply.key, outgoing.sealed(reply, desk.cipher), author)
    (message_id,) = outgoing.write(
        connection,
        [],
        desk.cipher,
        conversation_id=where.conversation_id,
        event_id=None,
        now=now,
        heard=[spoken],
    )
    outgoing.queue(
        connection,
        [message_id],
        channel=where.channel,
        address=where.address_enc,
        identity_id=where.identity_id,
        conversation_id=where.conversation_id,
        priority=1,
        now=now,
    )
    return message_id, connection.scalar(select(outbox.c.id).where(outbox.c.message_id == message_id))


def may_answer(connection: Connection, case_id: int, now: datetime) -> None:
    """Raises the `CannotAnswer` that `answer` would raise now, if any."""
    row = connection.execute(select(handoffs).where(handoffs.c.id == case_id)).mappings().first()
    if row is None:
        raise NoSuchCase
    _may(row, line(connection, row["conversation_id"]), now)


def _may(row: RowMapping, where: Line, now: datetime) -> None:
    _wanted(row, where)
    opened = where.window(now)
    if not opened.open:
        raise WindowClosed(opened.until)


def _wanted(row: RowMapping, where: Line) -> None:
    """Who wants no messages gets answers to what they asked or wrote since, and whatever the danger calls for."""
    wished, noted = row["wished_at"], row["contact_noted_at"]
    crisis = row["reason"] in REASONS and REASONS[row["reason"]].crisis
    if where.opted_out_at is not None and not crisis and (wished is None or wished <= where.opted_out_at):
        raise OptedOut
    if row["safe_channel"] is False and (wished is None or noted is None or noted >= wished):
        raise NotSafe
