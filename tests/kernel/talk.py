"""Speaks with tiny flows: an engine, a few words, and a session that passes through JSON between any two messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from flows.core.ask import Choice
from flows.core.copy import Copy
from flows.core.engine import Engine
from flows.core.reply import Reply
from flows.core.said import Said
from flows.core.session import Session
from flows.core.step import STOP, Flow, Next, Step, Unclear
from flows.core.turn import Turn

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
COMMON = (
    *("no_entendido", "no_entendido_libre", "no_entendido_mas", "solo_texto", "texto_largo", "telefono_malo"),
    *("ya_es_el_inicio", "retomamos", "seguimos", "boton_viejo"),
)


def words(flows: Mapping[str, Flow], own: Mapping[str, Mapping[str, Any]] | None = None) -> Copy:
    """Words for every step: its name as the question, its options as titles; `own` by «flow.heading» replaces them."""
    texts: dict[str, dict[str, Any]] = {"comun": dict.fromkeys(COMMON, "…")}
    texts["comun"] |= {"numero_fuera": "{least}-{most}", "botones": {"mas": "Ver más", "persona": "Una persona"}}
    for flow in flows.values():
        texts[flow.name] = {step.copy: _heading(step) for step in flow.steps.values()}
    for place, heading in (own or {}).items():
        flow_name, _, name = place.partition(".")
        texts[flow_name][name] = {**texts[flow_name][name], **heading}
    return Copy(texts)


def _heading(step: Step[Any]) -> dict[str, Any]:
    options = step.ask.options if isinstance(step.ask, Choice) else ()
    return {"texto": f"¿{step.copy}?", "dicho": "Dicho.", "botones": {o: o.capitalize() for o in options}}


def home() -> Flow:
    """Where conversations come to rest unless a test says otherwise."""
    flow = Flow("casa")

    @flow.step(Choice("descansar"))
    def puerta(turn: Turn, answer: str) -> Next:
        return STOP

    return flow


@dataclass
class Talk:
    """One person's side. `saved` is all that is known between two messages."""

    engine: Engine
    copy: Copy
    saved: str = field(default_factory=lambda: Session().to_json())
    replies: list[Reply] = field(default_factory=list)

    @classmethod
    def of(cls, *flows: Flow, own: Mapping[str, Mapping[str, Any]] | None = None) -> Talk:
        known = {flow.name: flow for flow in (home(), *flows)}
        return cls(Engine(known, "casa"), words(known, own))

    def after_deploy(self, *flows: Flow, own: Mapping[str, Mapping[str, Any]] | None = None) -> Talk:
        """The same person, met by another release."""
        later = Talk.of(*flows, own=own)
        later.saved, later.replies = self.saved, self.replies
        return later

    @property
    def session(self) -> Session:
        return Session.from_json(self.saved)

    @property
    def stack(self) -> list[tuple[str, str | None]]:
        """What is under way, as (flow, step), lowest first."""
        return [(frame.flow, frame.step) for frame in self.session.stack]

    @property
    def titles(self) -> list[str]:
        """The buttons of the newest message."""
        return [option.title for option in self.replies[-1].options]

    def meets(self, said: Said, act: Callable[[Turn], None]) -> list[str]:
        """One event; returns the keys of what was said."""
        turn = Turn(self.session, said, self.copy, None, None, NOW, Random(1), "prueba")
        act(turn)
        self.saved, self.replies = turn.session.to_json(), turn.replies
        assert Session.from_json(self.saved) == turn.session
        return [reply.key for reply in self.replies]

    def begins(self, flow: str, **answers: str) -> list[str]:
        return self.meets(Said(), lambda turn: self.engine.start(turn, flow, answers))

    def interrupts(self, flow: str, **answers: str) -> list[str]:
        return self.meets(Said(), lambda turn: self.engine.interrupt(turn, flow, answers))

    def goes_back(self) -> list[str]:
        return self.meets(Said(), self.engine.back)

    def asks_again(self) -> list[str]:
        return self.meets(Said(), self.engine.again)

    def pauses(self) -> list[str]:
        return self.meets(Said(), self.engine.pause)

    def says(self, text: str = "", **what: Any) -> list[str]:
        return self.meets(Said(text, **what), self._answer)

    def taps(self, title: str) -> list[str]:
        """Tap the button of this title on the newest message."""
        (found,) = [option.id for option in self.replies[-1].options if option.title == title]
        return self.taps_id(found)

    def taps_id(self, id_: str) -> list[str]:
        """Tap a button by its whole id; one of a question that is not on screen is told so, as the inbox does."""
        instance, _, option = id_.partition(".")
        question = self.session.question
        if question is None or question.id != instance:
            return self.meets(Said(), self._old)
        return self.meets(Said(option=option), self._answer)

    def _answer(self, turn: Turn) -> None:
        try:
            self.engine.answer(turn)
        except Unclear as unclear:
            self.engine.unclear(turn, unclear)

    def _old(self, turn: Turn) -> None:
        turn.say_common("boton_viejo")
        self.engine.again(turn)
