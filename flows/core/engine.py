"""The conversation kernel: moves a session by one message. Plain functions of what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flows.core import screen
from flows.core.ask import Call, named
from flows.core.session import Frame, Goal
from flows.core.step import Done, Flow, Jump, Next, Step, TakeUp, Unanswered, Unclear
from flows.core.turn import Turn

MOVES: Final = 60  # steps that one message may lead through; more is a circle of gates
PAUSED: Final = 3  # flows that wait to be taken up again


class Circle(Exception):
    """Steps lead to each other without ever asking anything: a mistake in a flow."""


class Engine:
    """All flows, and the one where conversations come to rest."""

    def __init__(self, flows: Mapping[str, Flow], home: str) -> None:
        self.flows, self.home = flows, home

    # --- ways into a flow -------------------------------------------------------------------------

    def start(self, turn: Turn, flow: str, answers: Mapping[str, str] | None = None) -> None:
        """Begin a flow anew; what was under way is paused if it can be, else left."""
        self._leave(turn)
        self._push(turn, flow, answers or {})
        self._go(turn, self.flows[flow].start)

    def interrupt(self, turn: Turn, flow: str, answers: Mapping[str, str] | None = None) -> None:
        """Begin a flow on top: when it ends, what is below goes on. Asked for twice, it is there once."""
        self.withdraw(turn, flow)
        turn.session.misses = 0
        self._push(turn, flow, answers or {})
        self._go(turn, self.flows[flow].start)

    def pause(self, turn: Turn) -> None:
        """Leave what is under way for another day; nothing is asked until the person writes."""
        self._leave(turn)
        turn.session.question = None

    def aim(self, turn: Turn, flow: str, answers: Mapping[str, str]) -> None:
        """Remember what the person came for, to be begun when what must be asked first is asked."""
        turn.session.goal = Goal(flow, dict(answers))

    # --- one answer -------------------------------------------------------------------------------

    def asking(self, turn: Turn) -> Step[Any] | None:
        """The step whose question is on screen, if there is one that this release knows."""
        frame = turn.session.top
        if frame is None or frame.step is None or frame.flow not in self.flows:
            return None
        step = self.flows[frame.flow].steps.get(frame.step)
        return step if step is not None and step.ask is not None else None

    def wants_person(self, turn: Turn) -> bool:
        """Whether the offer of a person was taken that stands below a question."""
        step = self.asking(turn)
        return step is not None and screen.control(turn, step) == screen.PERSON

    def named(self, turn: Turn) -> bool:
        """Whether what was said is word for word an answer that the question on screen offers."""
        step = self.asking(turn)
        return step is not None and named(turn.said.text, screen.shown(turn, step))

    def undoes(self, turn: Turn) -> bool:
        """Whether the guess that led to the question on screen is taken back."""
        step, session = self.asking(turn), turn.session
        standing = session.guess and session.question and session.guess.question == session.question.id
        return bool(step and standing) and step is not None and screen.control(turn, step) == screen.UNDO

    def answer(self, turn: Turn) -> None:
        """Read what was said as the answer to the question on screen; raises `Unclear`, and then nothing moved."""
        step = self.asking(turn)
        if step is None:
            self.again(turn)
            return
        if screen.control(turn, step) == screen.MORE:
            self._show_again(turn, step, pages=1)
            return
        value = step.ask.read(turn, turn.said, screen.shown(turn, step)) if step.ask else None
        self._accept(turn, step, value)

    def again(self, turn: Turn) -> None:
        """Show the question on screen once more; where a deploy retired it, say so and go on from a known one."""
        self._go(turn, self._resumed(turn))

    def unclear(self, turn: Turn, unclear: Unclear) -> None:
        """Say why the answer cannot be used: then the question again; then with a person; then only how to go on."""
        turn.session.misses += 1
        if unclear.key == Unclear().key:  # not a place or a number that is wrong: those are no wishes
            turn.missed = turn.said.understanding
        step = self.asking(turn)
        if step is None:
            self._say_and_home(turn)
        elif turn.session.misses <= 2:
            turn.step = step
            turn.say(unclear.key, **unclear.values)
            self._show_again(turn, step, person=turn.session.misses == 2)
        else:
            turn.step = step
            own = "no_entendido_mas" in turn.copy.heading(step.flow.name, step.copy)
            (turn.say if own else turn.say_common)("no_entendido_mas")

    def back(self, turn: Turn) -> None:
        """Ask the question before this one again, also where a flow that has ended since asked it."""
        stack = turn.session.stack
        while stack and stack[-1].called and not stack[-1].path:
            stack.pop()
        frame = turn.session.top
        if frame is None or not frame.path or frame.flow not in self.flows:
            turn.say_common("ya_es_el_inicio")
            self.again(turn)
            return
        name = frame.path.pop()
        while ended := frame.ended.pop(name, None):
            frame.step = name
            stack.append(ended)
            frame, name = ended, ended.path.pop()
        frame.step = name
        self._go(turn, self._resumed(turn))

    # --- moving -----------------------------------------------------------------------------------

    def _accept(self, turn: Turn, step: Step[Any], value: Any) -> None:
        frame, turn.step = turn.frame, step
        before = dict(frame.answers)
        if step.ask:
            frame.answers[step.name] = step.ask.save(value)
        try:
            to = step.then(turn, value)
        except Unclear:
            frame.answers = before
            raise
        except Unanswered as unanswered:
            to = unanswered.step
        turn.session.misses = 0
        if frame in turn.session.stack and step.ask:
            frame.path = [name for name in frame.path if name != step.name] + [step.name]
        self._go(turn, to)

    def _go(self, turn: Turn, to: Next) -> None:
        """Follow gates, calls and ends until something is asked or the conversation rests."""
        for _ in range(MOVES):
            if to is None:
                turn.session.stack.clear()
                turn.session.question = None
                return
            if isinstance(to, Step):
                if to.ask is None or isinstance(to.ask, Call):
                    to = self._pass(turn, to)
                    continue
                first = self._show(turn, to)
                if first is None:
                    return
                to = first
            elif isinstance(to, Jump):
                self._drop(turn)
                if to.flow not in self.flows:  # what the person came for, before a deploy
                    turn.say_common("retomamos")
                    to = Jump(self.home)
                self._push(turn, to.flow, to.answers)
                to = self.flows[to.flow].start
            elif isinstance(to, TakeUp):
                self._drop(turn)
                turn.session.stack.append(turn.session.paused.pop())
                to = self._resumed(turn)
            else:
                to = self._finish(turn, to)
        raise Circle(f"{turn.frame.flow}: steps lead in a circle; let one of them ask something")

    def _pass(self, turn: Turn, step: Step[Any]) -> Next:
        """Enter a step that shows nothing itself: a gate decides; a call begins the flow that asks."""
        turn.step = step
        if isinstance(step.ask, Call):
            turn.frame.step = step.name
            known = step.ask.answers(turn) if step.ask.answers else {}
            self._push(turn, step.ask.flow, known, called=True)
            return self.flows[step.ask.flow].start
        try:
            return step.then(turn, None)
        except Unanswered as unanswered:
            return unanswered.step

    def _finish(self, turn: Turn, done: Done) -> Next:
        """A flow is over: its caller gets what it found; what it interrupted goes on; else home."""
        over = turn.session.stack.pop() if turn.session.stack else None
        below = turn.session.top
        if below is None:
            return Jump(self.home)
        step = self.flows[below.flow].steps.get(below.step or "") if below.flow in self.flows else None
        if over and over.called and step and isinstance(step.ask, Call):
            below.answers[step.name] = done.value
            if over.path:  # it asked something: there is a question to go back to
                below.path = [name for name in below.path if name != step.name] + [step.name]
                below.ended[step.name] = over
            turn.step = step
            try:
                return step.then(turn, step.ask.load(done.value))
            except Unanswered as unanswered:
                return unanswered.step
        if step is not None and step.ask is not None and below.flow != self.home:
            turn.say_common("seguimos")
        return self._resumed(turn)

    def _resumed(self, turn: Turn) -> Next:
        """The step at which the conversation stands, or the one that a deploy put in its place."""
        while turn.session.top and turn.session.top.flow not in self.flows:
            turn.session.stack.pop()
        frame = turn.session.top
        if frame is None:
            return Jump(self.home)
        flow = self.flows[frame.flow]
        step = flow.steps.get(frame.step or "")
        if step is None:
            turn.say_common("retomamos")
            step = flow.steps.get(flow.moved.get(frame.step or "", ""), flow.start)
        return step

    # --- showing ----------------------------------------------------------------------------------

    def _show(self, turn: Turn, step: Step[Any], *, page: int = 0, person: bool = False) -> Step[Any] | None:
        """Show a question. Where an answer is missing that it builds on, the step to ask first; else None."""
        turn.step, turn.frame.step = step, step.name
        try:
            screen.put(turn, step, page, person=person)
        except Unanswered as unanswered:
            return unanswered.step
        return None

    def _show_again(self, turn: Turn, step: Step[Any], *, pages: int = 0, person: bool = False) -> None:
        """The question on screen once more, so many pages further on."""
        page = turn.session.question.page if turn.session.question else 0
        first = self._show(turn, step, page=page + pages, person=person)
        if first:
            self._go(turn, first)

    # --- the stack --------------------------------------------------------------------------------

    def _push(self, turn: Turn, flow: str, answers: Mapping[str, str], *, called: bool = False) -> None:
        turn.session.stack.append(Frame(flow, answers=dict(answers), called=called))

    def withdraw(self, turn: Turn, flow: str) -> None:
        """Take an interruption off the stack, with what it called."""
        kept: list[Frame] = []
        leaving = False
        for frame in turn.session.stack:
            leaving = leaving if frame.called else frame.flow == flow
            if not leaving:
                kept.append(frame)
        turn.session.stack = kept

    def _drop(self, turn: Turn) -> None:
        """Leave the flow under way, with those that wait for its answer."""
        stack = turn.session.stack
        while stack and stack.pop().called:
            pass

    def _leave(self, turn: Turn) -> None:
        """Empty the stack; a flow that can be taken up again and has an answer is paused."""
        session = turn.session
        for frame in session.stack:
            flow = self.flows.get(frame.flow)
            if flow and flow.resumable and frame.path:
                kept = [paused for paused in session.paused if paused.flow != frame.flow]
                session.paused = [*kept, frame][-PAUSED:]
        session.stack.clear()
        session.misses = 0

    def _say_and_home(self, turn: Turn) -> None:
        turn.say_common("no_entendido_libre" if turn.session.misses < 3 else "no_entendido_mas")
        if turn.session.misses < 3:
            self._go(turn, Jump(self.home))
