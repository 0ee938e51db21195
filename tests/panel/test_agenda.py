"""The agenda of a centre: who sees it, how it went, booking for somebody, and who should be called."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.tables import appointments, audit_log, identities, reminders, slots
from tests.panel.conftest import House
from tests.panel.workshop import WELDER, Workshop


@pytest.fixture
def workshop(house: House) -> Workshop:
    """Eva evaluates in Soyapango; Carla coordinates El Salvador, Ana facilitates; there is a centre in Guatemala."""
    made = Workshop(house)
    made.evaluator(made.centre())
    made.centre("Taller Mixco", "GT")
    for role, name in (("coordinator", "carla"), ("facilitator", "ana")):
        made.office.staff(role, "SV", f"{name}@example.org")
    return made


def state(workshop: Workshop, one: int) -> tuple[str, str | None]:
    row = workshop.row(appointments, one)
    return row["state"], row["reason"]


async def test_everybody_sees_the_days_of_their_own_centres(workshop: Workshop) -> None:
    workshop.appointment(1, "Marta Ramos")
    workshop.appointment(1, "", hours=26)
    workshop.appointment(2, "Lejos", trade=WELDER)
    workshop.centre("Taller Santa Ana")
    async with workshop.office.at_work("eva@example.org") as eva:
        await eva.get("/panel/agenda")
        assert "Marta Ramos" in eva.words
        assert "Lejos" not in eva.words
        assert "Santa Ana" not in eva.words
        assert "Ver el teléfono" not in eva.words
        for centre in (2, 3, 99):
            assert (await eva.get(f"/panel/agenda?centro={centre}")).status_code == 404
        await eva.get("/panel/agenda?centro=1&dia=2026-11-24")
        assert "Marta" not in eva.words
        assert "P000" in eva.words
        for odd in ("x", "0001-01-01", "9999-12-31"):
            assert (await eva.get(f"/panel/agenda?dia={odd}")).status_code == 200
    async with workshop.office.at_work("carla@example.org") as carla:
        await carla.get("/panel/agenda")
        assert "Taller Santa Ana" in carla.words
        assert "Taller Mixco" not in carla.words
    workshop.office.staff("coordinator", None, "todos@example.org")
    async with workshop.office.at_work("todos@example.org") as everywhere:
        await everywhere.get("/panel/agenda?centro=2")
        assert "Lejos" in everywhere.words
    looks = workshop.house.bot.rows(select(audit_log.c.user_id).where(audit_log.c.action == "appointment.seen"))
    assert len(looks) == 3


async def test_how_it_went_is_said_and_put_right(workshop: Workshop) -> None:
    one, early = workshop.appointment(1, "Marta", hours=-1), workshop.appointment(1, "José", hours=30)
    async with workshop.office.at_work("ana@example.org") as ana:
        await ana.get("/panel/agenda?centro=1")
        await ana.post(f"/panel/agenda/{one}", estado="missed", motivo="transport")
        assert "Quedó anotado que no vino" in ana.words
        assert "Transporte" in ana.words
        assert state(workshop, one) == ("missed", "transport")
        await ana.post(f"/panel/agenda/{one}", estado="attended")
        assert state(workshop, one) == ("attended", None)
        for what in ("attended", "missed"):
            await ana.post(f"/panel/agenda/{early}", estado=what)
            assert "Todavía no es la hora" in ana.words
        await ana.post(f"/panel/agenda/{early}", estado="confirmed", dia="2026-11-24")
        assert state(workshop, early)[0] == "confirmed"
        assert "Confirmada" in ana.words
        for odd in ({"estado": "x"}, {"estado": "missed", "motivo": "x"}):
            assert (await ana.post(f"/panel/agenda/{one}", follow=True, **odd)).status_code == 409
            await ana.get("/panel/agenda?centro=1")
        await ana.post(f"/panel/agenda/{early}/cancelar", motivo="person", dia="2026-11-24")
        assert state(workshop, early) == ("cancelled", "person")
        await ana.post(f"/panel/agenda/{early}/cancelar", motivo="person")
        assert "Esa cita ya cambió" in ana.words
    done = [
        action
        for action, _ in workshop.office.log()
        if action.startswith("appointment.") and action != "appointment.seen"
    ]
    assert done == [f"appointment.{what}" for what in ("missed", "attended", "confirmed", "cancelled")]


async def test_another_countrys_appointment_is_not_there(workshop: Workshop) -> None:
    far = workshop.appointment(2, "Lejos")
    async with workshop.office.at_work("ana@example.org") as ana:
        await ana.get("/panel/agenda")
        for path, fields in (
            ("", {"estado": "attended"}),
            ("/cancelar", {"motivo": "person"}),
            ("/aviso", {"como": "called"}),
            ("/telefono", {}),
        ):
            assert (await ana.post(f"/panel/agenda/{far}{path}", follow=True, **fields)).status_code == 404
            await ana.get("/panel/agenda")
    async with workshop.office.at_work("eva@example.org") as eva:
        await eva.get("/panel/agenda")
        other = workshop.appointment(workshop.centre("Santa Ana"), "Otra")
        assert (await eva.post(f"/panel/agenda/{other}", estado="attended")).status_code == 404
    assert state(workshop, far)[0] == "booked"


async def test_what_nobody_marked_comes_up_again(workshop: Workshop) -> None:
    one = workshop.appointment(1, "De ayer", hours=-22)
    workshop.appointment(1, "De hace un mes", hours=-800)
    async with workshop.office.at_work("eva@example.org") as eva:
        await eva.get("/panel/")
        assert "Citas pasadas sin marcar" in eva.words
        await eva.get("/panel/agenda")
        assert "1 de días anteriores sin marcar" in eva.words
        assert "De hace un mes" not in eva.words
        await eva.post(f"/panel/agenda/{one}", estado="attended", dia="2026-11-23")
        assert "sin marcar" not in eva.words


async def test_whom_no_reminder_reached_is_called(workshop: Workshop) -> None:
    one = workshop.appointment(1, "Marta Ramos", hours=20)
    person = workshop.row(appointments, one)["contact_id"]
    cipher = workshop.house.bot.app.cipher
    address = {"address_enc": cipher.seal("whatsapp:+50370001234", "address"), "address_hash": b"1" * 32}
    workshop.add(identities, contact_id=person, channel="whatsapp", **address)
    stuck = {"kind": "one_day", "state": "blocked", "cause": "template", "due_at": workshop.now}
    reminder = workshop.add(reminders, appointment_id=one, closed_at=workshop.now, **stuck)
    async with workshop.office.at_work("ana@example.org") as ana:
        await ana.get("/panel/")
        assert "Citas sin aviso" in ana.words
        await ana.get("/panel/agenda?centro=1")
        assert "1 sin aviso: hay que llamar" in ana.words
        assert "falta que WhatsApp apruebe el mensaje" in ana.words
        await ana.post(f"/panel/agenda/{one}/telefono")
        assert "+50370001234" in ana.words
        await ana.get("/panel/agenda?centro=1")
        await ana.post(f"/panel/agenda/{one}/aviso", como="again")
        assert workshop.row(reminders, reminder)["state"] == "due"
        workshop.set(reminders, reminder, state="blocked")
        await ana.post(f"/panel/agenda/{one}/aviso", como="called")
        assert (workshop.row(reminders, reminder)["state"], workshop.row(reminders, reminder)["cause"]) == (
            "void",
            "called",
        )
        assert "sin aviso" not in ana.words
    assert ("person.phone_seen", person) in workshop.office.log("person.phone_seen")


async def test_booking_for_somebody_who_calls_and_changing_it(workshop: Workshop) -> None:
    person = workshop.person("Marta Alicia Ramos")
    first, second = workshop.slot(1, hours=24), workshop.slot(1, hours=48)
    far = workshop.slot(2, hours=24)
    async with workshop.office.at_work("eva@example.org") as eva:
        await eva.get("/panel/agenda/reservar?centro=1")
        await eva.post("/panel/agenda/reservar", buscar="marta ramos", centro="1")
        assert f"/panel/agenda/reservar/{person}?centro=1" in eva.last.text
        await eva.get(f"/panel/agenda/reservar/{person}?centro=1")
        assert "mar 24 nov 2026" in eva.words
        await eva.post(f"/panel/agenda/reservar/{person}", lugar=str(first), centro="1")
        assert "La cita quedó apartada" in eva.words
        assert workshop.row(slots, first)["booked"] == 1
        await eva.get(f"/panel/agenda/reservar/{person}?centro=1&dia=2026-11-25")
        assert "Tiene cita de este oficio" in eva.words
        await eva.post(f"/panel/agenda/reservar/{person}", lugar=str(second), centro="1")
        assert [row.state for row in workshop.rows(appointments)] == ["cancelled", "booked"]
        await eva.get(f"/panel/agenda/reservar/{person}?centro=1")
        assert (await eva.post(f"/panel/agenda/reservar/{person}", lugar=str(far))).status_code == 404
        for odd in ("x", "", "9" * 19):
            await eva.get(f"/panel/agenda/reservar/{person}?centro=1")
            assert (await eva.post(f"/panel/agenda/reservar/{person}", lugar=odd)).status_code == 404
        other = workshop.person("Otra")
        await eva.get(f"/panel/agenda/reservar/{other}?centro=1")
        await eva.post(f"/panel/agenda/reservar/{other}", lugar=str(second), centro="1")
        assert "Alguien tomó ese lugar antes" in eva.words
    made = [action for action, _ in workshop.office.log("appointment.booked", "appointment.changed")]
    assert made == ["appointment.booked", "appointment.changed"]


async def test_who_came_without_an_appointment_is_in_the_workshop_at_once(workshop: Workshop) -> None:
    person, foreign = workshop.person("Marta Ramos"), workshop.person("Lejos", "GT")
    async with workshop.office.at_work("eva@example.org") as eva:
        await eva.get(f"/panel/agenda/reservar/{person}?centro=1")
        await eva.post(f"/panel/agenda/reservar/{person}/llego", centro="1", oficio=WELDER)
        assert "Ya aparece en el taller" in eva.words
        assert "Marta Ramos" in eva.words
        seen = (await eva.client.get("/panel/taller/datos")).json()
        assert [each["name"] for each in seen["people"]] == ["Marta Ramos"]
        await eva.get(f"/panel/agenda/reservar/{person}?centro=1")
        assert (await eva.post(f"/panel/agenda/reservar/{person}/llego", centro="2", oficio=WELDER)).status_code == 404
        assert (await eva.get(f"/panel/agenda/reservar/{foreign}")).status_code == 404
        await eva.get(f"/panel/agenda/reservar/{person}?centro=1")
        await eva.post(f"/panel/agenda/reservar/{person}/llego", centro="1", oficio="carpenter")
        assert "no evalúa ese oficio" in eva.words


async def test_the_sheet_to_be_printed_has_who_comes_and_nothing_else(workshop: Workshop) -> None:
    workshop.appointment(1, "Marta Ramos")
    workshop.appointment(1, "Ya no", state="cancelled", reason="person")
    async with workshop.office.at_work("carla@example.org") as carla:
        await carla.get(f"/panel/agenda/hoja?centro=1&dia={workshop.now - timedelta(hours=6):%Y-%m-%d}")
        assert "Marta Ramos" in carla.words
        assert "Ya no" not in carla.words
        await carla.get("/panel/agenda/hoja?centro=1&dia=2027-01-01")
        assert "No hay nadie ese día" in carla.words
