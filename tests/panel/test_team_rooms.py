"""The rooms in which coordinators keep shifts, holidays, absences and ready answers."""

from __future__ import annotations

from sqlalchemy import select

from bot.cases import reading
from bot.cases.roster import Roster
from db.tables import canned_answers, covers, holidays, shifts
from tests.panel.casework import Office
from tests.panel.conftest import Browser


async def send(browser: Browser, room: str, path: str, **fields: str | list[str]) -> str:
    """Open the room, send one of its forms; what it says then."""
    await browser.get(f"/panel/{room}")
    await browser.post(f"/panel/{room}{path}", follow=True, **fields)
    return browser.words


SHIFT: dict[str, str | list[str]] = {
    "dias": ["0", "4"],
    "desde": "08:00",
    "hasta": "17:00",
    "rol": "facilitator",
    "zona": "America/El_Salvador",
}


async def test_a_week_of_shifts(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    office.staff("coordinator", "SV")
    async with office.at_work("coordinator@example.org") as browser:
        assert "Todavía no hay turnos" in await send(browser, "turnos", "", quien=str(ana), **SHIFT | {"desde": "x"})
        said = await send(browser, "turnos", "", quien=str(ana), **SHIFT)
        assert "De turno ahora: Ana" in said
        assert said.index("Lunes") < said.index("Viernes")
        assert "08:00 a 17:00" in said
        said = await send(browser, "turnos", "", quien="SV", **SHIFT | {"desde": "20:00", "hasta": "06:00"})
        assert "Todos en El Salvador" in said
        assert "20:00 a 06:00 del día siguiente" in said
        first = office.house.bot.rows(select(shifts.c.id).order_by(shifts.c.id))[0][0]
        assert "De turno ahora" not in await send(browser, "turnos", f"/{first}/quitar")
        assert (await browser.post(f"/panel/turnos/{first}/quitar")).status_code == 404
    assert len(office.log("shift.added")) == 4
    assert office.log("shift.removed") == [("shift.removed", first)]


async def test_a_coordinator_keeps_the_shifts_of_one_country(office: Office) -> None:
    far = office.staff("facilitator", "GT", "far@example.org")
    office.staff("coordinator", "SV")
    office.staff("coordinator", None, "all@example.org")
    async with office.at_work("all@example.org") as browser:
        await send(browser, "turnos", "", quien=str(far), **SHIFT)
    shift = office.house.bot.rows(select(shifts.c.id))[0][0]
    async with office.at_work("coordinator@example.org") as browser:
        for who in (str(far), "GT", "todos", "999", "x"):
            await browser.get("/panel/turnos")
            assert (await browser.post("/panel/turnos", follow=True, quien=who, **SHIFT)).status_code == 403
        await browser.get("/panel/turnos")
        assert "Far" not in browser.words
        assert (await browser.post(f"/panel/turnos/{shift}/quitar")).status_code == 404


async def test_who_is_away_is_covered_for(office: Office) -> None:
    ana = office.staff("facilitator", "SV", "ana@example.org")
    beto = office.staff("facilitator", "SV", "beto@example.org")
    office.staff("coordinator")
    away = {
        "ausente": str(ana),
        "cubre": str(beto),
        "falta_desde": "2026-11-23T00:00",
        "falta_hasta": "2026-11-25T00:00",
    }
    async with office.at_work("coordinator@example.org") as browser:
        await send(browser, "turnos", "", quien=str(ana), **SHIFT)
        assert "el final va antes" in await send(
            browser, "turnos", "/ausencias", **away | {"falta_hasta": "2026-11-22T00:00"}
        )
        said = await send(browser, "turnos", "/ausencias", **away)
        assert "De turno ahora: Beto" in said
        async with office.at_work("ana@example.org") as hers:
            await hers.get("/panel/casos")
            assert "Usted figura como ausente" in hers.words
        cover = office.house.bot.rows(select(covers.c.id))[0][0]
        assert "De turno ahora: Ana" in await send(browser, "turnos", f"/ausencias/{cover}/quitar")


async def test_holidays_are_added_confirmed_and_removed(office: Office) -> None:
    office.staff("coordinator", "SV")
    here = holidays.c.name == "Fiesta del centro"
    async with office.at_work("coordinator@example.org") as browser:
        day = {"pais": "SV", "dia": "2026-12-18", "nombre": "Fiesta del centro"}
        assert "Fiesta del centro" in await send(browser, "turnos", "/feriados", **day)
        assert "Ese feriado ya está" in await send(browser, "turnos", "/feriados", **day)
        assert (await browser.post("/panel/turnos/feriados", follow=True, **day | {"pais": "GT"})).status_code == 403
        row = office.house.bot.rows(select(holidays.c.id, holidays.c.day).where(here))[0]
        roster = office.team.write(lambda c: Roster.load(c, office.team.desk, office.house.bot.now))
        assert ("SV", row.day) in roster.holidays or (row.day - office.house.bot.now.date()).days > 20
        await send(browser, "turnos", f"/feriados/{row.id}/confirmar")
        assert "Fiesta del centro" not in await send(browser, "turnos", f"/feriados/{row.id}/quitar")


async def test_a_ready_answer_is_used_once_another_person_approved_it(office: Office) -> None:
    office.staff("coordinator", None, "ana@example.org")
    office.staff("psychosocial", None, "beto@example.org")

    def ready() -> list[str]:
        return [row["title"] for row in office.team.write(lambda c: reading.canned(c, "es"))]

    text = {"titulo": "Saludo", "idioma": "es", "texto": "Buenos días.\nSoy del equipo."}
    async with office.at_work("ana@example.org") as ana, office.at_work("beto@example.org") as beto:
        assert "Otra persona tiene que aprobarla" in await send(ana, "respuestas", "", **text)
        assert "Ya hay una con ese título" in await send(ana, "respuestas", "", **text)
        assert "Escriba un título" in await send(ana, "respuestas", "", **text | {"titulo": ""})
        one = office.house.bot.rows(select(canned_answers.c.id))[0][0]
        await ana.get("/panel/respuestas")
        assert ">Aprobar<" not in ana.last.text
        assert (await ana.post(f"/panel/respuestas/{one}/aprobar", leido=text["texto"])).status_code == 403
        await beto.get("/panel/respuestas")
        assert (await beto.post(f"/panel/respuestas/{one}/aprobar", leido="Otra cosa")).status_code == 409
        assert ready() == []
        assert "La aprobó Beto" in await send(beto, "respuestas", f"/{one}/aprobar", leido=text["texto"])
        assert ready() == ["Saludo"]
        await send(beto, "respuestas", f"/{one}", **text | {"texto": "Buenas."})
        assert ready() == []
        assert "La aprobó Ana" in await send(ana, "respuestas", f"/{one}/aprobar", leido="Buenas.")
        await send(ana, "respuestas", f"/{one}/quitar")
        assert office.house.bot.rows(select(canned_answers.c.id)) == []
    assert [action for action, _ in office.log()][-1] == "canned.removed"
