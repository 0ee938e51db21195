"""Walks the real conversation breadth-first: from every moment that is like no other, everything a person may do."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from bot.app import App
from bot.channels.base import Inbound, Media
from bot.inbox import answer, outgoing
from bot.inbox.deps import Deps
from bot.inbox.outcome import Outcome
from flows.catalogo import FLOWS, HOME
from flows.core.check import Tightest
from flows.core.copy import COMMON, Copy
from flows.core.engine import Engine
from flows.core.reply import Reply
from flows.core.session import Frame, Session
from flows.core.step import Flow, Next, Step
from flows.core.turn import Turn
from tests.chat import Bot, Chat
from tests.walk.events import Event, possible
from tests.walk.states import STRANGER, State, current, restore

FAREWELLS: Final = {
    "baja.salir.hecho": "ALTA",
    "alta.confirmar.sigue_de_baja": "ALTA",
    "borrar.confirmar.borrado": "vaya bien",
    "menor.acompanar.aqui_estamos": "escríbame",
    "menor.pedir.aqui_estamos": "escríbame",
    "crisis.preguntar.en_broma": "Aquí estoy",
    "crisis.ofrecer.cuando_quiera": "escríbame",
    "crisis.ahora.en_broma": "Aquí estoy",
    "crisis.acompanar.aqui_estamos": "escríbame",
    "seguimiento.como_esta.me_alegra": "escríbame",
    "seguimiento.como_esta.sin_horario": "aquí estoy",
    "seguimiento.hablamos.sin_horario": "aquí estoy",
    "seguimiento.como_esta.no_mas": "escribe",
    "seguimiento.hablamos.aqui_estoy": "escríbame",
    "idioma.seguir.esperando": "menú",
    "idioma.seguir.esperando_sin_guardar": "escríbame",
    "crisis.pais.no_entendido_mas": "menú",
    "comun.de_nada": "Aquí estoy",
    "comun.muy_bien": "escríbame",
    "comun.hasta_luego": "escríbame",
    "comun.en_pausa": "menú",
    "comun.en_pausa_sin_guardar": "menú",
    "comun.dado_de_baja": "menú",
    "comun.no_entendido_mas": "menú",
    "comun.muchos_mensajes": "escríbame",
}
"""Answers after which nothing is asked, with the word that says how to go on, or that takes leave."""

LIMITS: Final = Tightest()
ROWS: Final = 10
ID_BYTES: Final = 64  # Telegram's callback_data: https://core.telegram.org/bots/api#inlinekeyboardbutton


class Recording(Copy):
    """Copy that notes which of its texts were said."""

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(texts)
        self.said: set[str] = set()

    def text(self, flow: str, heading: str, key: str, values: Mapping[str, object]) -> str:
        if isinstance(self.heading(flow, heading).get(key), str):
            self.said.add(f"{flow}.{heading}.{key}")
        return super().text(flow, heading, key, values)

    def common(self, key: str, values: Mapping[str, object]) -> str:
        self.said.add(f"{COMMON}.{key}")
        return super().common(key, values)


class Noting(Engine):
    """An engine that notes the steps that it came to."""

    def __init__(self, flows: Mapping[str, Flow], home: str) -> None:
        super().__init__(flows, home)
        self.passed: set[tuple[str, str]] = set()

    def _pass(self, turn: Turn, step: Step[Any]) -> Next:
        self.passed.add((step.flow.name, step.name))
        return super()._pass(turn, step)

    def _show(self, turn: Turn, step: Step[Any], *, page: int = 0, person: bool = False) -> Step[Any] | None:
        self.passed.add((step.flow.name, step.name))
        return super()._show(turn, step, page=page, person=person)


def watch(app: App) -> tuple[Recording, Noting]:
    """Put both into a bot that has not answered yet."""
    copy, engine = Recording(app.copy.texts), Noting(FLOWS, HOME)
    app.__dict__ |= {"copy": copy, "engine": engine}
    return copy, engine


@dataclass
class Walk:
    """What was seen on the way. `wrong` holds every mistake with the way to it; none, if all is well."""

    running: Bot
    steps: set[tuple[str, str]] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    seen: set[Hashable] = field(default_factory=set)
    events: int = 0
    wrong: list[str] = field(default_factory=list)
    _alike: set[Hashable] = field(default_factory=set)

    def go(self) -> Walk:
        greeted = Session(stack=[Frame("seguimiento", "como_esta")])  # only the clock leads there
        waiting = deque([State(), State(greeted, STRANGER | {"consent_asked": True, "age_band": "25_34"})])
        while waiting:
            state = waiting.popleft()
            for event in possible(state, thorough=self._first_of_its_kind(state)):
                after = self._happens(state, event)
                if after and after.signature not in self.seen:
                    self.seen.add(after.signature)
                    self.steps |= {(frame.flow, frame.step or "") for frame in after.session.stack}
                    waiting.append(after)
        return self

    def _first_of_its_kind(self, state: State) -> bool:
        """What works everywhere works alike for all who stand at the same question: it is tried once there."""
        kind = state.question
        first = kind not in self._alike
        self._alike.add(kind)
        return first

    def _happens(self, state: State, event: Event) -> State | None:
        chat, after, way = restore(self.running, state), state, (*state.way, event.label)
        for message in event.messages:
            chat.does(**_filled(message, after.session))
            self.events += 1
            self.keys |= {reply.key for reply in chat.replies}
            if "comun.fallo" in self.keys:
                self._raise(state, event)
            now = current(chat, way)
            self._look(chat, now.session if now else Session(), way)
            if now is None:
                return None
            after = now
        return State(_calm(after.session), after.person, after.opted_out, way)

    def _raise(self, state: State, event: Event) -> None:
        """What a flow does wrong is told as what it is."""
        app, chat = self.running.app, restore(self.running, state)
        for message in event.messages:
            what = _filled(message, chat.session)
            inbound = Inbound(chat.channel, self.running.next_id(), chat.address, **what)
            app.database.write_now(partial(_answered, inbound=inbound, deps=app.deps))
        raise AssertionError(f"{state.way} → {event.label}: an apology")

    def _look(self, chat: Chat, session: Session, way: tuple[str, ...]) -> None:
        place = " / ".join(way[-6:])
        if Session.from_json(session.to_json()) != session:
            self.wrong.append(f"{place}: the state does not survive JSON")
        for reply in [*chat.replies, *outgoing.compact(chat.replies)]:
            self.wrong += [f"{place}: {reply.key}: {what}" for what in mistakes(reply)]
        if not chat.replies:
            self.wrong.append(f"{place}: no answer")
            return
        key = chat.replies[-1].key
        if key in FAREWELLS:
            if FAREWELLS[key] not in chat.text:
                self.wrong.append(f"{place}: {key} does not say how to go on")
            return
        top = session.top
        if top is None or not key.startswith(f"{top.flow}.{top.step}."):
            self.wrong.append(f"{place}: {key} is not what is asked")


def _answered(connection: Connection, inbound: Inbound, deps: Deps) -> Outcome:
    return answer.answer(connection, inbound, deps)


def _filled(message: dict[str, Any], session: Session) -> dict[str, Any]:
    question = session.question.id if session.question else ""
    filled = dict(message)
    if "option" in filled:
        filled["option"] = filled["option"].replace("{question}", question)
    if "media" in filled:
        filled["media"] = (Media(filled["media"], "https://example.org/x"),)
    return filled


def _calm(session: Session) -> Session:
    """The same moment a little later: what was not understood, or said again and again, is past."""
    session.misses, session.echo, session.echoes = 0, "", 0
    return session


def mistakes(reply: Reply) -> list[str]:
    """What is wrong with a message for the tightest channel."""
    found = []
    most = LIMITS.text_with_options if reply.options else LIMITS.text
    if not reply.text.strip():
        found.append("empty")
    if len(reply.text) > most:
        found.append(f"{len(reply.text)} characters; {most} fit")
    if "{" in reply.text or "}" in reply.text:
        found.append("a placeholder is not filled in")
    if len(reply.options) > ROWS:
        found.append(f"{len(reply.options)} options; {ROWS} fit")
    if len({option.title for option in reply.options}) < len(reply.options):
        found.append("two options with the same title")
    for option in reply.options:
        if not option.title.strip() or len(option.title) > LIMITS.row_title:
            found.append(f"title «{option.title}» has {len(option.title)} characters; 1 to {LIMITS.row_title} fit")
        if len(option.description) > LIMITS.row_description:
            found.append(f"the line below «{option.title}» has {len(option.description)} characters")
        if len(option.id.encode()) > ID_BYTES:
            found.append(f"id {option.id} has {len(option.id.encode())} bytes; {ID_BYTES} fit")
    return found
