"""One event answered inside one transaction: recognised, understood, routed, written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels.base import Inbound
from bot.inbox import files, misses, outgoing, people, router, sources
from bot.inbox.deps import Deps
from bot.inbox.outcome import Outcome
from bot.inbox.record import UNKEPT, Record
from bot.staffroom.relay import relay
from db.crypto import CannotOpen
from db.prepared import Prepared
from db.tables import conversations, events, messages
from flows import escucha
from flows.core.reply import Reply
from flows.core.said import Said
from flows.core.session import Session, UnreadableSession
from flows.core.turn import Turn
from flows.crisis import REASONS
from flows.emergencias import numbers
from nlu.safety import Safety

STATE: Final = "state"
TEXT_READ: Final = 10_000  # characters of a message that are read and kept


def answer(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    """Take in one event and say what follows. Nothing leaves the machine here."""
    return _once(connection, inbound, deps, _routed)


def apologise(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    """What an event gets that the flows could not answer: nothing is lost, a person is told, the way on is open."""
    return _once(connection, inbound, deps, _sorry)


Speak: TypeAlias = "Callable[[people.Found, Record, Inbound, Deps, datetime], Turn]"


def _once(connection: Connection, inbound: Inbound, deps: Deps, speak: Speak) -> Outcome:
    now = deps.clock()
    keys = people.hashes(inbound, deps.hasher)
    event_id = _recognise(connection, inbound, keys, now)
    if event_id is None:
        return _as_before(connection, inbound, deps)
    found = _person(connection, inbound, keys, event_id, deps, now)
    record = Record(connection, found, inbound, deps, now)
    turn = speak(found, record, inbound, deps, now)
    misses.keep(connection, turn, record, deps, human=found.human_since is not None)
    return _write(connection, inbound, event_id, turn, record, deps)


def _routed(found: people.Found, record: Record, inbound: Inbound, deps: Deps, now: datetime) -> Turn:
    session, lost = _session(found, deps)
    turn = _turn(session, _said(inbound, session, deps, record, now), record, inbound, deps, now)
    if lost:
        turn.say_common("retomamos")
    human = found.human_since is not None
    router.route(turn, router.Event(turn.said, inbound.option, human, found.last_inbound_at), record, deps)
    return turn


def _sorry(_: people.Found, record: Record, inbound: Inbound, deps: Deps, now: datetime) -> Turn:
    """Whatever else fails, danger is looked for: by the rules alone, for they cannot fail with the flows."""
    turn = _turn(_begun(deps), Said(), record, inbound, deps, now)
    alarm = Safety.read().check(read_text(inbound)) if read_text(inbound) else None
    if alarm:
        code = record.hand_off(REASONS[alarm.kind])
        words = deps.copy.text("casos", "peligro", "texto", {**numbers(turn), "codigo": code})
        turn.replies.append(Reply("casos.peligro.texto", words))
    else:
        record.hand_off("unclear")
    turn.say_common("fallo")
    return turn


def _turn(session: Session, said: Said, record: Record, inbound: Inbound, deps: Deps, now: datetime) -> Turn:
    words = deps.copy.beside(record.person.language)
    return Turn(session, said, words, record, deps.world, now, deps.random, inbound.channel)


_EVENT: Final[dict[str, Any]] = {
    "created_at": bindparam("at"),
    "channel": bindparam("of_channel"),
    "provider_id": bindparam("event"),
    "kind": "inbound",
    "conversation_id": people.CONVERSATION.with_for_update(of=conversations).scalar_subquery(),
    "processed_at": bindparam("at"),
}
_RECOGNISE: Final = {
    name: Prepared(dialect.insert(events).values(_EVENT).on_conflict_do_nothing().returning(events.c.id))
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _recognise(connection: Connection, inbound: Inbound, keys: tuple[bytes, ...], now: datetime) -> int | None:
    """Note the event; None if it was noted before. Holds the conversation against another message at the same time,
    before anything of it is read.
    """
    statement = _RECOGNISE[connection.dialect.name]
    event_id: int | None = statement.scalar(
        connection, at=now, event=inbound.provider_id, **people.whose(inbound, keys)
    )
    return event_id


_SAME: Final = Prepared(
    select(events.c.id).where(events.c.channel == bindparam("of_channel"), events.c.provider_id == bindparam("event"))
)
_SAID_BEFORE: Final = Prepared(
    select(messages.c.id, messages.c.body_enc)
    .where(messages.c.event_id == bindparam("event"), messages.c.direction == "out", messages.c.body_enc.is_not(None))
    .order_by(messages.c.id)
)


def is_known(connection: Connection, inbound: Inbound) -> bool:
    """Whether this event was taken in before."""
    return _SAME.scalar(connection, of_channel=inbound.channel, event=inbound.provider_id) is not None


def read_text(inbound: Inbound) -> str:
    """What the engine reads of an event: "" where nothing was typed. What comes with a tap is our own title."""
    return inbound.text[:TEXT_READ] if inbound.text.strip() and inbound.option is None else ""


def _as_before(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    """The answer that this event got the first time."""
    event_id: int = _SAME.scalar(connection, of_channel=inbound.channel, event=inbound.provider_id)
    said = _SAID_BEFORE.all(connection, event=event_id)
    return Outcome(event_id, True, tuple((number, outgoing.opened(body, deps.cipher)) for number, body in said))


def _person(
    connection: Connection, inbound: Inbound, keys: tuple[bytes, ...], event_id: int, deps: Deps, now: datetime
) -> people.Found:
    """Who writes; a stranger gets a record."""
    found = people.find(connection, inbound, keys, deps.cipher, now)
    if found is None:
        heard = sources.in_greeting(inbound.text) if inbound.source is None else inbound.source
        found = people.begin(connection, inbound, keys, deps.cipher, heard, now)
        here = found.conversation_id
        connection.execute(update(events).where(events.c.id == event_id).values(conversation_id=here))
    return found


def _session(found: people.Found, deps: Deps) -> tuple[Session, bool]:
    """Where the conversation stands; a state that cannot be read is begun anew, and that is said."""
    if found.state_enc is None:
        return _begun(deps), False
    try:
        return Session.from_json(deps.cipher.open(found.state_enc, STATE)), False
    except (CannotOpen, UnreadableSession):
        return _begun(deps), True


def _begun(deps: Deps) -> Session:
    """A new session, whose buttons are not taken for those of an old one."""
    return Session(serial=deps.random.randrange(36**3))


def _said(inbound: Inbound, session: Session, deps: Deps, record: Record, now: datetime) -> Said:
    option = None
    if inbound.option is not None:
        instance, _, chosen = inbound.option.partition(".")
        if session.question and instance == session.question.id:
            option = chosen
    text = inbound.text[:TEXT_READ]
    country = record.person.country or record.person.phone_country or None
    typed = read_text(inbound)
    in_danger = session.top is not None and session.top.flow == "crisis"
    engine = deps.nlu if in_danger or deps.heard is None else deps.heard
    understanding = engine.parse(typed, country=country, now=now.astimezone(deps.world.zone)) if typed else None
    kinds = tuple(item.kind for item in inbound.media)
    return Said(text, option, inbound.location, kinds, understanding)


def _write(connection: Connection, inbound: Inbound, event_id: int, turn: Turn, record: Record, deps: Deps) -> Outcome:
    now = turn.now
    heard = []
    if record.conversation_id is not None:
        _keep_state(connection, turn, record, deps, now)
        if inbound.channel == "whatsapp" and record.identity_id is not None:
            people.open_window(connection, record.identity_id, record.window_until, now)
        heard = [_heard(inbound, deps)]
    replies = outgoing.compact(turn.replies) if inbound.channel in outgoing.BILLED else turn.replies
    ids = outgoing.write(
        connection,
        replies,
        deps.cipher,
        conversation_id=record.conversation_id,
        event_id=event_id,
        now=now,
        heard=heard,
        sensitive=escucha.private(turn),
    )
    if heard:
        said = ids.pop(0)
        if record.for_staff and not replies and not escucha.private(turn):
            relay(connection, deps.desk, record.contact_id, said, now)
        files.note(
            connection,
            deps,
            inbound.media,
            contact_id=record.contact_id,
            message_id=said,
            channel=inbound.channel,
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


_KEEP_STATE: Final = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        state_enc=bindparam("state"),
        version=conversations.c.version + 1,
        last_inbound_at=bindparam("at"),
        expires_at=bindparam("until"),
    )
)


def _keep_state(connection: Connection, turn: Turn, record: Record, deps: Deps, now: datetime) -> None:
    _KEEP_STATE.run(
        connection,
        conversation=record.conversation_id,
        state=deps.cipher.seal(turn.session.to_json(), STATE),
        at=now,
        until=None if record.person.kept else now + UNKEPT,
    )


def _heard(inbound: Inbound, deps: Deps) -> outgoing.Line:
    """What the person did, as it is stored."""
    body: dict[str, object] = {"text": inbound.text[:TEXT_READ]}
    if inbound.option:
        body["option"] = inbound.option
    if inbound.location:
        body["location"] = list(inbound.location)
    if inbound.media:
        body["media"] = [item.kind for item in inbound.media]
    return outgoing.Line("in", None, deps.cipher.seal(outgoing.to_json(body), outgoing.MESSAGE), "person")
