"""One place for one person: booked, changed, cancelled; what each of it leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.booking import book, waitlist
from bot.booking.errors import AlreadyBooked, Full, Gone, NotStanding, NotYet
from db.tables import slots
from tests.booking.conftest import NOW, OTHER, TRADE, Town, check

WEEK = NOW + timedelta(days=7)


def booked(town: Town, person: int, slot: int) -> int:
    return town.do(book.book, person, slot, diagnosis_id=None, channel="whatsapp", now=town.now).id


def test_a_place_is_one_persons(town: Town) -> None:
    here = town.centre("a")
    slot, later = town.slot(here, WEEK), town.slot(here, WEEK + timedelta(hours=3))
    town.slot(here, WEEK + timedelta(days=9))
    ana, eva = town.person(), town.person()
    mine = booked(town, ana, slot)
    assert town.said(mine) == {"three_days": "due", "one_day": "due", "two_hours": "due"}
    with pytest.raises(Full) as full:
        booked(town, eva, slot)
    assert full.value.nearest[0].slot_id == later
    assert len(full.value.nearest) == 2
    town.do(check)


def test_one_place_for_one_trade(town: Town) -> None:
    here = town.centre("a", TRADE, OTHER)
    slot, more = town.slot(here, WEEK, 2), town.slot(here, WEEK + timedelta(hours=3), 2)
    other = town.slot(here, WEEK + timedelta(hours=6), 2, trade=OTHER)
    ana = town.person()
    mine = booked(town, ana, slot)
    with pytest.raises(AlreadyBooked) as already:
        booked(town, ana, more)
    assert already.value.appointment.id == mine
    booked(town, ana, other)
    town.do(check)


def test_what_is_over_or_closed_is_booked_by_nobody(town: Town) -> None:
    here, gone = town.centre("a"), town.centre("b", active=False)
    past, closed = town.slot(here, NOW - timedelta(hours=1)), town.slot(here, WEEK, closed_at=NOW)
    unaccredited = town.centre("c", accredited_until=NOW + timedelta(days=3))
    ana = town.person()
    for slot in (past, closed, town.slot(gone, WEEK), town.slot(unaccredited, WEEK), 999):
        with pytest.raises(Gone):
            booked(town, ana, slot)


def test_the_old_place_is_kept_until_the_new_one_is_certain(town: Town) -> None:
    here = town.centre("a")
    slot, full, free = (town.slot(here, WEEK + timedelta(hours=3 * number)) for number in range(3))
    ana, eva = town.person(), town.person()
    mine = booked(town, ana, slot)
    booked(town, eva, full)
    with pytest.raises(Full):
        town.do(book.change, mine, full, town.now)
    assert town.state(mine) == "booked"
    moved = town.do(book.change, mine, free, town.now, channel="whatsapp")
    assert (town.state(mine), moved.moved_from_id) == ("cancelled", mine)
    assert set(town.said(mine).values()) == {"void"}
    assert town.do(book.change, moved.id, free, town.now).id == moved.id
    assert town.rows(select(slots.c.booked).order_by(slots.c.id)) == [(0,), (1,), (1,)]
    with pytest.raises(NotStanding):
        town.do(book.change, mine, slot, town.now)
    town.do(check)


def test_a_cancelled_place_goes_to_the_first_who_waits(town: Town) -> None:
    here = town.centre("a")
    slot = town.slot(here, WEEK)
    ana, eva, ida = (town.person() for _ in range(3))
    mine = booked(town, ana, slot)
    for person in (eva, ida):
        town.do(waitlist.join, person, here, TRADE, town.now, diagnosis_id=None)
        town.do(waitlist.join, person, here, TRADE, town.now, diagnosis_id=None)
    town.do(book.cancel, mine, "person", town.now)
    assert town.line() == [(eva, "offered", 0), (ida, "waiting", 0)]
    (offer,) = town.do(book.standing, eva, town.now)
    assert offer.state == "offered"
    assert town.said(offer.id) == {"offered": "due"}
    town.do(waitlist.accept, offer.id, town.now)
    assert town.said(offer.id) == {"offered": "void", "three_days": "due", "one_day": "due", "two_hours": "due"}
    assert town.line() == [(eva, "booked", 0), (ida, "waiting", 0)]
    town.do(book.cancel, offer.id, "person", town.now)
    assert town.line()[1] == (ida, "offered", 0)
    town.do(check)


def test_an_offer_that_nobody_takes_goes_on(town: Town) -> None:
    here = town.centre("a")
    town.slot(here, WEEK)
    eva, ida = town.person(), town.person()
    for person in (eva, ida):
        town.do(waitlist.join, person, here, TRADE, town.now, diagnosis_id=None)
    assert town.do(waitlist.offer, town.now) == 1
    assert town.do(waitlist.offer, town.now) == 0
    (offer,) = town.do(book.standing, eva, town.now)
    assert offer.offered_until == NOW + timedelta(hours=23)  # nine to eight, and seven to eight the next day
    assert town.do(waitlist.lapse, town.now) == 0
    town.wait(hours=24)
    assert town.do(waitlist.lapse, town.now) == 1
    assert town.line() == [(eva, "waiting", 1), (ida, "offered", 0)]
    assert town.state(offer.id) == "lapsed"
    with pytest.raises(NotStanding):
        town.do(waitlist.accept, offer.id, town.now)
    town.do(check)


def test_who_lets_two_offers_go_by_is_last(town: Town) -> None:
    here = town.centre("a")
    eva, ida, last = (town.person() for _ in range(3))
    for person in (eva, ida):
        town.do(waitlist.join, person, here, TRADE, town.now, diagnosis_id=None)
    for number in range(2):
        town.slot(here, WEEK + timedelta(days=number))
        town.do(waitlist.offer, town.now)
        (offer,) = town.do(book.standing, eva, town.now)
        town.do(waitlist.decline, offer.id, town.now, keep_waiting=True)
        (hers,) = town.do(book.standing, ida, town.now)
        town.do(waitlist.accept, hers.id, town.now)
        town.do(book.cancel, hers.id, "person", town.now)
        town.do(waitlist.join, ida, here, TRADE, town.now, diagnosis_id=None)
        town.do(check)
    assert (eva, "waiting", 2) in town.line()
    town.do(waitlist.join, last, here, TRADE, town.now, diagnosis_id=None)
    town.slot(here, WEEK + timedelta(days=4))
    town.do(waitlist.offer, town.now)
    assert town.do(book.standing, eva, town.now) == []


def test_how_it_went(town: Town) -> None:
    here = town.centre("a")
    slot = town.slot(here, WEEK)
    ana = town.person()
    mine = booked(town, ana, slot)
    town.do(book.confirm, mine, town.now)
    town.do(book.confirm, mine, town.now)
    with pytest.raises(NotYet):
        town.do(book.missed, mine, town.now)
    town.now = WEEK + timedelta(hours=3)
    town.do(book.missed, mine, town.now)
    town.do(book.why_missed, mine, "transport")
    assert town.said(mine)["missed"] == "due"
    town.do(book.attended, mine, town.now)
    assert town.said(mine)["missed"] == "void"
    with pytest.raises(NotStanding):
        town.do(book.cancel, mine, "person", town.now)
    with pytest.raises(NotStanding):
        town.do(book.why_missed, mine, "work")
    town.do(check)


def test_nobody_is_kept_from_booking_again_because_staff_did_not_say_how_it_went(town: Town) -> None:
    here = town.centre("a")
    slot, again = town.slot(here, WEEK), town.slot(here, WEEK + timedelta(days=7))
    ana = town.person()
    mine = booked(town, ana, slot)
    town.now = WEEK + timedelta(days=1)
    booked(town, ana, again)
    assert town.state(mine) == "missed"
    town.do(check)
