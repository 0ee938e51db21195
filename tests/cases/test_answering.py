"""Answers: they leave at once, only where they may, and one that does not arrive is unanswered again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.cases import reading, work
from bot.cases.alerts import heard
from bot.cases.answering import INVITATION, Window, answer, invite, window
from bot.cases.contact import note
from bot.cases.errors import (
    BadText,
    Closed,
    Invited,
    NoTemplate,
    NotSafe,
    NotYours,
    OptedOut,
    Taken,
    Unreachable,
    WindowClosed,
)
from bot.cases.policy import ANSWER_LENGTH
from bot.inbox.outgoing import opened as opened_reply
from db.tables import handoffs, identities, messages, outbox, provider_templates
from tests.cases.team import CRISIS, Team


def says(team: Team, case: int, user: int, text: str = "Buenos días") -> int:
    return int(team.write(answer, team.desk, case, user, text, team.now))


def opened(team: Team, case: int) -> Window:
    return team.bot.app.database.read_now(lambda c: window(c, case, team.now))


def test_an_answer_leaves_first_and_is_kept_as_the_staffs(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    message = says(team, case["id"], ana, "  Buenos días, soy Ana.  ")
    (row,) = team.bot.rows(select(outbox).where(outbox.c.message_id == message))
    assert (row.priority, row.channel, row.state) == (1, "whatsapp", "pending")
    (kept,) = team.bot.rows(select(messages).where(messages.c.id == message))
    assert (kept.author, kept.direction, kept.key) == ("staff", "out", "equipo.respuesta.texto")
    now = team.case(case["id"])
    assert (now["waiting_since"], now["unseen"], now["answered_at"]) == (None, 0, team.now)
    thread = team.bot.app.database.read_now(lambda c: reading.thread(c, team.desk, case["id"]))
    assert thread[-1].text == "Buenos días, soy Ana."
    assert {said.author for said in thread} == {"person", "bot", "staff"}
    assert chat.says("gracias") == []


def test_the_web_chat_fetches_it(team: Team) -> None:
    ana = team.user()
    _, case = team.wanted(channel="webchat")
    team.claim(case["id"], ana)
    before = len(team.bot.rows(select(outbox.c.id)))
    says(team, case["id"], ana)
    assert len(team.bot.rows(select(outbox.c.id))) == before
    assert opened(team, case["id"]) == Window(True, None)


def test_only_who_has_the_case_answers(team: Team) -> None:
    ana, eva = team.user(), team.user()
    case = team.opened()
    with pytest.raises(NotYours):
        says(team, case, ana)
    team.claim(case, eva)
    with pytest.raises(Taken):
        says(team, case, ana)
    for text in ("", "  \n", "x" * (ANSWER_LENGTH + 1)):
        with pytest.raises(BadText):
            says(team, case, eva, text)
    team.write(work.close, case, eva, "attended", team.now)
    with pytest.raises(Closed):
        says(team, case, eva)


def test_whatsapp_closes_a_day_after_the_last_message(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    since = team.now
    team.bot.wait(hours=5)
    chat.says("sigo aquí")
    until = opened(team, case["id"]).until
    assert until == team.now + timedelta(hours=24) > since + timedelta(hours=24)
    team.bot.now = until - timedelta(seconds=1)
    team.claim(case["id"], ana)
    says(team, case["id"], ana)
    team.bot.now = until
    with pytest.raises(WindowClosed) as closed:
        says(team, case["id"], ana)
    assert closed.value.since == until


def test_the_window_is_noted_every_few_minutes_and_never_too_long(team: Team) -> None:
    chat, _ = team.wanted()
    noted = select(identities.c.window_until)
    before = team.bot.rows(noted)
    team.bot.wait(minutes=4)
    chat.says("hola")
    assert team.bot.rows(noted) == before
    team.bot.wait(minutes=2)
    chat.says("hola")
    assert team.bot.rows(noted) == [(team.now + timedelta(hours=24),)]


def test_a_window_that_was_never_noted_counts_from_the_last_message(team: Team) -> None:
    case = team.opened()
    assert opened(team, case) == Window(True, team.now + timedelta(hours=24))
    telegram = team.opened(channel="telegram")
    team.bot.wait(days=30)
    assert not opened(team, case).open
    assert opened(team, telegram).open


def test_who_wants_no_messages_is_answered_only_what_they_ask(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    team.bot.wait(minutes=1)
    chat.says("BAJA")
    with pytest.raises(OptedOut):
        says(team, case["id"], ana)
    team.bot.wait(minutes=1)
    chat.says("pero sí quiero que me respondan")
    says(team, case["id"], ana)


def test_danger_is_answered_also_after_a_baja(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted(CRISIS)
    team.bot.wait(minutes=1)
    chat.says("BAJA")
    team.claim(case["id"], ana)
    says(team, case["id"], ana)


def test_where_writing_is_not_safe_nobody_writes_until_the_person_does(team: Team) -> None:
    ana = team.user()
    case = team.opened("violence")
    contact = team.case(case)["contact_id"]
    team.write(note, contact, team.now, safe_channel=False, safe_hours="manana")
    team.claim(case, ana)
    with pytest.raises(NotSafe):
        says(team, case, ana)
    assert team.case(case)["safe_hours"] == "manana"
    team.bot.wait(minutes=1)
    team.write(heard, team.desk, team.case(case)["conversation_id"], team.now)
    says(team, case, ana)


@pytest.mark.parametrize("columns", [{"stopped_at": True}, {"address_enc": None}])
def test_who_cannot_be_reached_is_said(team: Team, columns: dict[str, Any]) -> None:
    ana = team.user()
    case = team.opened()
    team.claim(case, ana)
    values = {name: team.now if value else None for name, value in columns.items()}
    team.write(lambda c: c.execute(update(identities).values(**values)).rowcount)
    with pytest.raises(Unreachable):
        says(team, case, ana)
    assert opened(team, case) == Window(False, None)


def test_an_erased_person_cannot_be_answered_and_the_case_goes_on(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted(CRISIS)
    team.claim(case["id"], ana)
    chat.says("borrar mis datos")
    chat.taps_first()
    row = team.case(case["id"])
    assert (row["state"], row["conversation_id"]) == ("claimed", None)
    with pytest.raises(Unreachable):
        says(team, case["id"], ana)
    team.wait(minutes=16)
    assert team.case(case["id"])["state"] == "open"
    team.write(work.close, case["id"], ana, "no_longer_wanted", team.now)


def test_an_answer_that_the_provider_refuses_is_unanswered_again(team: Team) -> None:
    ana = team.user()
    case = team.opened()
    team.claim(case, ana)
    message = says(team, case, ana)
    refused = update(outbox).where(outbox.c.message_id == message).values(state="failed", error_code="window")
    team.write(lambda c: c.execute(refused).rowcount)
    team.wait(hours=1)
    assert ("answer_failed", ana) in team.events(case)
    assert team.case(case)["waiting_since"] == team.now
    assert "no salió" in team.texts()[-1]
    team.wait(minutes=16)
    assert team.case(case)["state"] == "open"
    assert team.bot.rows(select(handoffs.c.id).where(handoffs.c.next_at <= team.now)) == []


# --- after the window ------------------------------------------------------------------------------------------


def approve(team: Team) -> None:
    """WhatsApp has approved the text that asks to write again."""
    form = team.bot.app.templates[INVITATION]
    row = {"account_hash": b"a", "name": form.name, "language": "es", "content_hash": form.hash, "state": "approved"}
    team.write(lambda c: c.execute(insert(provider_templates).values(created_at=team.now, **row)).rowcount)


def asked(team: Team) -> tuple[Any, int, int]:
    """Somebody who wants a person and whose window is closed; the case, and who has it."""
    ana = team.user()
    chat, case = team.wanted()
    team.bot.wait(hours=25)
    team.claim(case["id"], ana)
    return chat, case["id"], ana


def test_after_the_window_the_person_is_asked_to_write_again(team: Team) -> None:
    approve(team)
    chat, case, ana = asked(team)
    with pytest.raises(WindowClosed):
        says(team, case, ana)
    message = team.write(invite, team.desk, case, ana, team.now)
    (row,) = team.bot.rows(select(outbox).where(outbox.c.message_id == message))
    (kept,) = team.bot.rows(select(messages).where(messages.c.id == message))
    reply = opened_reply(kept.body_enc, team.bot.app.cipher)
    assert (row.priority, kept.author) == (1, "staff")
    assert reply.template is not None
    assert reply.template.name == INVITATION
    with pytest.raises(Invited):
        team.write(invite, team.desk, case, ana, team.now)
    team.bot.wait(minutes=5)
    assert chat.does(option=reply.options[0].id, text="Seguir") == []
    assert team.case(case)["unseen"] == 1
    assert says(team, case, ana)


def test_a_tap_long_after_finds_nobody_and_asks_for_a_person(team: Team) -> None:
    approve(team)
    chat, case, ana = asked(team)
    message = team.write(invite, team.desk, case, ana, team.now)
    (kept,) = team.bot.rows(select(messages).where(messages.c.id == message))
    tapped = opened_reply(kept.body_enc, team.bot.app.cipher).options[0].id
    team.write(work.release, case, ana, team.now)
    team.bot.wait(hours=60)
    chat.does(option=tapped)
    assert team.case(case)["code"] in chat.text


def test_without_approval_nobody_is_asked(team: Team) -> None:
    _, case, ana = asked(team)
    with pytest.raises(NoTemplate):
        team.write(invite, team.desk, case, ana, team.now)


def test_who_wants_no_messages_is_not_asked_either(team: Team) -> None:
    approve(team)
    ana = team.user()
    chat, case = team.wanted()
    team.bot.wait(hours=1)
    chat.says("BAJA")
    team.bot.wait(hours=25)
    team.claim(case["id"], ana)
    with pytest.raises(OptedOut):
        team.write(invite, team.desk, case["id"], ana, team.now)
