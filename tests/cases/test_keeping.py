"""What is not kept of a case, and what a flow that fails may not lose."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.cases import work
from bot.channels.base import Inbound
from bot.inbox import answer
from db import erasure
from db.tables import case_events, case_notes, contacts, handoffs, messages
from tests.cases.team import CRISIS, Team

SAID = select(messages.c.id).where(messages.c.direction == "in", messages.c.body_enc.is_not(None))


def test_what_was_written_in_a_crisis_goes_after_three_days_and_other_words_stay(team: Team) -> None:
    team.wanted()
    others = len(team.bot.rows(SAID))
    chat, _ = team.wanted(CRISIS)
    chat.does(text="estoy mal")
    theirs = len(team.bot.rows(SAID)) - others
    team.wait(hours=71)
    assert len(team.bot.rows(SAID)) == others + theirs
    team.wait(hours=1)
    assert len(team.bot.rows(SAID)) == others
    chat.says("menú")
    assert len(team.bot.rows(SAID)) == others + 1


def test_what_is_written_after_a_crisis_was_closed_is_kept_as_any_other(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted(CRISIS)
    team.write(work.close, case["id"], ana, "attended", team.now)
    team.bot.wait(hours=1)
    chat.says("menú")
    team.wait(hours=80)
    assert len(team.bot.rows(SAID)) == 1


def test_notes_go_ninety_days_after_closing(team: Team) -> None:
    ana, case = team.user(), team.opened()
    team.write(work.add_note, team.desk, case, ana, "Llamar", team.now)
    team.wait(days=100)
    assert len(team.bot.rows(select(case_notes.c.id))) == 1
    team.write(work.close, case, ana, "unreachable", team.now)
    team.wait(days=89)
    assert len(team.bot.rows(select(case_notes.c.id))) == 1
    team.wait(days=1)
    assert team.bot.rows(select(case_notes.c.id)) == []


def test_an_erased_person_leaves_no_note_and_nothing_that_says_how_to_reach_them(team: Team) -> None:
    ana, case = team.user(), team.opened("violence", call_hours="tarde", call_language="mam")
    team.set(case, safe_hours="noche", safe_channel=False)
    team.write(work.add_note, team.desk, case, ana, "Llamar", team.now)
    contact = team.case(case)["contact_id"]
    team.write(erasure.erase, contact, team.now)
    row = team.case(case)
    assert [row[name] for name in ("topic", "call_hours", "call_language", "safe_hours", "safe_channel")] == [None] * 5
    assert team.bot.rows(select(case_notes.c.id)) == []
    assert team.bot.rows(select(contacts.c.hold_promotions_since)) == [(None,)]
    assert team.bot.rows(select(case_events.c.id))
    assert row["state"] == "open"


def test_a_flow_that_fails_loses_no_cry_for_help(team: Team) -> None:
    said = Inbound("webchat", "evento-uno", "persona-que-escribe-0001", text=CRISIS)
    outcome = team.bot.app.database.write_now(lambda c: answer.apologise(c, said, team.bot.app.deps))
    assert [reply.key for _, reply in outcome.replies] == ["casos.peligro.texto", "comun.fallo"]
    assert [(row["reason"], row["priority"]) for row in team.cases()] == [("self_harm", 1)]
    assert "El Salvador" in outcome.replies[0][1].text
    assert team.alerted(team.cases()[0]["id"]) == [None]
    plain = Inbound("webchat", "evento-dos", "persona-que-escribe-0002", text="hola")
    team.bot.app.database.write_now(lambda c: answer.apologise(c, plain, team.bot.app.deps))
    assert [(row["reason"], row["priority"]) for row in team.cases()][1:] == [("unclear", 2)]


def test_a_conversation_that_nobody_has_is_given_back_to_the_bot(team: Team) -> None:
    ana, case = team.user(), team.opened()
    team.claim(case, ana)
    team.write(lambda c: c.execute(handoffs.delete()).rowcount)
    team.bot.now += timedelta(hours=1)
    assert team.due()["free_conversations"] == 1
