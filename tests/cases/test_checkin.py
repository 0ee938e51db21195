"""The bot comes back by itself: a question about danger that stays open, a neutral greeting that was agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.cases.alarm_clock import CLOCK
from db.tables import conversations, events, handoffs, messages, outbox
from flows.contacto import HOURS, WINDOW, checkin_at
from tests.chat import Bot, Chat, bot

ZONE = ZoneInfo("America/El_Salvador")
GREETING = "seguimiento.como_esta.texto"


@pytest.fixture
def running(tmp_path: Path, database_url: str) -> Iterator[Bot]:
    with bot(tmp_path, database_url, telegram_token="1:x", telegram_staff_chat="-100777") as made:
        yield made


@pytest.fixture
def person(running: Bot) -> Chat:
    """Somebody on WhatsApp who was welcomed."""
    made = running.chat("whatsapp:+50370001234", "whatsapp", "+50370001234")
    made.says("hola")
    made.taps("Sí, de acuerdo")
    made.says("34")
    made.says("Guazapa")
    return made


def greetings(running: Bot) -> int:
    return len(running.rows(select(messages.c.id).where(messages.c.key == GREETING)))


def waiting(running: Bot) -> list[str]:
    return [row.kind for row in running.rows(select(events.c.kind).where(events.c.channel == CLOCK))]


def agrees(person: Chat) -> None:
    """Danger, not now, safe to write, and a greeting is welcome."""
    person.says("ya no quiero vivir")
    person.says("no")
    person.taps("Sí, es seguro")
    assert person.taps("Sí, escríbame")[-1] == "crisis.acompanar.texto"
    person.taps("Seguir")


# --- silence ---------------------------------------------------------------------------------------------------


def test_a_question_that_nobody_answers_is_a_yes_and_tells_the_staff_alone(running: Bot, person: Chat) -> None:
    assert person.says("ya no aguanto")[-1] == "crisis.preguntar.self_harm"
    said = len(running.rows(select(messages.c.id).where(messages.c.conversation_id.is_not(None))))
    running.wait(minutes=29)
    running.due()
    assert running.rows(select(handoffs)) == []
    running.wait(minutes=2)
    running.due()
    running.due()
    (case,) = running.rows(select(handoffs))
    assert (case.reason, case.priority) == ("self_harm", 2)
    assert len(running.rows(select(messages.c.id).where(messages.c.conversation_id.is_not(None)))) == said
    assert waiting(running) == []
    assert person.says("sí")[-1] == "contacto.seguro.texto"  # the question still stands
    (case,) = running.rows(select(handoffs))
    assert case.priority == 1


@pytest.mark.parametrize("answer", ["no", "era broma", "sí", "menú"])
def test_a_question_that_was_answered_is_no_silence(running: Bot, person: Chat, answer: str) -> None:
    person.says("ya no aguanto")
    person.says(answer)
    before = len(running.rows(select(handoffs)))
    running.wait(minutes=31)
    running.due()
    assert len(running.rows(select(handoffs))) == before


# --- the greeting ------------------------------------------------------------------------------------------------


def test_the_greeting_leaves_once_says_nothing_and_can_be_stopped(running: Bot, person: Chat) -> None:
    agrees(person)
    assert waiting(running) == ["seguimiento"]
    running.wait(hours=22)
    running.due()
    assert greetings(running) == 0
    running.wait(hours=1, minutes=10)
    running.due()
    running.due()
    assert greetings(running) == 1
    (row,) = running.rows(
        select(outbox.c.id, messages.c.sensitive)
        .join(messages, messages.c.id == outbox.c.message_id)
        .where(messages.c.key == GREETING)
    )
    assert row.sensitive
    assert person.says("3")[-1] == "seguimiento.como_esta.no_mas"
    assert waiting(running) == []


def test_who_tells_how_they_are_is_asked_whether_they_want_a_person(running: Bot, person: Chat) -> None:
    agrees(person)
    running.wait(hours=23, minutes=10)
    running.due()
    assert person.says("pues ahi, no he podido dormir")[-1] == "seguimiento.hablamos.texto"
    assert len(running.rows(select(handoffs))) == 1
    person.taps("Sí, por favor")
    assert [(c.reason, c.priority) for c in running.rows(select(handoffs).order_by(handoffs.c.id))] == [
        ("self_harm", 1),
        ("person", 2),
    ]


@pytest.mark.parametrize("why", ["baja", "human", "closed", "unsafe", "erased", "other", "stopped late"])
def test_where_it_does_not_leave(running: Bot, person: Chat, why: str) -> None:
    agrees(person)
    match why:
        case "baja":
            person.says("BAJA")
        case "human":
            taken = update(conversations).values(human_since=running.now + timedelta(hours=23))
            running.app.database.write_now(lambda c: c.execute(taken).rowcount)
        case "closed":
            over = update(handoffs).values(state="closed", closed_at=running.now, checkin_at=None)
            running.app.database.write_now(lambda c: c.execute(over).rowcount)
        case "unsafe":
            running.app.database.write_now(lambda c: c.execute(update(handoffs).values(safe_channel=False)).rowcount)
        case "erased":
            person.says("borrar")
            person.taps_first()
        case "other":
            person.says("soy otra persona")
            person.taps_first()
        case _:
            running.wait(hours=8)
    running.wait(hours=23, minutes=10)
    running.due()
    assert greetings(running) == 0
    assert waiting(running) == []


def test_nobody_is_greeted_in_the_midst_of_talking(running: Bot, person: Chat) -> None:
    agrees(person)
    running.wait(hours=23)
    person.says("menú")
    running.wait(minutes=5)
    running.due()
    assert greetings(running) == 0
    running.wait(hours=1, minutes=5)
    running.due()
    assert greetings(running) == 1
    assert person.says("1")[-1] == "menu.que_hacer.texto"  # and what was there before goes on


@given(
    minutes=st.integers(0, 60 * 24 * 14),
    hours=st.sampled_from(sorted(HOURS)),
    window=st.booleans(),
)
def test_the_moment_lies_within_the_hours_and_the_window(minutes: int, hours: str, window: bool) -> None:
    now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    at = checkin_at(now, ZONE, HOURS[hours], window=window)
    begins, ends = HOURS[hours]
    assert begins <= at.astimezone(ZONE).time() <= ends
    assert time(8) <= at.astimezone(ZONE).time() <= time(20)
    assert at > now
    if window:
        assert at <= now + WINDOW
