"""The calendar entry, as a program that nobody here wrote reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.booking import appointments, book, ics, places
from bot.booking.appointments import Appointment
from bot.booking.places import Place, zone_of
from tests.booking.conftest import NOW, Town

BEGINS = datetime(2026, 12, 14, 14, 0, tzinfo=UTC)
MINE = Appointment(
    1, "K7Q2MXB", 1, 1, 1, "carpenter", BEGINS, BEGINS + timedelta(hours=4), "booked", None, None, None, None, None
)
PLACE = Place(
    1,
    "a",
    "Centro José Simeón, «La Ñ»; sala 2",
    "SV",
    "San Salvador Centro",
    "San Salvador",
    "Calle 5, n.º 3\nfrente al parque",
    13.7,
    -89.2,
    "",
    "",
    "",
    "",
    zone_of("America/El_Salvador"),
    True,
    None,
)
FORBIDDEN = ("deport", "retorn", "migra", "carpint", "certific", "evalua")


def test_place_and_hour_and_no_more() -> None:
    content = ics.entry(MINE, PLACE, ("K7Q2MXB", 2), NOW)
    assert max(map(len, content.split(b"\r\n"))) <= ics.LINE
    calendar = Calendar.from_ical(content)
    assert calendar["VERSION"] == "2.0"
    assert "METHOD" not in calendar
    (event,) = calendar.walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (MINE.starts_at, MINE.ends_at)
    assert (event["UID"], event["SEQUENCE"]) == ("k7q2mxb@arraigo.invalid", 2)
    assert event["SUMMARY"] == "Cita"
    assert event["LOCATION"] == f"{PLACE.name}, {PLACE.address}, {PLACE.municipality}"
    assert [alarm.decoded("TRIGGER") for alarm in event.walk("VALARM")] == [-timedelta(days=1), -timedelta(hours=2)]
    assert event.errors == []
    assert not any(word in content.decode().lower() for word in FORBIDDEN)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200))
def test_whatever_a_place_is_called(name: str) -> None:
    content = ics.entry(MINE, replace(PLACE, name=name, address="", municipality=""), ("K7Q2MXB", 0), NOW)
    assert max(map(len, content.split(b"\r\n"))) <= ics.LINE
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event["LOCATION"] == name


def test_a_changed_appointment_takes_the_place_of_the_entry_before(town: Town) -> None:
    here, week = town.centre("a"), NOW + timedelta(days=7)
    first = town.do(book.book, town.person(), town.slot(here, week), now=NOW)
    second = town.do(book.change, first.id, town.slot(here, week + timedelta(days=1)), NOW)
    third = town.do(book.change, second.id, town.slot(here, week + timedelta(days=2)), NOW)
    assert town.do(appointments.origin, third) == (first.code, 2)
    entry = ics.entry(third, town.do(places.by_id, here), (first.code, 2), NOW)
    assert f"UID:{first.code.lower()}@arraigo.invalid\r\nSEQUENCE:2".encode() in entry
