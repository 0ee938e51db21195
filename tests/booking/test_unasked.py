"""What else is said unasked: a free place, a closed door, a result, and later how it goes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from bot.booking import aftercare, followups, reminders, reminding, waitlist
from bot.booking import book as booking
from bot.booking import followups as rule
from db.database import Database
from db.tables import appointments, certificates, consents, evaluations, messages, outbox
from db.tables import followups as rows
from db.tables import reminders as reminder_rows
from flows.agenda import FOLLOWUPS
from scheduler.due import run_due
from tests.booking.conftest import TRADE, add
from tests.booking.street import Street, at
from tests.chat import Bot, Chat

DAY = at(27, 9)


# --- a free place ----------------------------------------------------------------------------------------------


def test_a_free_place_is_offered_and_taken_with_one_tap(street: Street, ana: Chat) -> None:
    other = street.town.person()
    slot = street.town.slot(street.centre, at(30, 9))
    held = street.town.do(booking.book, other, slot, diagnosis_id=None, channel=None, now=street.now)
    waits = {"diagnosis_id": None}
    street.town.do(waitlist.join, street.id_of(ana), street.centre, TRADE, street.now, **waits)
    street.bot.wait(hours=1)
    street.town.do(booking.cancel, held.id, "person", street.now)
    street.look()
    ((_, name),) = street.told(ana)
    assert name == "cita_lugar_libre"
    (one,) = street.left(ana)
    assert one.reply.template is not None
    code = one.reply.template.variables[-1]
    assert one.until is not None
    assert one.until > street.now
    ana.does(option=f"lugar_libre:si:{code}")
    (mine,) = street.town.do(booking.standing, street.id_of(ana), street.now)
    assert mine.state == "booked"


def test_an_offer_that_lapsed_before_it_was_said_is_not(street: Street, ana: Chat) -> None:
    slot = street.town.slot(street.centre, at(30, 9))
    street.town.do(waitlist.join, street.id_of(ana), street.centre, TRADE, street.now, diagnosis_id=None)
    offer = street.town.do(waitlist.offer_next, slot, street.now)
    assert offer is not None
    street.bot.wait(days=2)
    street.town.do(waitlist.lapse, street.now)
    street.look()
    assert street.told(ana) == []
    assert street.states(offer)["offered"][0] == "void"


# --- a closed door ---------------------------------------------------------------------------------------------


def test_a_centre_that_cannot_says_so_also_to_who_is_writing(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    ana.says("menú")
    cancel = update(appointments).where(appointments.c.id == mine.id)
    street.write(cancel.values(state="cancelled", reason="centre_closed", closed_at=street.now))
    street.town.do(reminders.void, [mine.id], street.now)
    street.town.do(reminders.say, mine.id, "closed", street.now, street.now)
    street.look()
    ((_, name),) = street.told(ana)
    assert name == "cita_cerrado"


# --- a result --------------------------------------------------------------------------------------------------


def test_a_result_is_told_without_saying_which(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.bot.now = at(27, 12)
    street.town.do(booking.attended, mine.id, street.now)
    finished = {"result": "competent", "finished_at": street.now, "trade": TRADE}
    evaluation = street.town.do(add, evaluations, appointment_id=mine.id, **finished)
    street.town.do(reminders.say, mine.id, "result", street.now, street.now)
    street.look()
    (one,) = [each for each in street.left(ana) if each.reply.template]
    assert one.reply.template is not None
    assert (one.reply.template.name, one.reply.template.variables) == ("resultado_listo", (str(evaluation),))
    assert "compet" not in one.reply.text.lower()
    assert street.bot.rows(select(evaluations.c.told_at))[0][0] == street.now
    ana.does(option=f"resultado:ver:{evaluation}")
    assert ana.session.top is not None
    assert ana.session.top.flow == "resultado"


# --- later -----------------------------------------------------------------------------------------------------


@pytest.fixture
def certified(street: Street, ana: Chat) -> int:
    """Ana has a certificate; its id."""
    row = {"contact_id": street.id_of(ana), "code": "C1", "trade": TRADE, "issued_on": street.now.date()}
    made = street.town.do(add, certificates, centre_id=street.centre, **row)
    for _ in range(2):
        street.town.do(aftercare.plan, street.id_of(ana), made, None, street.now)
    return made


def later(street: Street) -> list[tuple[str, str, int, str | None]]:
    query = select(rows.c.kind, rows.c.state, rows.c.tries, rows.c.cause).order_by(rows.c.id)
    return [tuple(row) for row in street.bot.rows(query)]


def follow(street: Street) -> None:
    app = street.bot.app
    run_due(app.database, street.now, rule.rules(app.deps, app.templates))


def agrees(street: Street, chat: Chat, granted: bool = True) -> None:
    row = {"contact_id": street.id_of(chat), "purpose": FOLLOWUPS, "granted": granted, "text_version": "1"}
    street.write(insert(consents).values(created_at=street.now, channel="whatsapp", **row))


def test_after_one_three_and_six_months(street: Street, ana: Chat, certified: int) -> None:
    agrees(street, ana)
    assert [kind for kind, *_ in later(street)] == ["one_month", "three_months", "six_months"]
    for _ in range(200):
        street.bot.wait(days=1)
        follow(street)
    names = [name for _, name in street.told(ana)]
    assert names == [name for name in ("seguimiento_1m", "seguimiento_3m", "seguimiento_6m") for _ in range(2)]
    assert later(street) == [(kind, "skipped", 2, "silence") for kind in ("one_month", "three_months", "six_months")]


def test_who_answers_is_not_asked_again(street: Street, ana: Chat, certified: int) -> None:
    agrees(street, ana)
    street.bot.wait(days=30)
    follow(street)
    (reference,) = {one.reply.template.variables[-1] for one in street.left(ana) if one.reply.template}
    ana.does(option=f"despues:si:{reference}")
    assert ana.session.top is not None
    assert ana.session.top.flow == "despues"
    ana.taps_first()
    street.bot.wait(days=6)
    follow(street)
    assert len(street.told(ana)) == 1
    assert later(street)[0][1:] == ("skipped", 1, "unfinished")


def test_a_tap_agrees_to_nothing_that_was_not_read(street: Street, ana: Chat, certified: int) -> None:
    """Who was never asked whether they want these questions reads that first, whatever the template's button says."""
    street.bot.wait(days=30)
    follow(street)
    (reference,) = {one.reply.template.variables[-1] for one in street.left(ana) if one.reply.template}
    assert ana.does(option=f"despues:si:{reference}") == ["despues.permiso.texto"]
    assert street.bot.rows(select(consents).where(consents.c.purpose == FOLLOWUPS)) == []


