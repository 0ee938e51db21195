"""The kernel, whatever is said: a reading or a reason, a state that survives its storing, never a hole to fall into."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.core.ask import Call, Choice, Number, Phone, Pick, Text, Where, chosen
from flows.core.copy import Copy
from flows.core.reply import Option
from flows.core.said import Said, Shown
from flows.core.screen import ROWS
from flows.core.session import Frame, Goal, Guess, Question, Session
from flows.core.step import END, STOP, Done, Flow, Jump, Next, TakeUp, Unclear
from flows.core.turn import Turn
from tests.kernel.talk import Talk
from tests.kernel.test_ask import TURN

QUICK: Final = settings(derandomize=True, deadline=None, database=None, max_examples=60)

OPTIONS: Final = st.builds(Option, st.text(max_size=20), st.text(max_size=24), st.text(max_size=20))
SCREENS: Final = st.builds(
    lambda options, page, words: Shown(tuple(options), tuple(options[:page]), {o.id: tuple(words) for o in options}),
    st.lists(OPTIONS, max_size=14),
    st.integers(0, ROWS),
    st.lists(st.text(max_size=12), max_size=3),
)
LOCATIONS: Final = st.none() | st.tuples(st.floats(), st.floats())
SAID: Final = st.builds(
    Said, st.text(max_size=200), st.none() | st.text(max_size=20), LOCATIONS, st.just(()) | st.just(("voice",))
)
ASKS: Final[list[Any]] = [
    Choice("si", "no"),
    Pick(lambda turn: []),
    Text(20),
    Where(),
    Number(-3, 99),
    Phone(),
    Call("x"),
]


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: type(ask).__name__)
@QUICK
@given(said=SAID, shown=SCREENS)
def test_a_question_gives_a_value_that_can_be_stored_or_says_why_not(ask: Any, said: Said, shown: Shown) -> None:
    with suppress(Unclear):
        value = ask.read(TURN, said, shown)
        assert ask.load(ask.save(value)) == value


@QUICK
@given(said=SAID, shown=SCREENS)
def test_what_is_chosen_was_on_offer(said: Said, shown: Shown) -> None:
    with suppress(Unclear):
        assert chosen(said, shown) in {option.id for option in shown.options}


@QUICK
@given(shown=SCREENS, data=st.data())
def test_whatever_was_shown_can_be_tapped(shown: Shown, data: st.DataObject) -> None:
    if shown.options:
        option = data.draw(st.sampled_from(shown.options))
        assert chosen(Said(option=option.id), shown) == option.id
    if shown.page:
        place = data.draw(st.integers(1, len(shown.page)))
        assert chosen(Said(str(place)), shown) == shown.page[place - 1].id


WORDS: Final = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)
NAMES: Final = st.text(max_size=8)
PLAIN: Final = st.builds(Frame, NAMES, st.none() | NAMES, WORDS, st.lists(NAMES, max_size=3), st.booleans())
FRAMES: Final = st.lists(
    st.builds(
        lambda frame, ended: Frame(frame.flow, frame.step, frame.answers, frame.path, frame.called, ended),
        PLAIN,
        st.dictionaries(NAMES, PLAIN, max_size=2),
    ),
    max_size=3,
)
GOALS: Final = st.none() | st.builds(Goal, NAMES, WORDS)
SESSIONS: Final = st.builds(
    Session,
    stack=FRAMES,
    paused=FRAMES,
    question=st.none() | st.builds(Question, NAMES, st.lists(OPTIONS, max_size=4), st.integers(0, 9)),
    goal=GOALS,
    guess=st.none() | st.builds(Guess, NAMES, FRAMES, FRAMES, GOALS, NAMES),
    serial=st.integers(0, 10**9),
    misses=st.integers(0, 9),
    echo=NAMES,
    echoes=st.integers(0, 99),
    tongue=NAMES,
)


@QUICK
@given(session=SESSIONS)
def test_a_session_survives_its_storing(session: Session) -> None:
    assert Session.from_json(session.to_json()) == session


@QUICK
@given(value=st.text(max_size=40))
def test_what_is_filled_in_is_never_read_as_a_placeholder(value: str) -> None:
    copy = Copy({"comun": {"hola": "Hola, {nombre}."}})
    assert copy.common("hola", {"nombre": value}) == f"Hola, {value}."


# --- a whole engine ----------------------------------------------------------------------------------------------


def maze() -> tuple[Flow, ...]:
    """Flows that call, jump, end, stop and are taken up in every way, in circles that always ask something."""
    casa, a, b = Flow("casa"), Flow("a", resumable=True), Flow("b")

    @casa.step(Choice("a", "b", "retomar", "parar"))
    def puerta(turn: Turn, answer: str) -> Next:
        if answer == "retomar":
            return TakeUp() if turn.session.paused else puerta
        return STOP if answer == "parar" else Jump(answer)

    @a.step(Choice("llamar", "salir", "seguir"))
    def uno(turn: Turn, answer: str) -> Next:
        if answer == "salir":
            return END
        return llamar if answer == "llamar" else lista

    @a.step(Call("b"))
    def llamar(turn: Turn, value: str) -> Next:
        return lista if value else uno

    @a.step(Pick(lambda turn: [Option(f"f{n}", f"Fruta {n}") for n in range(23)]))
    def lista(turn: Turn, answer: str) -> Next:
        if answer == "f7":
            raise Unclear
        turn.say("dicho", algo=turn.answer(llamar))
        return END

    @b.gate
    def inicio(turn: Turn) -> Next:
        return Done(turn.answers["ya"]) if "ya" in turn.answers else numero

    @b.step(Number(0, 5))
    def numero(turn: Turn, value: int) -> Next:
        ends: list[Next] = [Done(""), Done("x"), texto, Jump("casa"), STOP, END]
        return ends[value]

    @b.step(Text(5))
    def texto(turn: Turn, answer: str) -> Next:
        return numero

    return casa, a, b


MOVES: Final = st.one_of(
    st.tuples(
        st.just("says"), st.sampled_from(["0", "1", "2", "3", "4", "5", "fruta 7", "ver más", "llamar", "x" * 9])
    ),
    st.tuples(st.just("says"), st.text(max_size=10)),
    st.tuples(st.just("taps"), st.integers(0, 30)),
    st.tuples(st.sampled_from(["begins", "interrupts"]), st.sampled_from(["casa", "a", "b"])),
    st.tuples(st.sampled_from(["goes_back", "asks_again", "pauses"]), st.none()),
)


@settings(QUICK, max_examples=150)
@given(moves=st.lists(MOVES, max_size=40))
def test_no_way_through_a_maze_of_flows_ends_in_a_hole(moves: list[tuple[str, Any]]) -> None:
    talk = Talk.of(*maze(), own={"a.lista": {"dicho": "{algo}"}})
    for move, what in moves:
        if move == "taps":
            options = talk.replies[-1].options if talk.replies else ()
            if not options:
                continue
            talk.taps_id(options[what % len(options)].id)
        else:
            getattr(talk, move)(*([] if what is None else [what]))
        session = talk.session
        assert len(session.stack) <= 6
        assert (session.question is None) == (not session.stack)
        if session.top and talk.replies and not talk.replies[-1].key.startswith("comun."):
            assert talk.replies[-1].key == f"{session.top.flow}.{session.top.step}.texto"
        for reply in talk.replies:
            assert len(reply.options) <= ROWS
    assert talk.begins("casa") == ["casa.puerta.texto"]
