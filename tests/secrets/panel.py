"""What staff plant in the panel, and who looks at which page afterwards."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp

from tests.panel.conftest import PASSWORD, Browser
from tests.secrets.running import Scene

TEAM = {
    "facilitator": "ana@example.org",
    "psychosocial": "sol@example.org",
    "coordinator": "eva@example.org",
    "admin": "root@example.org",
    "evaluator": "val@example.org",
    "job_officer": "job@example.org",
}

MANY = 50


def team(scene: Scene) -> None:
    """An account a role, and more than a page shows; the facilitator is in the staff's group, too."""
    marks = scene.marks
    scene.telegram.person(int(marks["staff.telegram"]))
    more = {"facilitator": {"telegram_id": marks["staff.telegram"], "name": marks["staff.name"]}}
    scene.accounts({"role": role, "email": email, "name": role, **more.get(role, {})} for role, email in TEAM.items())
    many = (f"{marks['account.many']}.{number}@example.org" for number in range(MANY))
    scene.accounts({"role": "evaluator", "email": email, "name": "Eva"} for email in many)


async def log_in(browser: Browser, role: str) -> None:
    assert (await browser.log_in(TEAM[role])).status_code == 200


async def entrance(scene: Scene) -> None:
    """Wrong e-mails, passwords, codes and form tokens."""
    marks = scene.marks
    async with scene.browser("entrance") as stranger:
        await stranger.log_in(f"{marks['login.email']}@example.org", marks["login.password"])
        await stranger.log_in(TEAM["evaluator"], marks["login.wrong_password"])
        await stranger.get(f"/panel/entrar?sig=/panel/{marks['login.next']}")
        fields = {"correo": marks["login.stale.email"], "clave": marks["login.stale.password"]}
        stale = await stranger.client.post("/panel/entrar", data={**fields, "csrf": marks["login.csrf"]})
        assert stale.status_code == 403
        long = await stranger.post("/panel/entrar", correo=marks["login.long"] * 40, clave="x")
        assert long.status_code == 400
        upload = {"correo": (f"{marks['upload.name']}.txt", marks["upload.content"].encode() * 9000, "text/plain")}
        assert (
            await stranger.client.post("/panel/entrar", data={"csrf": stranger.token}, files=upload)
        ).status_code < 500
        broken = {"Content-Type": "multipart/form-data; boundary=x"}
        body = f"--x\r\nContent-Disposition: form-data; name={marks['upload.broken']}".encode()
        assert (await stranger.client.post("/panel/entrar", content=body, headers=broken)).status_code < 500


async def second_step(scene: Scene) -> None:
    """A second step: its secret, right and wrong codes, recovery codes, another password."""
    marks = scene.marks
    async with scene.browser("second_step") as browser:
        await log_in(browser, "job_officer")
        await browser.get("/panel/cuenta/segundo-paso")
        await browser.post("/panel/cuenta/segundo-paso/empezar", actual=marks["totp.password"])
        await browser.post("/panel/cuenta/segundo-paso/empezar", actual=PASSWORD)
        secret = re.search(r'class="secret">([A-Z2-7]+)<', browser.last.text)
        assert secret
        await browser.post("/panel/cuenta/segundo-paso", codigo=marks["totp.code"])
        await browser.post("/panel/cuenta/segundo-paso", codigo=pyotp.TOTP(secret[1]).now())
        codes = re.findall(r"<li><code>([^<]+)</code>", browser.last.text)
        assert codes
        scene.marks.found("totp.secret", secret[1])
        scene.marks.found("totp.recovery", codes[0])
        await browser.get("/panel/cuenta/clave")
        await browser.post("/panel/cuenta/clave", actual=marks["password.old"], nueva=marks["password.new"])
        await browser.post("/panel/cuenta/clave", actual=PASSWORD, nueva=marks["password.new"])
        await browser.post("/panel/salir")
        await browser.log_in(TEAM["job_officer"], marks["password.new"])
        await browser.post("/panel/codigo", codigo=marks["totp.wrong_recovery"])
        await browser.post("/panel/codigo", codigo=codes[0])
        assert browser.last.status_code == 200


async def people(scene: Scene) -> None:
    """Somebody without a telephone, a correction, searches."""
    marks = scene.marks
    async with scene.browser("panel:coordinator") as browser:
        await log_in(browser, "coordinator")
        await browser.get("/panel/personas/nueva")
        paper: dict[str, Any] = {
            "nombre": marks["walkin.name"],
            "pais": "SV",
            "lugar_texto": "Guazapa",
            "oficio": "",
            "idioma": "es",
        }
        day: dict[str, Any] = {
            "fecha": str((datetime.now(UTC) - timedelta(days=2)).date()),
            "tomado": _chosen(browser, "tomado"),
            "boleto": browser.hidden("boleto"),
        }
        await browser.post(
            "/panel/personas/nueva", **{**paper, "lugar_texto": marks["walkin.place"]}, **day, acepta="si"
        )
        assert browser.last.status_code == 422
        await browser.post("/panel/personas/nueva", **paper, **day, acepta="si")
        assert browser.last.url.path.endswith("/papel"), browser.words
        person = browser.last.url.path.removesuffix("/papel")
        await browser.get(person)
        facts: dict[str, Any] = {
            "estado": browser.hidden("estado"),
            "idioma": "es",
            "lugar_texto": "Guazapa",
            "oficio": "",
            "edad": "",
        }
        await browser.post(person, nombre=marks["walkin.corrected"], **facts)
        await browser.get(f"{person}/borrar")
        await browser.post(f"{person}/borrar", codigo=marks["erase.code"], estado=browser.hidden("estado"))
        for sought in ("search.phone", "search.name", "search.code"):
            await browser.get("/panel/personas")
            await browser.post("/panel/personas", buscar=marks[sought])
        await browser.get("/panel/personas")
        await browser.post("/panel/personas", buscar=marks["jose"])
        await browser.post(f"{browser.last.url.path}/telefono")


