"""The conversation kernel: moves a session by one message. Plain functions of what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flows.core.ask import Call
from flows.core.reply import Option, Reply
from flows.core.said import Shown
from flows.core.session import Frame, Goal, Question
from flows.core.step import Done, Flow, Jump, Next, Step, TakeUp, Unanswered, Unclear
from flows.core.turn import Turn

ROWS: Final = 10  # the most options a list has on WhatsApp
MOVES: Final = 60  # steps that one message may lead through; more is a circle of gates
PAUSED: Final = 3  # flows that wait to be taken up again
MORE: Final = "!mas"
PERSON: Final = "!persona"


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
        """Begin a flow on top: when it ends, what is below goes on."""
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

    def answer(self, turn: Turn) -> None:
        """Read what was said as the answer to the question on screen; raises `Unclear`, and then nothing moved."""
        step = self.asking(turn)
        if step is None:
            self.again(turn)
            return
        if turn.said.option == MORE:
            self._next_page(turn, step)
            return
        value = step.ask.read(turn, turn.said, self._shown(turn, step)) if step.ask else None
        self._accept(turn, step, value)

    def again(self, turn: Turn) -> None:
        """Show the question on screen once more; where a deploy retired it, say so and go on from a known one."""
        self._go(turn, self._resumed(turn))

    def unclear(self, turn: Turn, unclear: Unclear) -> None:
        """Say why the answer cannot be used: then the question again; then with a person; then only how to go on."""
        turn.session.misses += 1
        step = self.asking(turn)
        if step is None:
            self._say_and_home(turn)
        elif turn.session.misses <= 2:
            turn.step = step
            turn.say(unclear.key, **unclear.values)
            self._show(turn, step, person=turn.session.misses == 2)
        else:
            turn.say_common("no_entendido_mas")

    def back(self, turn: Turn) -> None:
        """Ask the question before this one again."""
        frame = turn.session.top
        while frame and not frame.path and frame.called:
            turn.session.stack.pop()
            frame = turn.session.top
        if frame is None or not frame.path:
            turn.say_common("ya_es_el_inicio")
            self.again(turn)
            return
        previous = self.flows[frame.flow].steps.get(frame.path.pop())
        self._go(turn, previous or self.flows[frame.flow].start, remember=False)

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

    def _go(self, turn: Turn, to: Next, *, remember: bool = True) -> None:
        """Follow gates, calls and ends until something is asked or the conversation rests."""
        for _ in range(MOVES):
            if to is None:
                turn.session.stack.clear()
                turn.session.question = None
                return
            if isinstance(to, Step):
                if to.ask is not None and not isinstance(to.ask, Call):
                    self._show(turn, to)
                    return
                to = self._pass(turn, to)
            elif isinstance(to, Jump):
                self._drop(turn)
                self._push(turn, to.flow, to.answers)
                to = self.flows[to.flow].start
            elif isinstance(to, TakeUp):
                self._drop(turn)
                turn.session.stack.append(turn.session.paused.pop())
                to = self._resumed(turn)
            else:
                to = self._finish(turn, to)
        raise Circle(str(to))

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
            below.path = [name for name in below.path if name != step.name] + [step.name]
            turn.step = step
            try:
                return step.then(turn, step.ask.load(done.value))
            except Unanswered as unanswered:
                return unanswered.step
        if step is not None and step.ask is not None:
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

    def _show(self, turn: Turn, step: Step[Any], *, page: int = 0, person: bool = False) -> None:
        if step.ask is None:
            raise TypeError(f"{step.name} is a gate: it has nothing to show")
        frame, session, turn.step = turn.frame, turn.session, step
        frame.step = step.name
        labels = turn.copy.labels(step.flow.name, step.copy)
        options = list(step.ask.offers(turn, labels))
        if person:
            options.append(Option(PERSON, turn.copy.common_labels["persona"]))
        session.serial += 1
        session.question = question = Question(_base36(session.serial), options, page)
        values = step.values(turn)
        key = step.variant(turn) if step.variant else "texto"
        turn.replies.append(
            Reply(
                f"{step.flow.name}.{step.name}.{key}",
                turn.copy.text(step.flow.name, step.copy, key, values),
                tuple(Option(f"{question.id}.{o.id}", o.title, o.description) for o in self._page(turn, question)),
                step.ask.wants,
                static=step.static or not values,
            )
        )

    def _next_page(self, turn: Turn, step: Step[Any]) -> None:
        question = turn.session.question
        pages = -(-len(question.options) // (ROWS - 1)) if question else 1
        self._show(turn, step, page=((question.page if question else 0) + 1) % pages)

    def _page(self, turn: Turn, question: Question) -> list[Option]:
        """The options on screen: all of them, or nine and a way to the next nine."""
        if len(question.options) <= ROWS:
            return question.options
        first = question.page * (ROWS - 1)
        more = Option(MORE, turn.copy.common_labels["mas"])
        return [*question.options[first : first + ROWS - 1], more]

    def _shown(self, turn: Turn, step: Step[Any]) -> Shown:
        question = turn.session.question or Question("")
        synonyms = turn.copy.synonyms(step.flow.name, step.copy)
        return Shown(tuple(question.options), tuple(self._page(turn, question)), synonyms)

    # --- the stack --------------------------------------------------------------------------------

    def _push(self, turn: Turn, flow: str, answers: Mapping[str, str], *, called: bool = False) -> None:
        turn.session.stack.append(Frame(flow, answers=dict(answers), called=called))

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


def _base36(value: int) -> str:
    digits = ""
    while True:
        value, rest = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if not value:
            return digits
