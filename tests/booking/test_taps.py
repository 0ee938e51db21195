"""A tap on what was said unasked: hours later, for another day, for what no longer stands, in danger, to the team."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select

from bot.booking import book as booking
from bot.cases import reading, work
from db.tables import handoffs, reminders, users
from tests.booking.street import Street, at
from tests.chat import Chat

DAY = at(27, 9)
WAITED, GONE = "Muy bien, le esperamos", "Esa cita ya no"


def reminded(street: Street, chat: Chat) -> str:
    """Reminded by a template; the ids of its buttons end so."""
    code = street.appointment(chat, DAY).code
    street.until(at(24, 9))
    return code


def test_a_tap_hours_later_after_the_conversation_went_on(street: Street, ana: Chat) -> None:
    code = reminded(street, ana)
    street.bot.now = at(24, 15)
    ana.says("menú")
    ana.says("2")
    for _ in range(2):
        ana.does(option=f"recordatorio:si:{code}")
        assert ana.text.startswith(WAITED)


def test_a_tap_for_another_day(street: Street, ana: Chat) -> None:
    code = reminded(street, ana)
    assert ana.does(option=f"recordatorio:cambiar:{code}")
    top = ana.session.top
    assert top is not None
    assert top.flow in ("mi_cita", "cita", "horarios")


def test_a_tap_for_what_no_longer_stands(street: Street, ana: Chat) -> None:
    code = reminded(street, ana)
    (mine,) = street.bot.rows(select(reminders.c.appointment_id).where(reminders.c.kind == "three_days"))
    street.town.do(booking.cancel, mine[0], "staff", street.now)
    ana.does(option=f"recordatorio:si:{code}")
    assert ana.text.startswith(GONE)


@pytest.mark.parametrize("reference", ["", "{{3}}", "3", "NOSUCH2", "9" * 40, "a:b:c"])
def test_a_tap_that_says_not_for_which_one(street: Street, ana: Chat, reference: str) -> None:
    reminded(street, ana)
    assert ana.does(option=f"recordatorio:si:{reference}")
    (state,) = {row.state for row in street.bot.rows(select(reminders.c.state).where(reminders.c.kind == "one_day"))}
    assert state == "due"


def test_a_tap_of_somebody_else_changes_nothing(street: Street, ana: Chat) -> None:
    code = reminded(street, ana)
    eva = street.person()
    eva.does(option=f"recordatorio:si:{code}")
    assert eva.text.startswith(GONE)
    (mine,) = street.town.do(booking.standing, street.id_of(ana), street.now)
    assert mine.state == "booked"


def test_a_tap_does_not_lead_away_from_danger(street: Street, ana: Chat) -> None:
    code = reminded(street, ana)
    ana.says("me quiero matar")
    before = ana.session.top
    ana.does(option=f"recordatorio:si:{code}")
    assert ana.session.top is not None
    assert before is not None
    assert ana.session.top.flow == before.flow


def test_a_tap_reaches_the_person_who_has_the_conversation(street: Street, ana: Chat) -> None:
    code = reminded(street, ana)
    ana.says("quiero hablar con una persona")

    def claim(connection: Connection) -> int:
        row = {"email": "ev@example.org", "role": "facilitator", "created_at": street.now}
        user = connection.scalars(insert(users).values(row).returning(users.c.id)).one()
        (case,) = reading.queue(connection, street.now)
        work.claim(connection, case.id, user, street.now)
        return int(case.id)

    case = street.town.do(claim)
    assert ana.does(option=f"recordatorio:si:{code}") == []
    assert street.bot.rows(select(handoffs.c.unseen).where(handoffs.c.id == case))[0][0] > 0


def test_words_answer_as_well(street: Street, ana: Chat) -> None:
    reminded(street, ana)
    ana.says("sí, ahí estaré")
    assert ana.text.startswith(WAITED)
