"""«Cuentas»: who may enter the panel, as what, for which country."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select
from starlette.responses import Response

from bot.panel import accounts, passwords, sessions
from bot.panel.accounts import Access, AccountError
from bot.panel.paging import Pager
from bot.panel.roles import COUNTRIES, LANGUAGES, ROLES, within
from bot.panel.room import Nav, Room, Slot, get, post
from bot.panel.sessions import Staff
from bot.panel.visit import Conflict, Missing, Refused, Visit
from db.tables import users

CHOICES: Final[Mapping[str, Any]] = {"roles": ROLES, "countries": COUNTRIES, "languages": LANGUAGES}
SHOWN: Final = ("activas", "cerradas", "todas")


async def listing(visit: Visit) -> Response:
    """Everybody within one's country, by e-mail."""
    shown = visit.query("ver") if visit.query("ver") in SHOWN else "activas"
    after = visit.number("desde")
    pager = Pager("/panel/usuarios", {"ver": shown}, "desde")
    rows = await visit.read(lambda c: c.execute(page_of(visit.staff, shown, after, pager.size)).mappings().all())
    people = pager.cut(rows, lambda row: row["id"], after is not None)
    return visit.page("usuarios/lista.html", people=people, shown=shown, shown_choices=SHOWN)


def page_of(staff: Staff, shown: str, after: int | None, size: int) -> Select[tuple[object, ...]]:
    """A page of accounts, after that one: named by its number, for an e-mail is no part of an address."""
    query = select(users).where(within(users.c.country, staff.country))
    if after is not None:
        last = users.alias("last")
        query = query.where(users.c.email > select(last.c.email).where(last.c.id == after).scalar_subquery())
    if shown != "todas":
        query = query.where(users.c.active == (shown == "activas"))
    return query.order_by(users.c.email).limit(size + 1)


async def new(visit: Visit) -> Response:
    return form(visit, {"correo": "", "nombre": "", "rol": "", "pais": visit.staff.country or "", "idiomas": ["es"]})


def form(visit: Visit, values: Mapping[str, object], errors: dict[str, str] | None = None) -> Response:
    status = 422 if errors else 200
    return visit.page("usuarios/nueva.html", status, values=values, errors=errors or {}, **CHOICES)


async def add(visit: Visit) -> Response:
    """A new account; its temporary password is shown this once."""
    values = {
        "correo": visit.field("correo", 300),
        "nombre": visit.field("nombre", 120),
        "rol": visit.field("rol"),
        "pais": visit.field("pais"),
        "idiomas": visit.fields("idiomas"),
    }
    access = access_in(visit)
    if access is None:
        return form(visit, values, {"rol": "usuarios.elija"})
    email, password = visit.field("correo", 300), passwords.temporary()
    kept = await visit.services.passwords.made(password)

    def store(connection: Connection) -> None:
        user_id = accounts.add(connection, email, visit.field("nombre", 120), access, kept, visit.now)
        visit.audit(connection, "user.added", "users", user_id, {"role": access.role, "country": access.country})

    try:
        await visit.write(store)
    except AccountError as error:
        return form(visit, values, {"correo": error.key})
    return visit.page("usuarios/clave.html", password=password, email=email, days=temporary_days())


def access_in(visit: Visit) -> Access | None:
    """The access that the form gives; None where it names none. Raises `Refused` beyond one's own country."""
    try:
        access = Access(visit.field("rol"), visit.field("pais") or None, tuple(visit.fields("idiomas")) or ("es",))
    except ValueError:
        return None
    if visit.staff.country is not None and access.country != visit.staff.country:
        raise Refused
    return access


async def one(visit: Visit) -> Response:
    """One account."""
    user = await visit.read(lambda c: seen(c, visit))
    return visit.page("usuarios/una.html", user=user, state=state_of(user), **CHOICES)


def seen(connection: Connection, visit: Visit) -> RowMapping:
    """The account in the address. Raises `Missing`, also where it is of another country."""
    user = accounts.by_id(connection, visit.path_id())
    if user is None or visit.staff.country not in (None, user["country"]):
        raise Missing
    return user


