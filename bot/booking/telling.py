"""One message to a person who did not write just now: whether it may leave, where to, and the question that it opens.

What stops it, and what only delays it: docs/adr/0013-unasked.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, exists, or_, select

from bot.booking import quiet
from bot.cases import answering
from bot.inbox import outgoing, outside
from bot.inbox.deps import Deps
from bot.inbox.people import ADDRESS
from db.crypto import CannotOpen
from db.tables import contacts, conversations, handoffs, identities, opt_outs, outbox
from flows.core.reply import Option, Reply
from flows.core.turn import Turn
from flows.escucha import SPEAKS
from flows.plantillas import Form, durable

PRIORITY: Final = 2
TALKING: Final = timedelta(minutes=15)  # since the person's last message: nobody is interrupted in the midst of it
LATER: Final = timedelta(minutes=15)  # while somebody else speaks with the person, or danger is spoken of
SOON: Final = timedelta(minutes=1)
DANGER: Final = (*SPEAKS, "seguimiento")

UNREACHABLE, OPTED_OUT, UNSAFE, TEMPLATE, OVER = "unreachable", "opted_out", "unsafe", "template", "over"
HUMAN, CRISIS, BUSY, NIGHT = "human", "crisis", "busy", "night"
"""Why nothing was written: the first five for good, the others for the moment."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be said. `values`: those of the form's places, in the words of the turn's copy."""

    form: Form
    reference: str  # code or id that the opened flow is given
    values: Callable[[Turn], Sequence[str]]
    there: ZoneInfo  # where the person is expected
    until: datetime | None = None  # later it is of no use, and never leaves
    pressing: bool = False  # also while the person writes


@dataclass(frozen=True, slots=True)
class Told:
    """It was written down. `outbox_id` None: the person fetches it (webchat)."""

    message_id: int
    outbox_id: int | None


@dataclass(frozen=True, slots=True)
class Untold:
    """Nothing was written. `again_at`: when to try again; None: never."""

    cause: str
    again_at: datetime | None = None


def tell(connection: Connection, contact_id: int, notice: Notice, deps: Deps, now: datetime) -> Told | Untold:
    """Say one thing to a person, in the conversation where they wrote last, and open its question there."""
    contact = _standing(connection, contact_id)
    line = _line(connection, contact.id)
    if isinstance(line, Untold):
        return line
    if _unsafe(connection, contact.id):
        return Untold(UNSAFE)
    if line.human_since is not None:
        return Untold(HUMAN, now + LATER)
    if not notice.pressing and line.last_inbound_at is not None and now < line.last_inbound_at + TALKING:
        return Untold(BUSY, line.last_inbound_at + TALKING)
    if not _held(connection, line.conversation_id):
        return Untold(BUSY, now + SOON)
    turn = outside.take_up(connection, line.conversation_id, f"aviso:{notice.reference}", deps, now)
    if turn is None:
        return Untold(UNREACHABLE)
    where = _zones(contact, line, notice.there, deps)
    if not quiet.is_day(now, where):
        return Untold(NIGHT, quiet.next_day(now, where))
    if _closed(line, now) and not answering.is_approved(connection, notice.form):
        return Untold(TEMPLATE)
    return _say(connection, line, turn, notice, deps, now)


def _closed(line: Any, now: datetime) -> bool:
    """Whether WhatsApp takes only templates: as `bot.sender.claims` judges it."""
    return line.channel == "whatsapp" and line.window_until is not None and line.window_until <= now


def zones_of(connection: Connection, contact_id: int, there: ZoneInfo, deps: Deps) -> tuple[ZoneInfo, ...]:
    """Where it must be day before this person is written to."""
    contact = _standing(connection, contact_id)
    return _zones(contact, _line(connection, contact.id), there, deps)


def _zones(contact: Any, line: Any, there: ZoneInfo, deps: Deps) -> tuple[ZoneInfo, ...]:
    if contact.country in quiet.HOME or isinstance(line, Untold):
        return quiet.zones(contact.country, None, there)
    try:
        address = deps.cipher.open(line.address_enc, ADDRESS)
    except CannotOpen:
        address = ""
    return quiet.zones(contact.country, outside.phone(line.channel, address), there)


def _standing(connection: Connection, contact_id: int) -> Any:
    """The person's record; of two that were joined, the one that was kept."""
    query = select(contacts.c.id, contacts.c.country, contacts.c.merged_into)
    row = connection.execute(query.where(contacts.c.id == contact_id)).one()
    while row.merged_into is not None:
        row = connection.execute(query.where(contacts.c.id == row.merged_into)).one()
    return row


