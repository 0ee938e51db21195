"""«Mi cuenta»: one's own password, second step and sessions."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from bot.panel import accounts, second_step, sessions
from bot.panel.passwords import weakness
from bot.panel.proof import prove
from bot.panel.room import Nav, Room, get, post
from bot.panel.rooms.entrance import carrying
from bot.panel.sessions import Reached
from bot.panel.visit import Visit
from db.tables import panel_sessions


async def mine(visit: Visit) -> Response:
    """Who I am here, and what I can change."""
    own = select(func.count()).select_from(panel_sessions).where(panel_sessions.c.user_id == visit.staff.id)
    return visit.page("cuenta/cuenta.html", sessions=await visit.read(lambda c: c.scalar(own)))


async def password_page(visit: Visit) -> Response:
    return visit.page("cuenta/clave.html", errors={})


async def change_password(visit: Visit) -> Response:
    """A new password; every other session ends."""
    new, staff = visit.secret("nueva"), visit.staff
    errors = {"nueva": weak} if (weak := weakness(new, staff.email)) else {}
    if not errors:
        errors = await own_password(visit)
    if not errors and new == visit.secret("actual"):
        errors = {"nueva": "cuenta.clave_igual"}
    if errors:
        return visit.page("cuenta/clave.html", 422, errors=errors)
    fresh = await visit.services.passwords.made(new)

    def change(connection: Connection) -> str:
        accounts.set_password(connection, staff.id, fresh, visit.now)
        visit.audit(connection, "password.changed", "users", staff.id)
        return sessions.begin(connection, visit.services.secret, staff.id, sessions.FULL, visit.now)

    return carrying(visit, "/", await visit.write(change), "cuenta.clave_guardada")


async def own_password(visit: Visit) -> dict[str, str]:
    """What is wrong with the current password that was typed: nothing, or the key of a text."""
    proof = await prove(visit, visit.staff.email, visit.secret("actual"))
    if proof.wait:
        return {"actual": "cuenta.espere"}
    return {} if proof.user is not None else {"actual": "cuenta.clave_mala"}


async def second_step_page(visit: Visit) -> Response:
    return await second_step_view(visit, {})


async def second_step_view(visit: Visit, errors: dict[str, str]) -> Response:
    """On, off, or half-way: a secret whose first code is still to come."""
    cipher, staff = visit.services.deps.cipher, visit.staff
    pending = None
    if not staff.second_step:
        pending = await visit.read(lambda c: second_step.secret_of(c, cipher, staff.id))
    picture = second_step.picture(pending, staff.email) if pending else ""
    status = 422 if errors else 200
    return visit.page("cuenta/segundo_paso.html", status, errors=errors, secret=pending, picture=picture)


async def start_second_step(visit: Visit) -> Response:
    """A secret for the app, after the password."""
    if visit.staff.second_step:
        return visit.go("/cuenta/segundo-paso")
    if errors := await own_password(visit):
        return await second_step_view(visit, errors)
    await visit.write(lambda c: second_step.start(c, visit.services.deps.cipher, visit.staff.id))
    return visit.go("/cuenta/segundo-paso")


async def confirm_second_step(visit: Visit) -> Response:
    """The first code of the app: the second step is on, and the recovery codes are shown."""
    if visit.staff.second_step:
        return visit.go("/cuenta/segundo-paso")
    deps, user_id = visit.services.deps, visit.staff.id

    def confirm(connection: Connection) -> list[str]:
        if not second_step.confirm(connection, deps.cipher, user_id, visit.field("codigo", 20), visit.now):
            return []
        visit.audit(connection, "second_step.on", "users", user_id)
        return second_step.make_recovery(connection, deps.hasher, user_id, visit.now)

    if codes := await visit.write(confirm):
        return visit.page("cuenta/recuperacion.html", codes=codes)
    return await second_step_view(visit, {"codigo": "entrada.codigo_malo"})


async def stop_second_step(visit: Visit) -> Response:
    """Off, after the password."""
    if errors := await own_password(visit):
        return await second_step_view(visit, errors)

    def stop(connection: Connection) -> None:
        accounts.drop_second_step(connection, visit.staff.id)
        visit.audit(connection, "second_step.off", "users", visit.staff.id)

    await visit.write(stop)
    return visit.go("/cuenta", "cuenta.segundo_quitado")


ROOM: Final = Room(
    "cuenta",
    (
        get("/cuenta", "account", mine),
        get("/cuenta/clave", "account", password_page, since=Reached.INSIDE),
        post("/cuenta/clave", "account", change_password, since=Reached.INSIDE),
        get("/cuenta/segundo-paso", "account", second_step_page),
        post("/cuenta/segundo-paso", "account", confirm_second_step),
        post("/cuenta/segundo-paso/empezar", "account", start_second_step),
        post("/cuenta/segundo-paso/quitar", "account", stop_second_step),
    ),
    nav=(Nav("/cuenta", "cuenta.titulo", "account", 90),),
)
