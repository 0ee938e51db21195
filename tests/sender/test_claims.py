"""Who goes next: priorities, order per person, leases, what is not sent any more, and one sender beside another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.sender import rates
from bot.sender.claims import MAX_ATTEMPTS
from bot.sender.pace import CHANNEL_PACES, CHAT_PACES
from db.tables import messages, outbox
from tests.sender.office import LEASE, START, Office

LATER = START + timedelta(minutes=1)


def test_the_most_urgent_and_then_the_oldest_go_first(office: Office) -> None:
    broadcast, reminder, reply, second = (
        office.put(office.person(), "hola", priority=priority)[0] for priority in (3, 2, 1, 1)
    )
    assert office.claimed_ids(limit=3) == [reply, second, reminder]
    assert office.claimed_ids() == [broadcast]


def test_a_claimed_message_carries_what_sending_needs(office: Office) -> None:
    person = office.person(window_until=START + timedelta(hours=1))
    [row_id] = office.put(person, "hola", expires_at=LATER)
    [row] = office.claim()
    assert (row.id, row.identity_id, row.attempts, row.window_open) == (row_id, person, 1, True)
    assert (row.expires_at, row.lease_until, row.probe) == (LATER, START + LEASE, False)
    assert "hola" in office.cipher.open(row.body_enc, "message")
    stored = office.row(row_id)
    assert (stored.state, stored.claimed_by, stored.attempts) == ("sending", "one", 1)


def test_the_window_is_judged_when_the_message_is_claimed(office: Office) -> None:
    office.put(office.person(window_until=START + timedelta(hours=24)), "hola")
    [row] = office.claim(due=START + timedelta(hours=24))
    assert not row.window_open


def test_nothing_goes_before_its_time(office: Office) -> None:
    [row_id] = office.put(office.person(), "recordatorio", not_before=LATER)
    assert office.claimed_ids() == []
    assert office.claimed_ids(due=LATER) == [row_id]


def test_what_comes_too_late_is_not_sent(office: Office) -> None:
    person = office.person()
    [late] = office.put(person, "ya pasó", expires_at=START)
    [good] = office.put(person, "hola", expires_at=LATER)
    assert office.claimed_ids(limit=1) == [good]
    assert office.fates([late]) == ["expired"]


def test_a_message_whose_text_is_gone_is_not_sent(office: Office) -> None:
    [row_id] = office.put(office.person(), "hola")
    office.do(lambda connection: connection.execute(update(messages).values(body_enc=None)).rowcount)
    assert office.claimed_ids() == []
    assert office.fates([row_id]) == ["expired"]


def test_many_dead_messages_do_not_hide_a_live_one(office: Office) -> None:
    dead = office.put_all([(office.person(), "ya pasó")] * 1200, priority=1, expires_at=START)
    [live] = office.put(office.person(), "hola")
    assert office.claimed_ids(limit=2) == [live]
    assert set(office.fates(dead)) == {"expired"}


def test_nothing_is_sent_to_somebody_who_stopped(office: Office) -> None:
    rows = office.put(office.person(stopped=True), "uno", "dos")
    assert office.claimed_ids() == []
    assert office.fates(rows) == ["stopped", "stopped"]


def test_messages_of_one_person_may_be_claimed_together_in_order(office: Office) -> None:
    rows = office.put(office.person(), "uno", "dos", "tres")
    assert office.claimed_ids() == rows


@pytest.mark.parametrize("state", ["sending", "pending"])
def test_a_message_waits_for_an_unfinished_earlier_one_of_the_person(office: Office, state: str) -> None:
    person = office.person()
    first, second = office.put(person, "uno", "dos", priority=2)
    if state == "sending":
        assert office.claimed_ids(limit=1) == [first]
    else:
        office.set(first, not_before=LATER, attempts=1)
    [less_urgent] = office.put(person, "oferta", priority=3)
    [more_urgent] = office.put(person, "respuesta", priority=1)
    [other] = office.put(office.person(), "hola", priority=3)
    assert office.claimed_ids() == [more_urgent, other]
    assert office.fates([second, less_urgent]) == ["pending", "pending"]


def test_messages_to_staff_wait_for_nobody(office: Office) -> None:
    first, second = office.put(None, "caso 1", "caso 2")
    office.set(first, not_before=LATER)
    assert office.claimed_ids() == [second]


def test_a_lapsed_lease_gives_the_message_to_another_sender(office: Office) -> None:
    rows = office.put(office.person(), "uno", "dos")
    assert office.claimed_ids(worker="killed") == rows
    office.clock.advance(59)
    assert office.claimed_ids(worker="other") == []
    office.clock.advance(1)
    assert office.claimed_ids(worker="other") == rows
    assert office.row(rows[0]).attempts == 2


def test_a_message_that_never_comes_to_an_end_is_given_up(office: Office) -> None:
    [row_id] = office.put(office.person(), "hola")
    for _ in range(MAX_ATTEMPTS):
        assert office.claimed_ids() == [row_id]
        office.clock.advance(60)
    assert office.claimed_ids() == []
    assert office.fates([row_id]) == ["lapsed"]


def test_so_many_in_flight_and_no_more_over_all_senders(office: Office) -> None:
    office.put_all([(office.person(), "hola") for _ in range(12)], priority=2)
    assert len(office.claimed_ids(in_flight=10)) == 10
    assert office.claimed_ids(in_flight=10, worker="other") == []


def test_broadcasts_leave_room_in_flight_for_replies(office: Office) -> None:
    office.put_all([(office.person(), "oferta") for _ in range(12)])
    assert len(office.claimed_ids(in_flight=10)) == 8
    [reply] = office.put(office.person(), "respuesta")
    assert office.claimed_ids(in_flight=10) == [reply]


def test_the_last_places_of_a_claim_are_no_broadcasts(office: Office) -> None:
    office.put_all([(office.person(), "oferta") for _ in range(12)])
    assert len(office.claimed_ids(limit=10, reserve=4)) == 6


def test_channels_do_not_meet(office: Office) -> None:
    [row_id] = office.put(office.person("sms"), "hola", channel="sms")
    assert office.claimed_ids() == []
    assert office.claimed_ids(channel="sms") == [row_id]


def test_a_paused_channel_waits(office: Office) -> None:
    [row_id] = office.put(office.person(), "hola")
    office.do(lambda connection: rates.lock(connection, "whatsapp"))
    office.do(lambda connection: rates.pause(connection, "whatsapp", LATER))
    office.do(lambda connection: rates.pause(connection, "whatsapp", START))
    assert office.claimed_ids() == []
    office.clock.now = LATER
    assert office.claimed_ids() == [row_id]


def test_a_telegram_chat_gets_a_short_burst_and_then_one_a_second(office: Office) -> None:
    person, other = office.person("telegram"), office.person("telegram")
    rows = office.put(person, *"abcdefg", channel="telegram")
    [neighbour] = office.put(other, "hola", channel="telegram")
    pace = CHAT_PACES["telegram"]

    def step() -> list[int]:
        claimed = office.claim(channel="telegram", chat_pace=pace)
        if claimed:
            office.sent(*claimed)
        office.clock.advance(1)
        return [row.id for row in claimed]

    assert step() == [*rows[:3], neighbour]
    assert [step() for _ in range(2)] == [[], []]
    assert step() == rows[3:6]


def test_a_group_gets_twenty_a_minute_and_half_of_them_are_kept_for_danger(office: Office) -> None:
    group = "telegram_staff"
    ordinary = [office.put(None, "hola", channel=group, priority=2)[0] for _ in range(30)]

    def step() -> list[int]:
        claimed = office.claim(channel=group, channel_pace=CHANNEL_PACES[group])
        if claimed:
            office.sent(*claimed)
        office.clock.advance(1)
        return [row.id for row in claimed]

    assert step() == ordinary[:10]
    assert step() == []
    urgent = [office.put(None, "peligro", channel=group, priority=1)[0] for _ in range(12)]
    assert step() == urgent[:10]
    office.clock.advance(56)
    assert step() == []
    assert step() == urgent[10:]
    office.clock.advance(2)
    assert step() == ordinary[10:18]


def test_senders_that_claim_at_the_same_time_never_share_a_message(office: Office) -> None:
    rows = office.put_all([(office.person(), "hola") for _ in range(40)] * 5, priority=1)

    def work(worker: str) -> list[int]:
        taken: list[int] = []
        while claimed := office.claim(limit=7, worker=worker):
            office.sent(*claimed)
            taken += [row.id for row in claimed]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [row for part in pool.map(work, "abcd") for row in part]
    assert sorted(taken) == rows


def test_no_state_but_these_is_ever_claimed(office: Office) -> None:
    rows = office.put_all([(office.person(), "hola") for _ in range(4)])
    for row_id, state in zip(rows, ("sent", "delivered", "read", "failed"), strict=True):
        office.set(row_id, state=state)
    assert office.claimed_ids() == []
    assert office.do(lambda c: c.execute(outbox.select().where(outbox.c.attempts > 0)).all()) == []
