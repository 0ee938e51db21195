"""Login, second step, logout."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, update
from starlette.responses import Response

from bot.panel import accounts, attempts, cookies, second_step, sessions
from bot.panel.attempts import Counted
from bot.panel.audit import audit
from bot.panel.proof import prove
from bot.panel.roles import ANYBODY
from bot.panel.room import Room, get, post
from bot.panel.sessions import Reached
from bot.panel.visit import Visit
from db.tables import users

_OURS: Final = re.compile(r"/panel((?:/[A-Za-z0-9_-]+)*/?)")


async def entrance(visit: Visit) -> Response:
    """The login; who is in already goes on."""
    if visit.guest is not None and visit.guest.reached is Reached.READY:
        return visit.go("/")
    return visit.page("entrada/entrar.html", email="", error="", wanted=wanted(visit))


async def enter(visit: Visit) -> Response:
    """Judge e-mail and password; begin a session."""
    email = visit.field("correo", 300).casefold()
    proof = await prove(visit, email, visit.secret("clave"))
    if proof.wait:
        return refused(visit, email, visit.render.texts("entrada.espere", minutos=proof.wait), 429)
    if proof.user is None:
        return refused(visit, email, visit.render.texts("entrada.no_coincide"), 401)
    if temporary_is_over(visit, proof.user):
        return refused(visit, email, visit.render.texts("entrada.temporal_vencida"), 401)
    await renew_hash(visit, proof.user)
    user = proof.user
    stage = sessions.CODE if user["totp_since"] is not None else sessions.FULL
    token = await visit.write(lambda c: begin(c, visit, user["id"], stage))
    target = wanted(visit)
    if stage == sessions.CODE:
        target = f"/codigo?sig=/panel{target}" if target != "/" else "/codigo"
    return carrying(visit, target, token)


def refused(visit: Visit, email: str, error: str, status: int) -> Response:
    return visit.page("entrada/entrar.html", status, email=email, error=error, wanted=wanted(visit))


def wanted(visit: Visit) -> str:
    """The page that somebody came for, below `/panel`; the first one if it is none of ours."""
    asked = visit.query("sig", 300) if visit.request.method == "GET" else visit.field("sig", 300)
    found = _OURS.fullmatch(asked)
    return (found[1] if found else "") or "/"


def temporary_is_over(visit: Visit, user: RowMapping) -> bool:
    """Whether a password that was meant to be changed has waited too long."""
    changed = user["password_changed_at"]
    return bool(user["must_change"]) and changed is not None and visit.now >= changed + accounts.TEMPORARY_FOR


async def renew_hash(visit: Visit, user: RowMapping) -> None:
    """Keep the password at today's cost, now that it is known."""
    passwords = visit.services.passwords
    if passwords.is_stale(user["password_hash"]):
        fresh = await passwords.made(visit.secret("clave"))
        change = update(users).where(users.c.id == user["id"], users.c.password_hash == user["password_hash"])
        await visit.write(lambda c: c.execute(change.values(password_hash=fresh)).rowcount)


def begin(connection: Connection, visit: Visit, user_id: int, stage: str) -> str:
    """A session in place of the one before; returns its token."""
    if visit.guest is not None:
        sessions.end(connection, visit.guest.session_id)
    if stage == sessions.FULL:
        connection.execute(update(users).where(users.c.id == user_id).values(last_login_at=visit.now))
        audit(connection, user_id, "login", "users", user_id, now=visit.now)
    return sessions.begin(connection, visit.services.secret, user_id, stage, visit.now)


def carrying(visit: Visit, target: str, token: str, *flashes: str) -> Response:
    """On, with the cookie of a new session."""
    response = visit.go(target, *flashes)
    visit.cookies.write(response, cookies.SESSION, token)
    visit.cookies.drop(response, cookies.BEFORE)
    return response


async def code_page(visit: Visit) -> Response:
    """Asks for the code of the second step."""
    if visit.staff.reached is not Reached.KNOWN:
        return visit.go("/")
    return visit.page("entrada/codigo.html", error="", wanted=wanted(visit))


async def enter_code(visit: Visit) -> Response:
    """Judge the code of the app, or a recovery code."""
    if visit.staff.reached is not Reached.KNOWN:
        return visit.go("/")
    wait, token = await visit.write(lambda c: judge(c, visit, visit.field("codigo", 40)))
    if token:
        return carrying(visit, wanted(visit), token)
    texts = visit.render.texts
    error = texts("entrada.espere", minutos=wait) if wait else texts("entrada.codigo_malo")
    return visit.page("entrada/codigo.html", 429 if wait else 401, error=error, wanted=wanted(visit))


def judge(connection: Connection, visit: Visit, code: str) -> tuple[int, str]:
    """Minutes to wait, and the token of the session that has begun; "" where the code was wrong."""
    deps, user_id = visit.services.deps, visit.staff.id
    counted = Counted.code(deps.hasher, user_id)
    if wait := attempts.take(connection, [counted], visit.now):
        return wait, ""
    by_app = second_step.accept(connection, deps.cipher, user_id, code, visit.now)
    if not by_app and not second_step.use_recovery(connection, deps.hasher, user_id, code, visit.now):
        return 0, ""
    attempts.forgive(connection, counted)
    if not by_app:
        audit(connection, user_id, "recovery_code.used", "users", user_id, now=visit.now)
    return 0, begin(connection, visit, user_id, sessions.FULL)


async def leave(visit: Visit) -> Response:
    """Log out here."""
    return await gone(visit, lambda c: sessions.end(c, visit.staff.session_id))


async def leave_everywhere(visit: Visit) -> Response:
    """Log out on every device."""
    return await gone(visit, lambda c: sessions.end_all(c, visit.staff.id))


async def gone(visit: Visit, work: Any) -> Response:
    def end(connection: Connection) -> None:
        work(connection)
        visit.audit(connection, "logout", "users", visit.staff.id)

    await visit.write(end)
    response = visit.go("/entrar", "entrada.salio")
    visit.cookies.drop(response, cookies.SESSION)
    return response


ROOM: Final = Room(
    "entrada",
    (
        get("/entrar", ANYBODY, entrance),
        post("/entrar", ANYBODY, enter),
        get("/codigo", "account", code_page, since=Reached.KNOWN),
        post("/codigo", "account", enter_code, since=Reached.KNOWN),
        post("/salir", "account", leave, since=Reached.KNOWN),
        post("/salir/todas", "account", leave_everywhere),
    ),
)
