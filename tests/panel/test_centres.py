"""Centres as coordinators keep them: facts, trades, who evaluates, hours, closed days and who is told."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from db.seeding import seed
from db.tables import (
    accreditations,
    appointments,
    availabilities,
    centre_staff,
    centre_trades,
    centres,
    closures,
    municipalities,
    reminders,
    slots,
)
from tests.panel.casework import Office
from tests.panel.conftest import Browser, House
from tests.panel.workshop import WELDER, ZONE, Workshop

FACTS = {
    "nombre": "Taller Soyapango",
    "pais": "SV",
    "lugar_texto": "Soyapango",
    "direccion": "Calle Roosevelt 5",
    "como_llegar": "Bus 29, frente al parque",
    "llevar": "Su documento y botas",
    "acceso": "Hay rampa",
    "telefono": "2222 1111",
    "coordenadas": "13.7102, -89.1399",
    "acreditado_hasta": "2027-06-30",
}


@pytest.fixture
def workshop(house: House) -> Workshop:
    made = Workshop(house)
    made.office.staff("coordinator", "SV", "carla@example.org")
    return made


def coordinator(workshop: Workshop):  # type: ignore[no-untyped-def]
    return Office(workshop.house).at_work("carla@example.org")


async def test_a_centre_from_nothing_to_its_first_free_times(workshop: Workshop) -> None:
    workshop.write(lambda c: seed(c, workshop.now))
    eva = workshop.office.staff("evaluator", "SV", "eva@example.org")
    async with coordinator(workshop) as carla:
        await carla.get("/panel/centros")
        assert "Todavía no hay centros" in carla.words
        await carla.get("/panel/centros/nuevo")
        bad = FACTS | {"nombre": "", "coordenadas": "por ahí", "acreditado_hasta": "x", "lugar_texto": "Xyzzy"}
        assert (await carla.post("/panel/centros/nuevo", **bad)).status_code == 422
        for wrong in ("Escriba el nombre", "Escriba latitud y longitud", "Escriba un día", "No conocemos ese lugar"):
            assert wrong in carla.words
        await carla.post("/panel/centros/nuevo", **FACTS)
        assert "El centro quedó anotado" in carla.words
        centre = workshop.rows(centres)[0]
        path = f"/panel/centros/{centre.id}"
        assert (centre.timezone, centre.latitude, centre.active) == ("America/El_Salvador", 13.7102, True)
        assert centre.accredited_until == datetime(2027, 6, 30, 23, 59, 59, tzinfo=ZONE)
        assert workshop.row(municipalities, centre.municipality_id)["name"] == "San Salvador Este"
        await carla.post(f"{path}/oficios", oficios=[WELDER, "carpenter", "no-such"])
        assert [row.trade for row in workshop.rows(centre_trades)] == ["carpenter", WELDER]
        await carla.post(f"{path}/equipo", quien=str(eva))
        await carla.post(f"{path}/equipo", quien=str(eva))
        assert len(workshop.rows(centre_staff)) == 1
        await carla.post(f"{path}/acreditaciones", quien=str(eva), oficio=WELDER, hasta="2027-01-31")
        await carla.post(f"{path}/acreditaciones", quien=str(eva), oficio=WELDER, hasta="2027-03-31")
        assert [(row.trade, row.until) for row in workshop.rows(accreditations)] == [(WELDER, date(2027, 3, 31))]
        assert "31 mar 2027" in carla.words
        await carla.get(f"{path}/horas")
        hours = {"oficio": WELDER, "empieza": "08:00", "minutos": "120", "cupo": "3", "desde": "2026-11-23"}
        assert "Falta algo" in (await said(carla, f"{path}/horas", **hours, dias=[]))
        assert "Falta algo" in (await said(carla, f"{path}/horas", **hours | {"cupo": "0"}, dias=["1"]))
        assert "quedaron guardadas" in (await said(carla, f"{path}/horas", **hours, dias=["1", "3"], quien=str(eva)))
        assert len(workshop.rows(availabilities)) == 2
        made = workshop.rows(slots)
        assert len(made) >= 14
        assert made[0].starts_at == datetime(2026, 11, 24, 8, tzinfo=ZONE)
        assert "0 de 3 tomados" in carla.words
        first = workshop.rows(availabilities)[0].id
        assert "quitadas" in (await said(carla, f"{path}/horas/{first}/quitar"))
        assert len(workshop.rows(slots)) < len(made)
    done = [action for action, _ in workshop.office.log() if not action.startswith("log")]
    assert done[:3] == ["centre.added", "centre.trades", "centre.joined"]


async def said(browser: Browser, path: str, **fields: str | list[str]) -> str:
    await browser.post(path, follow=True, **fields)
    return browser.words


async def test_closing_a_day_says_how_many_and_tells_them(workshop: Workshop) -> None:
    centre = workshop.centre()
    one = workshop.appointment(centre, "Marta", hours=25)
    workshop.appointment(centre, "José", hours=26)
    workshop.appointment(centre, "Otro día", hours=50)
    path = f"/panel/centros/{centre}"
    async with coordinator(workshop) as carla:
        await carla.get(f"{path}/horas")
        await carla.post(f"{path}/cierres", desde="2026-11-24", motivo="Asueto")
        assert "2 personas tienen cita" in carla.words
        assert workshop.rows(closures) == []
        workshop.appointment(centre, "Una más", hours=27)
        await carla.post(f"{path}/cierres", desde="2026-11-24", hasta="2026-11-24", motivo="Asueto", confirmado="2")
        assert "3 personas tienen cita" in carla.words, "asked again where the number has changed"
        await carla.post(f"{path}/cierres", desde="2026-11-24", hasta="2026-11-24", motivo="Asueto", confirmado="3")
        assert "Los días quedaron cerrados" in carla.words
        assert "mar 24 nov 2026: Asueto" in carla.words
        row = workshop.row(appointments, one)
        assert (row["state"], row["reason"]) == ("cancelled", "centre_closed")
        told = workshop.house.bot.rows(select(reminders.c.kind).where(reminders.c.appointment_id == one))
        assert [kind for (kind,) in told] == ["closed"]
        for odd in (
            {"desde": "x"},
            {"desde": "2026-11-24", "hasta": "2026-11-20"},
            {"desde": "2026-01-01", "hasta": "2099-01-01"},
        ):
            assert "Falta algo" in await said(carla, f"{path}/cierres", **odd)
        closure = workshop.rows(closures)[0].id
        assert "se evalúa otra vez" in await said(carla, f"{path}/cierres/{closure}/quitar")
        assert workshop.rows(closures) == []
    assert [action for action, _ in workshop.office.log("closure.added", "closure.removed")] == [
        "closure.added",
        "closure.removed",
    ]


async def test_single_times_are_added_closed_and_opened(workshop: Workshop) -> None:
    centre = workshop.centre()
    path = f"/panel/centros/{centre}"
    async with coordinator(workshop) as carla:
        await carla.get(f"{path}/horas")
        time = {"oficio": WELDER, "cuando": "2026-11-25T09:30", "minutos": "90", "cupo": "2"}
        assert "La hora quedó guardada" in await said(carla, f"{path}/turnos", **time)
        assert "Ya hay una hora" in await said(carla, f"{path}/turnos", **time)
        assert "ya pasó" in await said(carla, f"{path}/turnos", **time | {"cuando": "2026-11-20T09:30"})
        assert "Falta algo" in await said(carla, f"{path}/turnos", **time | {"cuando": "x"})
        slot = workshop.rows(slots)[0]
        assert slot.starts_at == datetime(2026, 11, 25, 9, 30, tzinfo=ZONE)
        workshop.set(slots, slot.id, booked=1)
        one = workshop.appointment(centre, "Marta", slot_id=slot.id)
        await carla.get(f"{path}/horas")
        assert "1 persona tiene lugar" in carla.words
        assert "La hora quedó cerrada" in await said(carla, f"{path}/turnos/{slot.id}/cerrar")
        assert workshop.row(appointments, one)["state"] == "cancelled"
        assert "libre otra vez" in await said(carla, f"{path}/turnos/{slot.id}/abrir")
        assert (await carla.post(f"{path}/turnos/999/cerrar")).status_code == 404


async def test_facts_are_corrected_unless_somebody_was_quicker(workshop: Workshop) -> None:
    workshop.write(lambda c: seed(c, workshop.now))
    centre = workshop.centre()
    path = f"/panel/centros/{centre}"
    async with coordinator(workshop) as carla:
        await carla.get(f"{path}/editar")
        stale = carla.hidden("estado")
        await carla.post(f"{path}/editar", **FACTS, estado=stale)
        assert "Quedó guardado" in carla.words
        assert "Bus 29, frente al parque" in carla.words
        await carla.get(f"{path}/editar")
        assert "San Salvador Este" in carla.last.text
        assert (await carla.post(f"{path}/editar", **FACTS | {"nombre": "Otro"}, estado=stale)).status_code == 409
        await carla.get(f"{path}/editar")
        same_place = FACTS | {"lugar_texto": carla.hidden("lugar_texto") or "Soyapango", "telefono": ""}
        await carla.post(f"{path}/editar", **same_place, estado=carla.hidden("estado"))
        assert workshop.row(centres, centre)["phone"] is None


async def test_closing_a_centre_and_opening_it_again(workshop: Workshop) -> None:
    centre = workshop.centre()
    one = workshop.appointment(centre, "Marta", hours=30)
    other = workshop.centre("Taller Santa Ana")
    workshop.slot(other, hours=40)
    path = f"/panel/centros/{centre}"
    async with coordinator(workshop) as carla:
        await carla.get(path)
        assert "1 persona tiene cita" in carla.words
        await carla.post(f"{path}/cerrar", estado=carla.hidden("estado"))
        assert "El centro quedó cerrado" in carla.words
        assert workshop.row(appointments, one)["state"] == "cancelled"
        assert workshop.rows(appointments)[-1].state == "offered", "another place is kept"
        await carla.get(path)
        await carla.post(f"{path}/abrir", estado=carla.hidden("estado"))
        assert workshop.row(centres, centre)["active"]


async def test_nobody_keeps_the_centres_of_another_country(workshop: Workshop) -> None:
    far, here = workshop.centre("Taller Mixco", "GT"), workshop.centre()
    foreigner = workshop.office.staff("evaluator", "GT", "lejos@example.org")
    async with coordinator(workshop) as carla:
        await carla.get("/panel/centros")
        assert "Mixco" not in carla.words
        token = carla.token
        for path in ("", "/editar", "/horas"):
            assert (await carla.get(f"/panel/centros/{far}{path}")).status_code == 404
        for path in ("editar", "oficios", "equipo", "acreditaciones", "horas", "cierres", "turnos", "cerrar", "abrir"):
            fields = {"csrf": token, "desde": "2026-12-01", "hasta": "2026-12-01", "oficio": WELDER, "minutos": "60"}
            fields |= {"cupo": "1", "empieza": "08:00", "dias": "1", "nombre": "x", "confirmado": "0", "quien": "1"}
            answer = await carla.client.post(f"/panel/centros/{far}/{path}", data=fields)
            assert answer.status_code == 404, path
        fields = {"csrf": token, **FACTS, "pais": "GT"}
        assert (await carla.client.post("/panel/centros/nuevo", data=fields)).status_code == 403
        answer = await carla.client.post(f"/panel/centros/{here}/equipo", data={"csrf": token, "quien": str(foreigner)})
        assert answer.status_code == 404
    assert workshop.rows(centre_staff) == []
