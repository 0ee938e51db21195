"""One event answered inside one transaction: recognised, understood, routed, written down."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels.base import Inbound
from bot.inbox import files, outgoing, people, router, sources
from bot.inbox.deps import Deps
from bot.inbox.outcome import Outcome
from bot.inbox.record import UNKEPT, Record
from db.crypto import CannotOpen
from db.tables import conversations, events, messages
from flows.core.reply import Reply
from flows.core.said import Said
from flows.core.session import Session, UnreadableSession
from flows.core.turn import Turn

STATE: Final = "state"
TEXT_READ: Final = 10_000  # characters of a message that are read and kept


def answer(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    """Take in one event and say what follows. Nothing leaves the machine here."""
    now = deps.clock()
    found = people.find(connection, inbound.channel, people.hashes(inbound, deps.hasher))
    event_id = _recognise(connection, inbound, found.row.conversation_id if found else None, now)
    if event_id is None:
        return _as_before(connection, inbound, deps)
    if found is None:
        found = _stranger(connection, inbound, event_id, deps, now)
    record = Record(connection, found, inbound, deps, now)
    session, lost = _session(found, deps)
    turn = Turn(
        session,
        _said(inbound, session, deps, record, now),
        deps.copy,
        record,
        deps.world,
        now,
        deps.random,
        inbound.channel,
    )
    if lost:
        turn.say_common("retomamos")
    human = found.row.human_since is not None
    router.route(turn, router.Event(turn.said, inbound.option, human, found.row.last_inbound_at), record, deps)
    return _write(connection, inbound, event_id, turn, record, deps, now)


def _recognise(connection: Connection, inbound: Inbound, conversation_id: int | None, now: datetime) -> int | None:
    """Note the event; None if it was noted before."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(events)
        .values(
            created_at=now,
            channel=inbound.channel,
            provider_id=inbound.provider_id,
            kind="inbound",
            conversation_id=conversation_id,
            processed_at=now,
        )
        .on_conflict_do_nothing(index_elements=[events.c.channel, events.c.provider_id])
        .returning(events.c.id)
    )
    event_id: int | None = connection.scalar(statement)
    return event_id


def _as_before(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    """The answer that this event got the first time."""
    event_id = connection.scalars(
        select(events.c.id).where(events.c.channel == inbound.channel, events.c.provider_id == inbound.provider_id)
    ).one()
    rows = connection.execute(
        select(messages.c.id, messages.c.body_enc)
        .where(messages.c.event_id == event_id, messages.c.direction == "out", messages.c.body_enc.is_not(None))
        .order_by(messages.c.id)
    )
    return Outcome(event_id, True, tuple((row.id, outgoing.opened(row.body_enc, deps.cipher)) for row in rows))


def _stranger(connection: Connection, inbound: Inbound, event_id: int, deps: Deps, now: datetime) -> people.Found:
    heard = sources.in_greeting(inbound.text) if inbound.source is None else inbound.source
    found = people.begin(connection, inbound, people.hashes(inbound, deps.hasher), deps.cipher, heard, now)
    connection.execute(update(events).where(events.c.id == event_id).values(conversation_id=found.row.conversation_id))
    return found


def _session(found: people.Found, deps: Deps) -> tuple[Session, bool]:
    """Where the conversation stands; a state that cannot be read is begun anew, and that is said."""
    if found.row.state_enc is None:
        return Session(serial=deps.random.randrange(36**3)), False
    try:
        return Session.from_json(deps.cipher.open(found.row.state_enc, STATE)), False
    except (CannotOpen, UnreadableSession):
        return Session(serial=deps.random.randrange(36**3)), True


def _said(inbound: Inbound, session: Session, deps: Deps, record: Record, now: datetime) -> Said:
    option = None
    if inbound.option is not None:
        instance, _, chosen = inbound.option.partition(".")
        if session.question and instance == session.question.id:
            option = chosen
    text = inbound.text[:TEXT_READ]
    country = record.person.country or record.person.phone_country or None
    understanding = deps.nlu.parse(text, country=country, now=now) if text.strip() else None
    kinds = tuple(item.kind for item in inbound.media)
    return Said(text, option, inbound.location, kinds, understanding)


def _write(
    connection: Connection,
    inbound: Inbound,
    event_id: int,
    turn: Turn,
    record: Record,
    deps: Deps,
    now: datetime,
) -> Outcome:
    if record.conversation_id is not None:
        _keep_state(connection, turn, record, deps, now)
        _keep_inbound(connection, inbound, event_id, record, deps, now)
    replies = outgoing.compact(turn.replies) if inbound.channel in outgoing.BILLED else turn.replies
    ids = outgoing.write(
        connection,
        replies,
        deps.cipher,
        conversation_id=record.conversation_id,
        event_id=event_id,
        now=now,
    )
    outgoing.queue(
        connection,
        ids,
        channel=inbound.channel,
        address=record.address,
        identity_id=record.identity_id,
        conversation_id=record.conversation_id,
        priority=1,
        now=now,
    )
    return Outcome(event_id, False, tuple(zip(ids, replies, strict=True)))


def _keep_state(connection: Connection, turn: Turn, record: Record, deps: Deps, now: datetime) -> None:
    connection.execute(
        update(conversations)
        .where(conversations.c.id == record.conversation_id)
        .values(
            state_enc=deps.cipher.seal(turn.session.to_json(), STATE),
            version=conversations.c.version + 1,
            last_inbound_at=now,
            expires_at=None if record.person.kept else now + UNKEPT,
        )
    )


def _keep_inbound(
    connection: Connection, inbound: Inbound, event_id: int, record: Record, deps: Deps, now: datetime
) -> None:
    body: dict[str, object] = {"text": inbound.text[:TEXT_READ]}
    if inbound.option:
        body["option"] = inbound.option
    if inbound.location:
        body["location"] = list(inbound.location)
    if inbound.media:
        body["media"] = [item.kind for item in inbound.media]
    message_id = connection.scalars(
        messages.insert()
        .values(
            created_at=now,
            conversation_id=record.conversation_id,
            event_id=event_id,
            direction="in",
            body_enc=deps.cipher.seal(json.dumps(body, ensure_ascii=False), outgoing.MESSAGE),
            author="person",
        )
        .returning(messages.c.id)
    ).one()
    files.note(
        connection,
        deps,
        inbound.media,
        contact_id=record.contact_id,
        message_id=message_id,
        channel=inbound.channel,
        now=now,
    )


def apologise(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    """What an event gets that the flows could not answer: nothing is lost, a person is told, the way on is open."""
    now = deps.clock()
    found = people.find(connection, inbound.channel, people.hashes(inbound, deps.hasher))
    event_id = _recognise(connection, inbound, found.row.conversation_id if found else None, now)
    if event_id is None:
        return _as_before(connection, inbound, deps)
    if found is None:
        found = _stranger(connection, inbound, event_id, deps, now)
    record = Record(connection, found, inbound, deps, now)
    turn = Turn(
        Session(serial=deps.random.randrange(36**3)),
        Said(),
        deps.copy,
        record,
        deps.world,
        now,
        deps.random,
        inbound.channel,
    )
    record.hand_off("unclear", priority=2)
    turn.replies.append(Reply("comun.fallo", deps.copy.common("fallo", {})))
    return _write(connection, inbound, event_id, turn, record, deps, now)