def test_who_said_no_is_not_asked(street: Street, ana: Chat, certified: int) -> None:
    agrees(street, ana)
    agrees(street, ana, granted=False)
    street.bot.wait(days=30)
    follow(street)
    assert street.told(ana) == []
    assert later(street)[0][1:] == ("skipped", 0, "consent")


def test_one_that_cannot_be_asked_is_tried_once_more_and_then_let_be(running: Bot) -> None:
    street = Street(running)
    ana = street.person()
    row = {"contact_id": street.id_of(ana), "code": "C1", "trade": TRADE, "issued_on": street.now.date()}
    made = street.town.do(add, certificates, centre_id=street.centre, **row)
    street.town.do(aftercare.plan, street.id_of(ana), made, None, street.now)
    agrees(street, ana)
    seen = []
    for days in (30, 1, 4, 5):
        street.bot.wait(days=days)
        follow(street)
        seen.append(later(street)[0][1:])
    assert seen == [
        ("blocked", 1, "template"),
        ("blocked", 1, "template"),
        ("blocked", 2, "template"),
        ("skipped", 2, "template"),
    ]


def test_one_that_did_not_arrive_is_seen_by_staff_and_tried_once_more(
    street: Street, ana: Chat, certified: int
) -> None:
    agrees(street, ana)
    street.bot.wait(days=30)
    follow(street)
    street.write(update(outbox).where(outbox.c.priority == 2).values(state="failed", error_code="63024"))
    follow(street)
    assert later(street)[0][1:] == ("blocked", 1, "failed:63024")
    street.bot.wait(days=5)
    follow(street)
    assert later(street)[0][1:] == ("asked", 2, None)


def test_a_revoked_certificate_asks_nothing(street: Street, ana: Chat, certified: int) -> None:
    agrees(street, ana)
    street.write(update(certificates).values(revoked_at=street.now))
    street.bot.wait(days=30)
    follow(street)
    assert later(street)[0][1:] == ("skipped", 0, followups.REVOKED)


# --- many at once ----------------------------------------------------------------------------------------------


def test_several_schedulers_at_once_say_each_thing_once(street: Street) -> None:
    people = [street.person() for _ in range(4)]
    for number, chat in enumerate(people):
        street.appointment(chat, DAY + timedelta(minutes=30 * number))
    street.bot.now = at(24, 12)
    app = street.bot.app
    others = [Database(app.settings.database) for _ in range(3)]
    kinds = reminding.rules(app.deps, app.templates)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda database: run_due(database, street.now, kinds), others))
    for database in others:
        database.close()
    assert [len(street.told(chat)) for chat in people] == [1, 1, 1, 1]
    assert street.bot.rows(select(func.count()).select_from(outbox).where(outbox.c.priority == 2))[0][0] == 4


class Crash(Exception):
    """The process dies here."""


def test_a_process_that_dies_before_it_commits_has_said_nothing(street: Street, ana: Chat) -> None:
    """A message, its place in the outbox and «said» are one transaction: all of it, or nothing."""
    street.appointment(ana, DAY)
    street.bot.now = at(24, 9)
    app = street.bot.app

    def dies(connection: Connection) -> None:
        assert reminding.remind(connection, street.now, app.deps, app.templates) == 1
        raise Crash

    with pytest.raises(Crash):
        app.database.write_now(dies)
    assert street.bot.rows(select(outbox.c.id).where(outbox.c.priority == 2)) == []
    assert street.bot.rows(select(messages.c.id).where(messages.c.event_id.is_(None))) == []
    street.look()
    assert len(street.told(ana)) == 1
    due = select(reminder_rows.c.state).where(reminder_rows.c.kind == "three_days")
    assert street.bot.rows(due)[0][0] == "sent"