def _line(connection: Connection, contact_id: int) -> Any:
    """Where the person wrote last; where that is a page that has to be open, a channel that reaches them otherwise."""
    out = and_(
        opt_outs.c.channel == identities.c.channel,
        opt_outs.c.address_hash == identities.c.address_hash,
        opt_outs.c.scope == "all",
        opt_outs.c.lifted_at.is_(None),
    )
    query = (
        select(
            conversations.c.id.label("conversation_id"),
            conversations.c.human_since,
            conversations.c.last_inbound_at,
            identities.c.id.label("identity_id"),
            identities.c.channel,
            identities.c.address_enc,
            identities.c.window_until,
            exists().where(out).label("out"),
        )
        .join(identities, identities.c.id == conversations.c.identity_id)
        .where(identities.c.contact_id == contact_id, identities.c.stopped_at.is_(None))
        .where(identities.c.address_enc.is_not(None), conversations.c.state_enc.is_not(None))
        .order_by(conversations.c.last_inbound_at.is_(None), conversations.c.last_inbound_at.desc())
        .order_by(conversations.c.id.desc())
    )
    rows = connection.execute(query).all()
    if not rows:
        return Untold(UNREACHABLE)
    if rows[0].out:
        return Untold(OPTED_OUT)
    reached = [row for row in rows if not row.out]
    return next((row for row in reached if row.channel not in outgoing.PULLED), reached[0])


def _unsafe(connection: Connection, contact_id: int) -> bool:
    """Whether the person said that it is not safe to write there, and has not come back since."""
    unsafe = handoffs.c.safe_channel.is_(False)
    since = or_(handoffs.c.wished_at.is_(None), handoffs.c.contact_noted_at >= handoffs.c.wished_at)
    theirs = exists().where(handoffs.c.contact_id == contact_id, handoffs.c.state != "closed", unsafe, since)
    return bool(connection.scalar(select(theirs)))


def _held(connection: Connection, conversation_id: int) -> bool:
    """Hold the conversation against a message that comes at this moment; False: that one was first."""
    mine = select(conversations.c.id).where(conversations.c.id == conversation_id)
    return connection.scalar(mine.with_for_update(skip_locked=True)) is not None


def _say(connection: Connection, line: Any, turn: Turn, notice: Notice, deps: Deps, now: datetime) -> Told | Untold:
    if any(frame.flow in DANGER for frame in turn.session.stack):
        return Untold(CRISIS, now + LATER)
    reply = _open(turn, notice, deps)
    if reply is None:
        return Untold(OVER)
    outside.keep(connection, line.conversation_id, turn.session, deps)
    (message_id,) = outgoing.write(
        connection, [reply], deps.cipher, conversation_id=line.conversation_id, event_id=None, now=now
    )
    outgoing.queue(
        connection,
        [message_id],
        channel=line.channel,
        address=line.address_enc,
        identity_id=line.identity_id,
        conversation_id=line.conversation_id,
        priority=PRIORITY,
        now=now,
        until=notice.until,
    )
    return Told(message_id, connection.scalar(select(outbox.c.id).where(outbox.c.message_id == message_id)))


def _open(turn: Turn, notice: Notice, deps: Deps) -> Reply | None:
    """Open the question; all that is said with it as one message. None: there is nothing to ask any more."""
    form = notice.form
    deps.engine.interrupt(turn, form.opens, {form.datum: notice.reference})
    top = turn.session.top
    if top is None or top.flow != form.opens or deps.engine.asking(turn) is None or not turn.replies:
        return None
    last = turn.replies[-1]
    text = "\n\n".join(reply.text for reply in turn.replies)
    media = tuple(path for reply in turn.replies for path in reply.media)
    options = last.options
    if top.step == form.asks:
        options = tuple(_durable(option, form.opens, notice.reference) for option in options)
    template = form.filled(notice.reference, *notice.values(turn))
    static = all(reply.static for reply in turn.replies)
    return replace(last, text=text, media=media, options=options, template=template, static=static)


def _durable(option: Option, flow: str, reference: str) -> Option:
    """A button that works whenever it is tapped: see `bot.inbox.taps`."""
    _, _, chosen = option.id.partition(".")
    return replace(option, id=durable(flow, chosen, reference))
