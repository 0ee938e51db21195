"""What staff do with a case: one has it, nobody loses it, and the bot is silent meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from bot.cases import reading, work
from bot.cases.answering import answer
from bot.cases.errors import CheckinAgreed, Closed, NoSuchCase, NoSuchUser, NotClosed, NotThatLong, NotYours, Taken
from bot.cases.policy import LEASE
from db.database import Database
from db.tables import contacts, conversations
from tests.cases.team import CRISIS, Team


def test_of_two_claims_at_once_exactly_one_wins(team: Team) -> None:
    users = [team.user() for _ in range(4)]
    _, case = team.wanted()
    machines = [Database(team.bot.app.database.url, patience=60.0) for _ in users]
    ready = Barrier(len(users))

    def grab(machine: Database, user: int) -> int | None:
        ready.wait()
        try:
            machine.write_now(lambda c: work.claim(c, case["id"], user, team.now))
        except Taken as taken:
            return taken.by
        return None

    with ThreadPoolExecutor(len(users)) as pool:
        told = list(pool.map(grab, machines, users))
    for machine in machines:
        machine.close()
    (winner,) = [user for user, by in zip(users, told, strict=True) if by is None]
    assert {by for by in told if by is not None} == {winner}
    assert team.case(case["id"])["claimed_by"] == winner
    assert [kind for kind, _ in team.events(case["id"])].count("claimed") == 1


def test_a_lease_is_renewed_by_activity_and_ends_without(team: Team) -> None:
    ana, eva = team.user(), team.user()
    _, case = team.wanted()
    team.claim(case["id"], ana)
    for _ in range(4):
        team.wait(minutes=10)
        team.write(work.renew, case["id"], ana, team.now)
    with pytest.raises(Taken):
        team.claim(case["id"], eva)
    team.wait(minutes=16)
    back = team.case(case["id"])
    assert (back["state"], back["claimed_by"], back["lease_until"]) == ("open", None, None)
    assert ("lapsed", ana) in team.events(case["id"])
    with pytest.raises(NotYours):
        team.write(work.renew, case["id"], ana, team.now)
    team.claim(case["id"], eva)


def test_a_lease_that_is_over_is_anybodys_before_the_clock_looks(team: Team) -> None:
    ana, eva = team.user(), team.user()
    _, case = team.wanted()
    team.claim(case["id"], ana)
    team.bot.wait(minutes=15)
    team.claim(case["id"], eva)
    with pytest.raises(Taken) as taken:
        team.write(work.release, case["id"], ana, team.now)
    assert taken.value.by == eva


def test_the_bot_is_silent_and_what_is_written_reaches_the_case(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    team.bot.wait(minutes=1)
    assert chat.says("¿están ahí?") == []
    assert chat.says("hola") == []
    assert team.case(case["id"])["unseen"] == 2
    team.write(work.renew, case["id"], ana, team.now, seen=True)
    assert team.case(case["id"])["unseen"] == 0
    assert chat.says("BAJA")[0].startswith("baja.")
    assert team.case(case["id"])["unseen"] == 1
    assert ("opted_out", None) in team.events(case["id"])


def test_danger_is_answered_at_once_and_whoever_has_the_conversation_is_told_first(team: Team) -> None:
    ana, _ = team.user(), team.user("coordinator")
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    assert chat.says(CRISIS)
    urgent = team.cases()[-1]
    assert urgent["priority"] == 1
    assert team.alerted(urgent["id"]) == [ana, None]
    assert team.case(case["id"])["unseen"] == 1


def test_menu_gives_the_bot_back_and_the_next_answer_takes_the_conversation_again(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    assert chat.says("menú")
    assert chat.says("hola")
    assert team.case(case["id"])["claimed_by"] == ana
    team.write(answer, team.desk, case["id"], ana, "Buenos días", team.now)
    assert chat.says("hola") == []


def test_who_wrote_to_somebody_and_was_left_is_told_once_and_the_bot_speaks_again(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    for _ in range(2):
        team.claim(case["id"], ana)
        team.bot.wait(minutes=1)
        assert chat.says("¿hola?") == []
        team.wait(minutes=15)
    assert team.case(case["id"])["state"] == "open"
    assert team.said(chat) == ["casos.devuelta.texto"]
    assert chat.says("menú")


def test_who_noticed_nobody_is_not_told_that_nobody_is_there(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    team.wait(minutes=16)
    assert team.case(case["id"])["state"] == "open"
    assert team.said(chat) == []


def test_answered_and_quiet_it_stays_for_a_while_then_goes_back_silently(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    team.write(answer, team.desk, case["id"], ana, "Buenos días", team.now)
    team.wait(hours=20)
    assert team.case(case["id"])["state"] == "claimed"
    team.wait(hours=53)
    assert team.case(case["id"])["state"] == "open"
    assert team.said(chat) == ["equipo.respuesta.texto"]


def test_a_message_after_a_quiet_time_begins_a_new_lease_and_calls_who_has_it(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.claim(case["id"], ana)
    team.write(answer, team.desk, case["id"], ana, "Buenos días", team.now)
    team.wait(hours=5)
    before = team.alerted(case["id"])
    assert chat.says("una pregunta más") == []
    assert team.alerted(case["id"]) == [*before, ana]
    assert team.case(case["id"])["lease_until"] == team.now + LEASE
    assert "mensaje nuevo" in team.texts()[-1]
    assert "pregunta" not in team.texts()[-1]
    team.wait(minutes=16)
    assert team.case(case["id"])["state"] == "open"


def test_a_transfer_calls_that_user_then_the_others(team: Team) -> None:
    ana, eva = team.user(), team.user()
    team.shift(ana)
    _, case = team.wanted(CRISIS)
    team.claim(case["id"], ana)
    team.write(work.transfer, case["id"], ana, team.now, to=eva)
    team.due()
    assert team.alerted(case["id"])[-2:] == [eva, None]
    team.wait(minutes=5)
    assert team.case(case["id"])["level"] == 1
    assert None in team.alerted(case["id"])[-2:]


def test_a_transfer_by_language_or_role_finds_the_next(team: Team) -> None:
    ana, maya, coordinator = team.user(), team.user(languages=["es", "kek"]), team.user("coordinator")
    for user in (ana, maya):
        team.shift(user)
    _, case = team.wanted(CRISIS)
    assert team.alerted(case["id"]) == [None, ana]
    team.claim(case["id"], ana)
    team.write(work.transfer, case["id"], ana, team.now, language="kek")
    team.due()
    assert team.alerted(case["id"])[-1] == maya
    team.write(work.transfer, case["id"], maya, team.now, role="coordinator")
    team.due()
    assert team.alerted(case["id"])[-2:] == [None, coordinator]


def test_what_cannot_be_done_says_why(team: Team) -> None:
    ana, eva = team.user(), team.user()
    _, case = team.wanted()
    with pytest.raises(NotYours):
        team.write(work.release, case["id"], ana, team.now)
    with pytest.raises(NoSuchCase):
        team.claim(99, ana)
    with pytest.raises(NoSuchUser):
        team.write(work.transfer, case["id"], ana, team.now, to=99)
    with pytest.raises(NotClosed):
        team.write(work.reopen, case["id"], ana, team.now)
    for until in (team.now, team.now + timedelta(days=31)):
        with pytest.raises(NotThatLong):
            team.write(work.snooze, case["id"], ana, until, team.now)
    team.claim(case["id"], ana)
    with pytest.raises(Taken):
        team.write(work.close, case["id"], eva, "attended", team.now)
    team.write(work.close, case["id"], ana, "attended", team.now)
    for act in (work.claim, work.release, work.acknowledge, work.renew):
        with pytest.raises(Closed):
            team.write(act, case["id"], ana, team.now)


def test_a_snoozed_case_sleeps_and_wakes_for_who_snoozed_it(team: Team) -> None:
    ana = team.user()
    _, case = team.wanted()
    team.claim(case["id"], ana)
    team.write(work.snooze, case["id"], ana, team.now + timedelta(days=2), team.now)
    before = team.alerted(case["id"])
    team.wait(days=1)
    assert team.alerted(case["id"]) == before
    team.wait(days=1)
    assert team.alerted(case["id"]) == [*before, ana]
    assert team.case(case["id"])["snoozed_until"] is None


def test_a_new_wish_wakes_a_snoozed_case(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.write(work.snooze, case["id"], ana, team.now + timedelta(days=2), team.now)
    chat.says("quiero hablar con una persona")
    woken = team.case(case["id"])
    assert (woken["id"], woken["snoozed_until"]) == (case["id"], None)
    assert ("woken", None) in team.events(case["id"])


def test_who_leaves_leaves_nothing_behind(team: Team) -> None:
    ana, eva = team.user(), team.user()
    chats = [team.wanted() for _ in range(3)]
    ids = [case["id"] for _, case in chats]
    for case_id in ids:
        team.claim(case_id, ana)
    team.write(work.snooze, ids[2], ana, team.now + timedelta(days=20), team.now)
    assert team.write(work.hand_over, ana, team.now) == 3
    for case_id in ids:
        row = team.case(case_id)
        assert (row["state"], row["claimed_by"], row["assigned_to"], row["next_at"]) == ("open", None, None, team.now)
        assert row["level"] >= 1
    assert team.bot.rows(select(conversations.c.id).where(conversations.c.human_since.is_not(None))) == []
    team.due()
    assert all(team.case(case_id)["alerted_at"] == team.now for case_id in ids)
    team.claim(ids[0], eva)


def test_who_was_deactivated_without_a_word_keeps_nothing(team: Team) -> None:
    ana = team.user(active=False)
    _, case = team.wanted()
    team.claim(case["id"], ana)
    team.write(answer, team.desk, case["id"], ana, "Buenos días", team.now)
    team.wait(hours=73)
    assert team.case(case["id"])["state"] == "open"


def test_a_crisis_holds_promotions_until_a_user_clears_it(team: Team) -> None:
    ana = team.user()
    _, case = team.wanted(CRISIS)
    hold = select(contacts.c.hold_promotions_since)
    assert team.bot.rows(hold) == [(team.now,)]
    team.write(work.close, case["id"], ana, "attended", team.now)
    assert team.bot.rows(hold) != [(None,)]
    team.write(work.reopen, case["id"], ana, team.now)
    team.write(work.close, case["id"], ana, "attended", team.now, clear_promotions=True)
    assert team.bot.rows(hold) == [(None,)]


def test_an_agreed_check_in_wakes_the_case_and_is_not_closed_away(team: Team) -> None:
    ana = team.user()
    _, case = team.wanted(CRISIS)
    team.claim(case["id"], ana)
    team.set(case["id"], checkin_at=team.now + timedelta(hours=1), next_at=team.now + timedelta(minutes=15))
    with pytest.raises(CheckinAgreed):
        team.write(work.close, case["id"], ana, "attended", team.now)
    team.write(work.snooze, case["id"], ana, team.now + timedelta(hours=1), team.now)
    team.wait(hours=1)
    assert "quedaron de hablar" in team.texts()[-1]
    assert ana in team.alerted(case["id"])
    team.write(work.close, case["id"], ana, "attended", team.now)


def test_notes_are_sealed_and_never_sent(team: Team) -> None:
    ana = team.user()
    chat, case = team.wanted()
    team.write(work.add_note, team.desk, case["id"], ana, "Llamar al mediodía", team.now)
    assert team.said(chat) == []
    notes = team.bot.app.database.read_now(lambda c: reading.notes(c, team.desk, case["id"]))
    assert [note.text for note in notes] == ["Llamar al mediodía"]
