"""Where somebody stands: the session and the record, read from the database and written back for somebody new."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, insert, select

from bot.inbox import people
from bot.inbox.answer import STATE
from db.tables import contacts, conversations, identities, opt_outs
from flows.catalogo import FLOWS
from flows.core.session import Frame, Session
from tests.chat import Bot, Chat

COLUMNS: Final = ("country", "department", "district", "place", "age_band", "consent_asked", "consent_kept")
STRANGER: Final = dict.fromkeys(COLUMNS) | {"consent_asked": False, "consent_kept": False}


@dataclass(frozen=True)
class State:
    """One moment of one conversation. `way` is how it was reached, for the message of a test that fails."""

    session: Session = field(default_factory=Session)
    person: dict[str, Any] = field(default_factory=lambda: dict(STRANGER))
    opted_out: bool = False
    way: tuple[str, ...] = ()

    @property
    def on_screen(self) -> tuple[str, str]:
        """The flow and step that wait for an answer; empty where nothing is under way."""
        top = self.session.top
        return (top.flow, top.step or "") if top else ("", "")

    @property
    def question(self) -> Hashable:
        """The heading of the question on screen, whether it interrupted something, and whether the person is known."""
        stack = self.session.stack
        interrupts = sum(not frame.called for frame in stack) > 1
        return (stack[-1].flow, _heading(stack[-1]), interrupts, self.person["consent_asked"]) if stack else self._kind

    @property
    def signature(self) -> Hashable:
        """What makes two moments alike: the steps, what kind of person it is, what waits. Not the answers."""
        stack = self.session.stack
        if is_made_from_data(*self.on_screen) and len(stack) == 1:
            return self.on_screen
        steps = tuple((frame.flow, _heading(frame)) for frame in stack)
        answers = stack[-1].answers if stack else {}
        variant = (answers.get("candidatos", "").count("|") > 0, answers.get("como", ""))
        if sum(not frame.called for frame in stack) > 1:  # an interruption: what lies below goes on as it does anyway
            return (steps[0][0], steps[-1], variant)
        if len(stack) > 1:  # a flow that another one called, and that asks the same whoever it is
            return (steps, bool(self.session.goal), variant)
        paused = bool(self.session.paused) and steps[-1:] == (("menu", "que_hacer"),)
        return (steps, self._kind, paused, bool(self.session.goal), variant)

    @property
    def _kind(self) -> Hashable:
        band = self.person["age_band"]
        known = band and ("minor" if band == "under_18" else "adult")
        return (self.person["consent_asked"], known, bool(self.person["country"]))


def is_made_from_data(flow: str, step: str) -> bool:
    """Whether a step is one of many alike: a criterion, a question of a questionnaire."""
    found = FLOWS[flow].steps.get(step) if flow in FLOWS else None
    return found is not None and found.copy != found.name


def _heading(frame: Frame) -> str:
    return FLOWS[frame.flow].steps[frame.step].copy if frame.step else ""


_CONTACT: Final = insert(contacts).returning(contacts.c.id)
_IDENTITY: Final = insert(identities).returning(identities.c.id)
_CURRENT: Final = (
    select(
        conversations.c.state_enc,
        exists().where(opt_outs.c.address_hash == bindparam("key"), opt_outs.c.lifted_at.is_(None)).label("out"),
        *(contacts.c[name] for name in COLUMNS),
    )
    .join_from(identities, contacts)
    .join(conversations, conversations.c.identity_id == identities.c.id)
    .where(identities.c.address_hash == bindparam("key"))
)


def restore(running: Bot, state: State, **how: Any) -> Chat:
    """Somebody new who stands exactly there; `how` they write, as `Bot.chat` takes it."""
    app, chat, at = running.app, running.chat(**how), {"created_at": running.now}
    mine = {"address_hash": app.hasher.of(chat.channel, chat.address), "channel": chat.channel} | at
    code = {"code": people.new_code(8), "channel_first": chat.channel, "last_seen_at": running.now}
    sealed = app.cipher.seal(state.session.to_json(), STATE)
    address = app.cipher.seal(chat.address, people.ADDRESS)

    def write(connection: Connection) -> None:
        contact_id = connection.scalar(_CONTACT, at | code | state.person)
        identity_id = connection.scalar(_IDENTITY, mine | {"contact_id": contact_id, "address_enc": address})
        ids = {"contact_id": contact_id, "identity_id": identity_id}
        connection.execute(insert(conversations), at | ids | {"state_enc": sealed})
        if state.opted_out:
            connection.execute(insert(opt_outs), mine)

    app.database.write_now(write)
    return chat


def current(chat: Chat, way: tuple[str, ...]) -> State | None:
    """Where somebody stands now; None if nothing of them is left."""
    app = chat.bot.app
    key = app.hasher.of(chat.channel, chat.address)
    row = app.database.read_now(lambda connection: connection.execute(_CURRENT, {"key": key}).one_or_none())
    if row is None:
        return None
    session = Session.from_json(app.cipher.open(row.state_enc, STATE))
    return State(session, {name: getattr(row, name) for name in COLUMNS}, bool(row.out), way)