def _chosen(browser: Browser, name: str) -> str:
    """What a select offers first."""
    options = browser.last.text.partition(f'name="{name}"')[2].partition("</select>")[0]
    return str(re.findall(r'value="(\d+)"', options)[0])


async def office(scene: Scene) -> None:
    """Ready answers, shifts, help lines, reviews, accounts."""
    marks = scene.marks
    async with scene.browser("panel:admin") as browser:
        await log_in(browser, "admin")
        await browser.get("/panel/usuarios/nueva")
        account: dict[str, Any] = {"correo": f"{marks['account.email']}@example.org", "nombre": marks["account.name"]}
        for role in ("facilitator", marks["account.role"]):
            await browser.post("/panel/usuarios/nueva", rol=role, pais="SV", idiomas="es", **account)
        await browser.get("/panel/turnos")
        await browser.post("/panel/turnos/feriados", pais="SV", dia="2026-12-24", nombre=marks["holiday.name"])
        await browser.post("/panel/turnos", quien=marks["shift.who"], dias="1", rol="facilitator", zona="x")
        await browser.get("/panel/contenido?pais=SV")
        line = re.search(r"/panel/contenido/lineas/\d+", browser.last.text)
        assert line
        hours: dict[str, Any] = {
            "resultado": "answered",
            "llamo": _chosen(browser, "llamo"),
            "horario": marks["line.hours"],
        }
        await browser.post(line[0], **hours)
        await browser.get("/panel/contenido/revisiones")
        await browser.post("/panel/contenido/revisiones", clase="consent", nombre=marks["review.name"], fecha="x")
        await browser.get(f"/panel/usuarios?desde={marks['list.after']}")
        await browser.get("/panel/usuarios")
        assert "desde=" in browser.last.text
    async with scene.browser("panel:coordinator") as browser:
        await log_in(browser, "coordinator")
        await browser.get("/panel/respuestas")
        ready: dict[str, Any] = {"titulo": marks["canned.title"], "texto": marks["canned.body"], "idioma": "es"}
        await browser.post("/panel/respuestas", **ready)
        await browser.post("/panel/respuestas", **ready)


async def case(scene: Scene) -> None:
    """Jose's case in the facilitator's hands: an answer, a note, a transfer, a closing; and what stands in the way."""
    marks = scene.marks
    async with scene.browser("panel:facilitator") as browser:
        await log_in(browser, "facilitator")
        path = await _case_of(browser, "jose", scene)
        await browser.get(path)
        await browser.post(f"{path}/responder", texto=marks["case.too_early"], ficha="a")
        await browser.get(path)
        await browser.post(f"{path}/tomar")
        await browser.post(f"{path}/responder", texto=marks["case.answer"], ficha="b")
        await browser.post(f"{path}/nota", nota=marks["case.note"], ficha="c")
        assert await scene.whatsapp("jose", marks["jose.claimed"]) == 200
        await browser.get(path)
        await browser.post(f"{path}/posponer", hasta="fecha", dia="2020-01-01", hora=marks["case.hour"][:5])
        await browser.post(f"{path}/pasar", a=f"usuario:{marks['case.pass']}")
        await browser.post(f"{path}/cerrar", resultado=marks["case.outcome"])
        await browser.post(f"{path}/numero")
        await browser.post(f"{path}/pasar", a="idioma:es", motivo=marks["case.reason"])


async def _case_of(browser: Browser, person: str, scene: Scene) -> str:
    """The address of the case of somebody, found as staff find it: by the telephone."""
    await browser.get("/panel/personas")
    await browser.post("/panel/personas", buscar=scene.marks[person])
    found = re.search(r"/panel/casos/\d+", browser.last.text)
    assert found, browser.words
    return found[0]


async def crisis(scene: Scene) -> None:
    """Luz's case, as the psychosocial team sees it."""
    async with scene.browser("panel:psychosocial") as browser:
        await log_in(browser, "psychosocial")
        path = await _case_of(browser, "luz", scene)
        await browser.get(path)
        await browser.post(f"{path}/nota", nota=scene.marks["crisis.note"], ficha="n")
        await browser.post(f"{path}/numero")


async def onlookers(scene: Scene) -> None:
    """Every page that each role may open, and every case and person, whether they may or not."""
    pages = ["", "casos", "casos/cerrados", "casos/lista", "llamadas", "turnos", "respuestas", "contenido"]
    pages += ["contenido/revisiones", "personas", "usuarios", "registro", "cuenta"]
    pages += [f"{room}/{number}" for room in ("casos", "personas") for number in range(1, 7)]
    for role in ("evaluator", "psychosocial", "admin"):
        async with scene.browser(f"panel:{role}") as browser:
            await log_in(browser, role)
            for page in pages:
                await browser.get(f"/panel/{page}")
            await browser.get(f"/panel/casos/buscar?codigo={scene.marks['find.code']}")