def state_of(user: RowMapping) -> str:
    """A short mark of what the page shows, to notice that somebody else has changed it since."""
    parts = (user["name"], user["role"], user["country"], user["languages"], user["active"])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def changing(connection: Connection, visit: Visit) -> RowMapping:
    """The account, if it is as the page showed it. Raises `Conflict`; `Refused` for one's own."""
    user = seen(connection, visit)
    if user["id"] == visit.staff.id:
        raise Refused
    if state_of(user) != visit.field("estado"):
        raise Conflict
    return user


async def save(visit: Visit) -> Response:
    """Another name, role, country, languages. Who has another access logs in anew."""
    access = access_in(visit)
    if access is None:
        raise Conflict

    def store(connection: Connection) -> None:
        user = changing(connection, visit)
        accounts.change(connection, user["id"], visit.field("nombre", 120), access)
        before = {"role": user["role"], "country": user["country"]}
        after = {"role": access.role, "country": access.country}
        visit.audit(connection, "user.changed", "users", user["id"], {"before": before, "after": after})

    return await done(visit, store, "usuarios.guardado")


async def done(visit: Visit, work: Callable[[Connection], None], flash: str) -> Response:
    """Run a change of the account in the address, and show the account again."""
    try:
        await visit.write(work)
    except AccountError as error:
        return visit.go(f"/usuarios/{visit.path_id()}", error.key)
    return visit.go(f"/usuarios/{visit.path_id()}", flash)


async def close(visit: Visit) -> Response:
    """No access from now on; their cases are handed over."""

    def store(connection: Connection) -> None:
        user = changing(connection, visit)
        accounts.deactivate(connection, user["id"], visit.services.on_user_left, visit.now)
        visit.audit(connection, "user.deactivated", "users", user["id"])

    return await done(visit, store, "usuarios.cerrada")


async def reopen(visit: Visit) -> Response:
    """Access again."""

    def store(connection: Connection) -> None:
        user = changing(connection, visit)
        accounts.activate(connection, user["id"])
        visit.audit(connection, "user.activated", "users", user["id"])

    return await done(visit, store, "usuarios.abierta")


async def drop_second_step(visit: Visit) -> Response:
    """For who lost the phone and the recovery codes."""

    def store(connection: Connection) -> None:
        user = changing(connection, visit)
        accounts.drop_second_step(connection, user["id"])
        sessions.end_all(connection, user["id"])
        visit.audit(connection, "second_step.off", "users", user["id"])

    return await done(visit, store, "usuarios.segundo_quitado")


async def reset(visit: Visit) -> Response:
    """A new temporary password, shown this once."""
    password = passwords.temporary()
    kept = await visit.services.passwords.made(password)

    def store(connection: Connection) -> str:
        user = changing(connection, visit)
        accounts.set_temporary(connection, user["id"], kept, visit.now)
        visit.audit(connection, "password.reset", "users", user["id"])
        email: str = user["email"]
        return email

    email = await visit.write(store)
    return visit.page("usuarios/clave.html", password=password, email=email, days=temporary_days())


def temporary_days() -> int:
    return accounts.TEMPORARY_FOR.days


def without_second_step(connection: Connection, staff: Staff, _: datetime) -> int:
    """How many who may enter have only a password."""
    query = select(func.count()).where(users.c.active, users.c.totp_since.is_(None))
    return connection.scalar(query.where(within(users.c.country, staff.country))) or 0


ROOM: Final = Room(
    "usuarios",
    (
        get("/usuarios", "users.read", listing),
        get("/usuarios/nueva", "users.write", new),
        post("/usuarios/nueva", "users.write", add),
        get("/usuarios/{id:int}", "users.read", one),
        post("/usuarios/{id:int}", "users.write", save),
        post("/usuarios/{id:int}/clave", "users.write", reset),
        post("/usuarios/{id:int}/segundo-paso", "users.write", drop_second_step),
        post("/usuarios/{id:int}/cerrar", "users.write", close),
        post("/usuarios/{id:int}/abrir", "users.write", reopen),
    ),
    nav=(Nav("/usuarios", "usuarios.titulo", "users.read", 42, "equipo"),),
    slots=(Slot("/usuarios", "usuarios.hoy_sin_segundo", "users.write", without_second_step),),
)
