"""Nothing is kept longer than promised: each rule, with the clock turned."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from bot.booking.due import CALENDAR
from bot.inbox import record
from bot.inbox.outgoing import opened
from db import engines
from db.tables import (
    consents,
    contacts,
    conversations,
    diagnoses,
    events,
    handoffs,
    identities,
    media,
    messages,
    opt_outs,
    outbox,
)
from scheduler import retention
from scheduler.due import run_due
from tests.chat import START, Bot, Chat, bot
from tests.scheduler.conftest import Person

PERSONAL = (contacts, identities, conversations, messages, media, outbox, consents, diagnoses)


def count(running: Bot, table: Table) -> int:
    return int(running.rows(select(func.count()).select_from(table))[0][0])


def counts(running: Bot, *tables: Table) -> list[int]:
    return [count(running, table) for table in tables]


def done(running: Bot) -> dict[str, int]:
    """What one look did, without what it found nothing for."""
    return {name: taken for name, taken in running.due().items() if taken}


def sent(running: Bot) -> None:
    """The provider takes all that waits."""
    running.app.database.write_now(lambda c: c.execute(update(outbox).values(state="sent", provider_id="SM1")))


def case_of(chat: Chat) -> Any:
    (row,) = chat.bot.rows(select(handoffs))
    return row


# --- people who agreed to nothing ------------------------------------------------------------------------


def test_who_agreed_to_nothing_is_gone_after_a_day(running: Bot, person: Person) -> None:
    chat = person(kept=False)
    chat.says("quiero evaluarme de soldador")
    chat.sends("image")
    running.wait(hours=23, minutes=59)
    assert done(running) == {}
    running.wait(minutes=1)
    assert done(running)["forget_unkept"] == 1
    assert counts(running, *PERSONAL) == [0] * len(PERSONAL)
    seen = running.rows(select(events.c.conversation_id, events.c.payload_enc))
    assert seen
    assert set(seen) == {(None, None)}  # a repeated webhook is still recognised


def test_who_never_answered_the_question_agreed_to_nothing(running: Bot) -> None:
    running.chat().says("hola")
    running.wait(hours=24)
    assert done(running) == {"forget_unkept": 1}
    assert counts(running, *PERSONAL) == [0] * len(PERSONAL)


def test_who_agreed_stays(running: Bot, person: Person) -> None:
    person(kept=True)
    before = counts(running, contacts, identities, conversations, consents)
    running.wait(days=3650)
    running.due()
    assert counts(running, contacts, identities, conversations, consents) == before


def test_each_message_gives_another_day_but_the_words_of_yesterday_go(running: Bot, person: Person) -> None:
    chat = person(kept=False)
    chat.sends("image")
    first = running.rows(select(func.max(messages.c.id)))[0][0]
    running.wait(hours=20)
    chat.says("menú")
    running.wait(hours=4)
    assert set(done(running)) == {"blank_unkept_messages", "drop_unkept_media"}
    assert counts(running, contacts, media) == [1, 0]
    worded = running.rows(select(messages.c.id).where(messages.c.body_enc.is_not(None)))
    assert worded
    assert min(worded)[0] > first
    assert chat.says("menú") == ["menu.que_hacer.texto"]
    assert retention.UNKEPT == record.UNKEPT  # the conversation's own end


def test_who_takes_the_consent_back_goes_too(running: Bot, person: Person) -> None:
    chat = person(kept=True)
    chat.says("mis datos")
    chat.taps("Mis permisos")
    chat.taps("Guardar respuestas")
    chat.taps("No")
    running.wait(hours=24)
    assert done(running)["forget_unkept"] == 1
    assert count(running, contacts) == 0


def test_a_baja_outlives_who_agreed_to_nothing_and_one_taken_back_does_not(running: Bot, person: Person) -> None:
    for words in (("BAJA",), ("BAJA", "ALTA")):
        chat = person(kept=False)
        for word in words:
            chat.says(word)
    running.wait(hours=24)
    running.due()
    assert [row.lifted_at for row in running.rows(select(opt_outs))] == [None]
    assert count(running, identities) == 0


def test_an_urgent_case_stays_tied_to_nobody(running: Bot, person: Person) -> None:
    chat = person(kept=False)
    chat.says("me quiero matar")
    case = case_of(chat)
    assert (case.priority, case.contact_id is None) == (1, False)
    running.wait(hours=24)
    running.due()
    left = case_of(chat)
    assert (left.code, left.reason, left.state, left.due_at) == (case.code, "self_harm", "open", case.due_at)
    assert (left.contact_id, left.conversation_id) == (None, None)
    assert counts(running, contacts, identities, conversations, media) == [0, 0, 0, 0]
    alert = running.rows(select(messages.c.body_enc).join(outbox, outbox.c.message_id == messages.c.id))
    assert [case.code in opened(row[0], running.app.cipher).text for row in alert] == [True, True]  # and a reminder


def test_a_closed_case_of_somebody_who_agreed_to_nothing_goes(running: Bot, person: Person) -> None:
    person(kept=False).says("quiero hablar con una persona")
    running.app.database.write_now(lambda c: c.execute(update(handoffs).values(state="closed")))
    running.wait(hours=24)
    running.due()
    assert count(running, handoffs) == 0


def test_a_date_left_over_forgets_nobody_who_agreed(running: Bot, person: Person) -> None:
    person(kept=True)
    running.app.database.write_now(lambda c: c.execute(update(conversations).values(expires_at=START)))
    running.wait(days=2)
    assert done(running) == {}


def test_somebody_who_is_writing_at_that_moment_is_not_forgotten(tmp_path: Path, postgres_url: str) -> None:
    """On PostgreSQL; SQLite has one writer, and nobody writes at that moment."""
    with bot(tmp_path, postgres_url) as running:
        running.chat().says("hola")
        running.wait(hours=24)
        engine = engines.write_engine(postgres_url)
        with engine.begin() as writing:
            writing.execute(select(conversations).with_for_update())
            assert "forget_unkept" not in done(running)
            writing.execute(update(conversations).values(expires_at=running.now + timedelta(hours=24)))
        engine.dispose()
        assert done(running) == {}
        assert count(running, contacts) == 1


# --- words, files, events, deliveries ----------------------------------------------------------------------


def test_words_are_blank_after_ninety_days_and_still_counted(running: Bot, person: Person) -> None:
    person(kept=True)
    sent(running)
    before = count(running, messages)
    running.wait(days=89, hours=23)
    assert "blank_messages" not in done(running)
    running.wait(hours=1)
    assert done(running)["blank_messages"] == before
    assert count(running, messages) == before
    assert {row[0] for row in running.rows(select(messages.c.body_enc))} == {None}


@pytest.mark.parametrize("state", ["pending", "sending", "sent", "delivered", "read", "failed"])
def test_deliveries_go_with_their_words_whatever_became_of_them(running: Bot, person: Person, state: str) -> None:
    person(kept=True)
    running.app.database.write_now(lambda c: c.execute(update(outbox).values(state=state)))
    running.wait(days=89, hours=23)
    running.due()
    assert count(running, outbox)
    running.wait(hours=1)
    running.due()
    assert count(running, outbox) == 0


def test_files_go_after_thirty_days(running: Bot, person: Person) -> None:
    person(kept=True).sends("image")
    running.wait(days=29, hours=23)
    assert "drop_media" not in done(running)
    running.wait(hours=1)
    assert done(running)["drop_media"] == 1
    assert count(running, media) == 0


def test_a_copy_of_the_data_goes_after_a_day(running: Bot, person: Person) -> None:
    chat = person(kept=True)
    chat.says("mis datos")
    chat.taps("Recibir una copia")
    assert count(running, media) == 1
    running.wait(hours=24)
    assert done(running) == {"drop_media": 1}


def test_events_go_after_a_month_but_not_what_is_still_to_happen(running: Bot, person: Person) -> None:
    person(kept=True)
    timer = {"created_at": START, "channel": "timer", "provider_id": "1", "kind": "reminder", "due_at": START}
    running.app.database.write_now(lambda c: c.execute(insert(events).values(timer)))
    running.wait(days=29, hours=23)
    assert "drop_events" not in done(running)
    running.wait(hours=1)
    assert done(running)["drop_events"] == 2
    assert running.rows(select(events.c.kind).where(events.c.channel != CALENDAR)) == [("reminder",)]


# --- messages that belong to nobody --------------------------------------------------------------------------


def farewell(person: Person) -> Chat:
    chat = person(kept=True)
    chat.says("borrar")
    chat.taps("Sí, borrar todo")
    return chat


def test_the_address_goes_once_the_farewell_is_sent(running: Bot, person: Person) -> None:
    farewell(person)
    assert done(running) == {}
    assert count(running, outbox) == 1
    sent(running)
    assert done(running) == {"drop_farewells": 1}
    assert counts(running, outbox, messages) == [0, 1]  # whoever repeats the webhook gets the same answer
    running.wait(days=1)
    assert done(running) == {"drop_loose_messages": 1}
    assert count(running, messages) == 0


def test_a_farewell_that_cannot_be_sent_is_not_kept_for_long(running: Bot, person: Person) -> None:
    farewell(person)
    running.wait(days=1)
    assert done(running) == {"drop_farewells": 1, "drop_loose_messages": 1}
    assert counts(running, outbox, messages) == [0, 0]


def test_an_alert_to_staff_is_not_lost_however_long_it_waits(running: Bot, person: Person) -> None:
    person(kept=True).says("me quiero matar")
    alert = select(outbox.c.id).where(outbox.c.channel == "telegram_staff")
    running.wait(days=30)
    running.due()
    _, reminder = running.rows(alert)
    sent(running)
    running.due()
    assert running.rows(alert) == [reminder]


# --- how it is done ------------------------------------------------------------------------------------------


def crowd(running: Bot, people: int, rows: int) -> datetime:
    """So many people who agreed to nothing, and so many rows for each rule. Returns when all of it is over."""
    seal = running.app.cipher.seal

    def fill(connection: Connection) -> None:
        old = {"created_at": START}
        whole = insert(contacts).returning(contacts.c.id)
        ids = connection.scalars(whole, [{**old, "code": f"P{n}", "channel_first": "sms"} for n in range(people)]).all()
        talk = [{**old, "contact_id": n, "expires_at": START} for n in ids]
        connection.execute(insert(conversations), talk)
        stays = insert(contacts).values(created_at=START, code="K", channel_first="sms", consent_kept=True)
        kept = connection.scalars(stays.returning(contacts.c.id)).one()
        here = insert(conversations).values(created_at=START, contact_id=kept).returning(conversations.c.id)
        conversation = connection.scalars(here).one()
        said = {**old, "direction": "out", "author": "bot", "body_enc": b"x"}
        mine = insert(messages).returning(messages.c.id)
        with_words = [{**said, "conversation_id": conversation} for _ in range(rows)]
        written = connection.scalars(mine, with_words).all()
        connection.execute(insert(messages), [{**said, "conversation_id": None} for _ in range(rows)])
        to = {**old, "channel": "sms", "address_enc": seal("x", "address"), "priority": 1, "state": "sent"}
        connection.execute(insert(outbox), [{**to, "message_id": n, "conversation_id": conversation} for n in written])
        file = {**old, "contact_id": kept, "channel": "sms", "kind": "image", "expires_at": START}
        connection.execute(insert(media), [file] * rows)
        event = {**old, "channel": "sms", "kind": "inbound", "processed_at": START}
        connection.execute(insert(events), [{**event, "provider_id": str(n)} for n in range(rows)])

    running.app.database.write_now(fill)
    return START + timedelta(days=90)


def expected(people: int, rows: int) -> dict[str, int]:
    rules = ("blank_messages", "drop_loose_messages", "drop_media", "drop_deliveries", "drop_events")
    found = dict.fromkeys(retention.RULES, 0) | dict.fromkeys(rules, rows) | {"forget_unkept": people}
    return found | {"blank_messages": 2 * rows}


def test_a_rule_takes_a_batch_at_a_time(running: Bot) -> None:
    over = crowd(running, retention.PEOPLE + 1, retention.BATCH + 1)
    for name, most in (("forget_unkept", retention.PEOPLE), ("drop_media", retention.FILES), ("drop_events", 500)):
        rule = retention.RULES[name]
        assert running.app.database.write_now(lambda c, rule=rule: rule(c, over)) == most  # type: ignore[misc]


def test_one_look_takes_all_batches_and_the_next_one_nothing(running: Bot) -> None:
    people, rows = retention.PEOPLE + 1, retention.BATCH + 1
    over = crowd(running, people, rows)
    database = running.app.database
    assert run_due(database, over) == expected(people, rows)
    assert run_due(database, over) == dict.fromkeys(retention.RULES, 0)
    assert counts(running, contacts, conversations, media, outbox, events) == [1, 1, 0, 0, 0]
    assert count(running, messages) == rows
