"""What is said about an appointment unasked: when, once, in the words of that moment, and never in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.booking import blocked, reminding, telling
from bot.booking import book as booking
from db.tables import conversations, handoffs, identities
from tests.booking.street import ZONE, Street, at
from tests.chat import Bot, Chat, bot

DAY = at(27, 9)  # Friday
ONE, TWO, THREE = "cita_recordatorio_1d", "cita_recordatorio_2h", "cita_recordatorio_3d"


# --- when ------------------------------------------------------------------------------------------------------


def test_three_times_in_the_words_of_the_moment(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.until(DAY)
    assert street.told(ana) == [("24 09:00", THREE), ("26 09:00", ONE), ("27 07:00", TWO)]
    first, second, third = street.left(ana)
    assert "27 de noviembre" in first.reply.text
    assert "mañana" in second.reply.text.lower()
    assert "hoy" in third.reply.text.lower()
    for one in (first, second, third):
        assert one.reply.template is not None
        assert one.reply.template.variables[1:] == ("Centro SS", mine.code)
        assert one.reply.options[0].id == f"recordatorio:si:{mine.code}"
        assert one.priority == 2
    assert third.until == DAY - timedelta(minutes=30)
    assert second.until == at(27, 0)  # at midnight «mañana» is not true any more
    assert {state for state, _ in street.states(mine).values()} == {"sent"}
    assert street.look() == dict.fromkeys(street.look(), 0)


@pytest.mark.parametrize(
    ("hour", "two_hours"),
    [
        (8, "27 07:00"),  # an hour before is early enough
        (7, "26 19:45"),  # the evening before
        (12, "27 10:00"),
    ],
)
def test_nothing_leaves_at_night(street: Street, ana: Chat, hour: int, two_hours: str) -> None:
    street.appointment(ana, at(27, hour))
    street.until(at(26, 18))
    street.until(at(27, hour), every=timedelta(minutes=15))
    assert (two_hours, TWO) in street.told(ana)


def test_abroad_it_is_day_there_and_at_the_centre(street: Street) -> None:
    """Madrid is seven hours ahead: nine in the morning there is two at night here."""
    pedro = street.person(prefix="+346000")
    street.set(pedro, country="other")
    street.appointment(pedro, at(27, 16))
    street.until(at(27, 16), every=timedelta(minutes=15))
    assert street.told(pedro) == [("24 12:45", THREE), ("26 12:45", ONE), ("27 12:45", TWO)]


def test_a_number_that_was_brought_home_says_nothing(street: Street) -> None:
    luis = street.person(prefix="+121355")  # Los Angeles, two hours behind
    street.appointment(luis, at(27, 10))
    street.until(at(27, 10))
    assert street.told(luis)[-1] == ("27 08:00", TWO)


@pytest.mark.parametrize(
    ("woken", "said", "states"),
    [
        (at(26, 12), [("26 12:00", ONE)], {"three_days": "late", "one_day": "sent", "two_hours": "due"}),
        (at(27, 7, 30), [("27 07:30", TWO)], {"three_days": "late", "one_day": "late", "two_hours": "sent"}),
        (at(27, 8, 45), [], {"three_days": "late", "one_day": "late", "two_hours": "late"}),
        (at(26, 23), [], {"three_days": "late", "one_day": "late", "two_hours": "due"}),
    ],
)
def test_who_wakes_late_says_only_what_is_of_use(
    street: Street, ana: Chat, woken: datetime, said: list[tuple[str, str]], states: dict[str, str]
) -> None:
    mine = street.appointment(ana, DAY)
    street.bot.now = woken
    street.look()
    assert street.told(ana) == said
    assert {kind: state for kind, (state, _) in street.states(mine).items()} == states


def test_what_is_written_and_does_not_leave_is_said_again_with_the_words_of_then(street: Street, ana: Chat) -> None:
    street.appointment(ana, DAY)
    street.bot.now = at(24, 9)
    street.look()
    street.bot.now = at(25, 9)
    street.fail(ana, "expired")
    street.look()
    assert street.told(ana) == [("24 09:00", THREE), ("25 09:00", THREE)]


# --- never -----------------------------------------------------------------------------------------------------


def test_nothing_about_what_does_not_stand(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.bot.now = at(24, 9)
    street.look()
    street.town.do(booking.cancel, mine.id, "person", street.now)
    street.until(DAY)
    (only,) = street.left(ana)
    assert (only.state, only.code) == ("failed", "cancelled")  # it had not left yet
    assert {state for state, _ in street.states(mine).values()} == {"sent", "void"}


def test_a_change_is_reminded_of_and_the_old_one_is_not(street: Street, ana: Chat) -> None:
    old = street.appointment(ana, DAY)
    slot = street.town.slot(street.centre, at(28, 10))
    new = street.town.do(booking.change, old.id, slot, street.now)
    street.until(at(28, 10))
    codes = {one.reply.template.variables[-1] for one in street.left(ana) if one.reply.template}
    assert codes == {new.code}


@pytest.mark.parametrize("cause", ["opted_out", "unsafe", "unreachable"])
def test_who_must_not_be_written_to_is_not_and_staff_see_it(street: Street, ana: Chat, cause: str) -> None:
    mine = street.appointment(ana, DAY)
    if cause == "opted_out":
        ana.says("BAJA")
    elif cause == "unsafe":
        ana.says("quiero hablar con una persona")
        street.write(update(handoffs).values(safe_channel=False, contact_noted_at=street.now, wished_at=None))
    else:
        street.write(update(identities).values(stopped_at=street.now))
    street.until(at(24, 9, 15))
    assert street.left(ana) == []
    assert street.states(mine)["three_days"] == ("blocked", cause)
    (seen,) = street.town.do(blocked.blocked)
    assert (seen.kind, seen.cause, seen.appointment_id) == ("three_days", cause, mine.id)


def test_alerts_of_jobs_stopped_is_no_baja(street: Street, ana: Chat) -> None:
    street.appointment(ana, DAY)
    ana.says("ya no quiero avisos de empleo")
    street.until(at(24, 9, 15))
    assert len(street.told(ana)) == 1


def test_while_danger_is_spoken_of_nothing_else_is_said(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.until(at(24, 8, 30))
    ana.says("me quiero matar")
    street.until(at(24, 11))
    assert [one.reply.key for one in street.left(ana) if one.reply.template] == []
    assert street.states(mine)["three_days"] == ("due", None)
    ana.says("menú")
    street.until(at(24, 12))
    assert [one.reply.template.name for one in street.left(ana) if one.reply.template] == [THREE]


def test_while_a_person_has_the_conversation_the_bot_waits(street: Street, ana: Chat) -> None:
    street.appointment(ana, DAY)
    street.until(at(24, 8, 30))
    street.write(update(conversations).values(human_since=street.now))
    street.until(at(24, 11))
    assert street.told(ana) == []
    street.write(update(conversations).values(human_since=None))
    street.until(at(24, 12))
    assert len(street.told(ana)) == 1


def test_nobody_is_interrupted_in_the_midst_of_writing(street: Street, ana: Chat) -> None:
    street.appointment(ana, DAY)
    street.bot.now = at(24, 8, 58)
    ana.says("menú")
    street.bot.now = at(24, 9)
    street.look()
    assert street.told(ana) == []
    street.until(at(24, 9, 15), every=timedelta(minutes=1))
    assert street.told(ana) == [("24 09:13", THREE)]


def test_the_newest_conversation_that_reaches_the_person(street: Street, ana: Chat) -> None:
    """A page that has to be open does not, as long as there is a telephone."""
    mine = street.appointment(ana, DAY)
    web = street.person("webchat")
    street.bot.wait(hours=1)
    web.says("menú")
    for table in (identities, conversations):
        street.write(update(table).where(table.c.contact_id == street.id_of(web)).values(contact_id=mine.contact_id))
    street.until(at(24, 9, 15))
    (one,) = street.left(ana)
    assert one.state == "pending"


def test_on_the_page_it_is_written_into_the_conversation(street: Street) -> None:
    web = street.person("webchat")
    mine = street.appointment(web, DAY)
    street.until(at(24, 9, 15))
    (one,) = street.left(web)
    assert one.state is None
    assert street.states(mine)["three_days"] == ("sent", None)
    assert web.does(option=f"recordatorio:si:{mine.code}")
    assert street.town.state(mine.id) == "confirmed"


# --- what did not arrive ---------------------------------------------------------------------------------------


def test_without_an_approved_template_it_waits_for_one(running: Bot) -> None:
    street = Street(running)
    ana = street.person()
    mine = street.appointment(ana, at(28, 9))
    street.until(at(25, 12))
    assert street.states(mine)["three_days"] == ("blocked", "template")
    street.approve()
    street.look()
    assert street.told(ana) == [("25 12:00", THREE)]


def test_within_the_day_of_the_last_message_no_template_is_needed(running: Bot) -> None:
    street = Street(running)
    ana = street.person()
    street.appointment(ana, DAY)
    street.bot.now = at(24, 8)
    ana.says("menú")
    street.until(at(24, 9, 15))
    assert street.told(ana) == [("24 09:00", THREE)]


@pytest.mark.parametrize("code", ["template", "undelivered:63024", "stopped"])
def test_what_the_provider_refuses_is_shown_and_near_the_day_somebody_calls(
    street: Street, ana: Chat, code: str
) -> None:
    mine = street.appointment(ana, DAY)
    street.until(at(24, 9))
    street.fail(ana, code)
    street.look()
    assert street.states(mine)["three_days"] == ("blocked", f"failed:{code}")
    assert street.bot.rows(select(handoffs)) == []  # there is time
    street.until(at(26, 9))
    street.fail(ana, code)
    street.look()
    (case,) = street.bot.rows(select(handoffs))
    assert (case.reason, case.wants, case.contact_id) == ("reminder", "call", mine.contact_id)
    assert len(street.town.do(blocked.blocked)) == 2


def test_a_window_that_closed_before_we_thought_gets_the_template(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.bot.now = at(24, 8)
    ana.says("menú")
    street.until(at(24, 9))
    street.fail(ana, "window")
    street.look()
    assert street.told(ana) == [("24 09:00", THREE), ("24 09:00", THREE)]
    (row,) = street.bot.rows(select(identities.c.window_until))
    assert row[0] == at(24, 9)
    street.fail(ana, "window")  # it was not the window
    street.look()
    assert street.states(mine)["three_days"] == ("blocked", "failed:window")


def test_staff_try_once_more(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.until(at(24, 9))
    street.fail(ana, "undelivered:30008")
    street.look()
    (seen,) = street.town.do(blocked.blocked)
    assert street.town.do(blocked.again, seen.reminder_id, street.now)
    street.look()
    assert len(street.told(ana)) == 2
    assert street.states(mine)["three_days"] == ("sent", None)


# --- after -----------------------------------------------------------------------------------------------------


def test_who_was_not_there_is_asked_the_day_after(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.bot.now = at(27, 11)
    street.town.do(booking.missed, mine.id, street.now)
    street.until(at(28, 12))
    assert street.told(ana)[-1] == ("28 10:00", "cita_falto")


def test_one_that_nobody_marked_is_shown_to_staff_and_not_held_against_anybody(street: Street, ana: Chat) -> None:
    mine = street.appointment(ana, DAY)
    street.until(at(30, 12), every=timedelta(hours=1))
    assert "cita_falto" not in [name for _, name in street.told(ana)]
    assert street.town.do(reminding.unmarked, street.now) == [mine.id]


# --- whatever happens ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with bot(tmp_path_factory.mktemp("street")) as made:
        street = Street(made)
        street.approve()
        yield street


HOURS = st.integers(0, 47).map(lambda half: timedelta(minutes=30 * half))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hour=HOURS, booked=st.integers(1, 100), seed=st.integers(0, 10_000), fall=st.integers(0, 30))
def test_never_at_night_never_twice_never_after_it_fell(
    long_street: Street, hour: timedelta, booked: int, seed: int, fall: int
) -> None:
    """However irregularly the scheduler wakes, whenever it was booked, and whenever it is cancelled."""
    street, random = long_street, Random(seed)
    day = (street.now + timedelta(days=5)).astimezone(ZONE).date()
    starts = datetime.combine(day, time(), ZONE) + hour
    street.bot.now = starts - timedelta(hours=booked)
    ana = street.person()
    mine = street.appointment(ana, starts)
    looks, fallen = 0, None
    while street.now < starts + timedelta(hours=2):
        street.bot.wait(minutes=random.choice((1, 5, 15, 60, 300)))
        looks += 1
        if looks == fall:
            street.town.do(booking.cancel, mine.id, "person", street.now)
            fallen = street.now
        street.look()
    said = street.left(ana)
    assert all(time(7) <= one.at.astimezone(ZONE).time() < time(20) for one in said)
    assert all(one.at < starts - timedelta(minutes=30) for one in said)
    assert fallen is None or all(one.at < fallen for one in said)
    assert max(Counter(name for _, name in street.told(ana)).values(), default=0) <= 1
    for one in said:
        days = (starts.date() - one.at.astimezone(ZONE).date()).days
        words = one.reply.text.lower()
        assert ("hoy" in words, "mañana " in words.replace("de la mañana", "")) == (days == 0, days == 1)
    assert telling.PRIORITY == 2
