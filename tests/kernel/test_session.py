"""The session as it is stored: complete, small, and readable by every later release."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.catalogo import FLOWS
from flows.core.reply import Option, Reply
from flows.core.session import Frame, Goal, Question, Session, UnreadableSession
from tests.chat import Bot, bot
from tests.kernel.rows import put_session

STORED = sorted((Path(__file__).parent / "sessions").glob("*.json"))
"""Sessions as earlier releases wrote them. Each release that changes the session adds one; none is ever edited."""

FULL = Session(
    stack=[
        Frame("a", "uno", {"x": "1"}, ["cero"], ended={"llamar": Frame("c", "z", {"w": "🌱"}, ["z"], called=True)}),
        Frame("b", called=True),
    ],
    paused=[Frame("d", "tres", {}, ["dos"])],
    question=Question("k9z", [Option("si", "Sí", "más"), Option("no", "No")], 2),
    goal=Goal("e", {"oficio": "soldador"}),
    serial=26_000,
    misses=2,
    echo="a.uno.texto 0",
    echoes=3,
)


@pytest.mark.parametrize("session", [FULL, Session(), Session(stack=[Frame("a")])])
def test_json_there_and_back(session: Session) -> None:
    assert Session.from_json(session.to_json()) == session


def test_json_is_small_and_plain() -> None:
    assert len(Session(stack=[Frame("a", "uno")]).to_json()) < 250
    assert "🌱" in FULL.to_json()


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "null", "[]", "7", '"x"', "{}", '{"stack":7}', '{"stack":[7]}', '{"stack":[{}]}'),
        *('{"stack":[{"flow":"a","mood":"new"}]}', '{"stack":[],"question":{"id":"x"}}', '{"stack":[],"serial":"x"}'),
        *('{"stack":[],"question":7}', '{"stack":[],"goal":{"oficio":"x"}}', '{"stack":[],"goal":7}'),
        *('{"stack":[{"flow":"a","ended":[1]}]}', '{"stack":[],"question":{"id":"x","options":[[]],"page":0}}'),
    ],
)
def test_what_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(UnreadableSession):
        Session.from_json(text)


def test_what_an_older_release_did_not_know_is_filled_in() -> None:
    assert Session.from_json('{"stack":[{"flow":"a"}]}') == Session(stack=[Frame("a")])


def test_nothing_of_the_person_before_is_kept() -> None:
    session = Session.from_json(FULL.to_json())
    session.forget()
    assert ([frame.flow for frame in session.stack], session.paused, session.goal) == (["b"], [], None)


def test_a_reply_there_and_back() -> None:
    full = Reply("a.b.c", "Hola", (Option("1.si", "Sí", "claro"),), "location", ("/archivos/x",), static=True)
    for reply in (full, Reply("a.b.c", "Hola")):
        assert Reply.from_json(json.loads(json.dumps(reply.to_json()))) == reply
    assert Reply("a.b.c", "Hola").to_json() == {"key": "a.b.c", "text": "Hola"}


# --- sessions of earlier releases --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    with bot(tmp_path_factory.mktemp("stored")) as made:
        yield made


def test_there_are_stored_sessions() -> None:
    assert len(STORED) >= 13


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_session_goes_on_where_it_was(running: Bot, path: Path) -> None:
    stored = Session.from_json(path.read_text("utf-8"))
    assert stored.top
    assert stored.question
    chat = running.chat()
    chat.says("hola")
    put_session(chat, stored)
    keys = chat.says("ayuda")
    assert keys[-2:] == ["comun.ayuda", f"{stored.top.flow}.{stored.top.step}.{_variant(keys[-1])}"]
    put_session(chat, stored)
    chat.does(option=f"{stored.question.id}.{stored.question.options[-1].id}")
    assert "comun.fallo" not in [reply.key for reply in chat.replies]
    assert "comun.boton_viejo" not in [reply.key for reply in chat.replies]
    assert chat.session.question != stored.question


def _variant(key: str) -> str:
    return key.rsplit(".", 1)[-1]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_step_of_a_stored_session_is_known_or_was_moved(path: Path) -> None:
    stored = Session.from_json(path.read_text("utf-8"))
    for frame in [*stored.stack, *stored.paused]:
        flow = FLOWS[frame.flow]
        for step in filter(None, [frame.step, *frame.path]):
            assert step in flow.steps or step in flow.moved
