"""Who is at the centre unexpectedly: a place is found that takes nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.assessing import arrivals
from bot.booking import book
from bot.booking.errors import NoSuchCentre, NotStanding
from db.tables import appointments, centres, contacts, reminders, slots
from tests.panel.conftest import house
from tests.panel.workshop import WELDER, Workshop

__all__ = ["house"]  # the fixture


@pytest.fixture
def workshop(house) -> Workshop:  # type: ignore[no-untyped-def]
    made = Workshop(house)
    made.evaluator(made.centre())
    return made


def walk_in(workshop: Workshop, person: int, trade: str = WELDER) -> int:
    return int(workshop.write(lambda c: arrivals.walk_in(c, person, 1, trade, 1, workshop.now)))


def counted(workshop: Workshop) -> bool:
    """Whether every slot says how many places are held."""
    held = ("offered", "booked", "confirmed", "attended", "missed")
    rows = workshop.rows(appointments)
    return all(
        slot.booked == sum(row.slot_id == slot.id and row.state in held for row in rows) <= slot.capacity
        for slot in workshop.rows(slots)
    )


def test_somebody_without_an_appointment_takes_nobodys_place(workshop: Workshop) -> None:
    full = workshop.slot(1, hours=1)
    people = [workshop.person(), workshop.person()]
    made = [walk_in(workshop, person) for person in people]
    assert [workshop.row(appointments, one)["state"] for one in made] == ["attended", "attended"]
    assert workshop.row(slots, full)["booked"] == 0
    assert counted(workshop)


def test_who_has_one_today_came_for_that_and_another_day_falls(workshop: Workshop) -> None:
    today = workshop.appointment(1, hours=-1, state="confirmed")
    person = workshop.row(appointments, today)["contact_id"]
    assert walk_in(workshop, person) == today
    later = workshop.appointment(1, hours=50)
    other = workshop.row(appointments, later)["contact_id"]
    made = walk_in(workshop, other)
    fallen = workshop.row(appointments, later)
    assert (fallen["state"], fallen["reason"]) == ("cancelled", "duplicate")
    assert made != later
    forgotten = workshop.appointment(1, hours=-50)
    walk_in(workshop, workshop.row(appointments, forgotten)["contact_id"])
    assert workshop.row(appointments, forgotten)["state"] == "missed"
    assert workshop.house.bot.rows(select(reminders).where(reminders.c.state == "due")) == []
    assert counted(workshop)


def test_only_what_the_centre_assesses_while_it_does(workshop: Workshop) -> None:
    person = workshop.person()
    with pytest.raises(NoSuchCentre):
        walk_in(workshop, person, "carpenter")
    workshop.set(centres, 1, accredited_until=workshop.now - timedelta(days=1))
    with pytest.raises(NoSuchCentre):
        walk_in(workshop, person)


def test_a_cancelled_one_is_taken_up_again_even_if_its_place_is_gone(workshop: Workshop) -> None:
    one = workshop.appointment(1)
    slot = workshop.row(appointments, one)["slot_id"]
    workshop.write(lambda c: book.cancel(c, one, book.PERSON, workshop.now - timedelta(hours=3)))
    workshop.set(slots, slot, booked=1)
    workshop.appointment(1, slot_id=slot)
    workshop.write(lambda c: arrivals.retake(c, one, workshop.now))
    assert workshop.row(appointments, one)["state"] == "attended"
    assert workshop.row(slots, slot)["capacity"] == 2
    assert counted(workshop)
    with pytest.raises(NotStanding):
        workshop.write(lambda c: arrivals.retake(c, one, workshop.now))
    assert workshop.rows(contacts)
