"""«Contenido»: which help lines were called, and who of outside reviewed trades, words and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, or_, select
from starlette.responses import Response

from bot import lines, reviews
from bot.panel.roles import COUNTRIES, within
from bot.panel.room import Nav, Room, Slot, get, post
from bot.panel.sessions import Staff
from bot.panel.visit import Conflict, Missing, Refused, Visit
from bot.reviews import Item, Review
from db.tables import crisis_lines, users

SOON: Final = timedelta(days=14)  # before the end of a signature, when somebody should call again
OUTCOMES: Final = ("answered", "no_answer", "changed")
CRISIS: Final = "crisis_words"
OLDEST: Final = timedelta(days=5 * 366)
LONG: Final = 120  # characters
CALLS: Final = 6  # of each line, on the page


# --- help lines ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line as staff see it. `until`: shown to people up to then. `state`: vencida, pronto, sin_llamar, vigente."""

    row: Any
    state: str
    until: datetime | None
    calls: Sequence[RowMapping]


async def help_lines(visit: Visit) -> Response:
    """All lines of a country: what must be called soon comes first."""
    country = visit.query("pais") if visit.query("pais") in COUNTRIES else visit.staff.country or COUNTRIES[0]

    def read(connection: Connection) -> tuple[list[Line], Sequence[RowMapping]]:
        return _lines(connection, country, visit.now), _team(connection, visit.staff.country)

    shown, team = await visit.read(read)
    return visit.page(
        "contenido/lineas.html",
        lines=shown,
        team=[(str(row["id"]), row["name"] or row["email"]) for row in team],
        country=country,
        countries=COUNTRIES,
        may_sign=_may_sign_lines(visit, country),
        hours_length=lines.HOURS_LENGTH,
    )


def _may_sign_lines(visit: Visit, country: str) -> bool:
    return visit.may("content.sign") and visit.staff.country in (None, country)


def _lines(connection: Connection, country: str, now: datetime) -> list[Line]:
    calls: dict[int, list[RowMapping]] = {}
    for call in lines.calls(connection):
        calls.setdefault(call["line_id"], []).append(call)
    shown = [
        _line(row, calls.get(row.id, [])[:CALLS], now)
        for row in connection.execute(select(crisis_lines).where(crisis_lines.c.country == country))
    ]
    order = ("vencida", "pronto", "sin_llamar", "vigente")
    return sorted(shown, key=lambda line: (order.index(line.state), line.until or now, line.row.position))


def _line(row: Any, calls: Sequence[RowMapping], now: datetime) -> Line:
    if row.signed_at is None:
        return Line(row, "sin_llamar", None, calls)
    until = row.signed_at + lines.SIGNED_FOR
    state = "vencida" if until <= now else "pronto" if until <= now + SOON else "vigente"
    return Line(row, state, until, calls)


def _team(connection: Connection, country: str | None) -> Sequence[RowMapping]:
    query = select(users.c.id, users.c.name, users.c.email).where(users.c.active).order_by(users.c.email)
    return connection.execute(query.where(within(users.c.country, country, unknown=True))).mappings().all()


async def call(visit: Visit) -> Response:
    """Somebody called a line: what came of it."""
    outcome, caller, hours = visit.field("resultado"), visit.field("llamo"), visit.field("horas", lines.HOURS_LENGTH)

    def store(connection: Connection) -> str:
        row = connection.execute(select(crisis_lines).where(crisis_lines.c.id == visit.path_id())).first()
        if row is None:
            raise Missing
        if not _may_sign_lines(visit, row.country):
            raise Refused
        user_id = {str(each["id"]): each["id"] for each in _team(connection, visit.staff.country)}.get(caller)
        if user_id is None or outcome not in OUTCOMES:
            raise Conflict
        if outcome == "answered":
            lines.sign(connection, row.country, row.number, user_id, visit.now, hours=hours)
        else:
            changed = outcome == "changed"
            lines.withdraw(connection, row.country, row.number, visit.now, user_id=user_id, changed=changed)
        action = "line.answered" if outcome == "answered" else "line.failed"
        visit.audit(connection, action, "crisis_lines", row.id, {"called_by": user_id, "outcome": outcome})
        return str(row.country)

    country = await visit.write(store)
    return visit.go(f"/contenido?pais={country}", "contenido.linea_guardada")


def count_lines(connection: Connection, staff: Staff, now: datetime) -> int:
    """Lines that nobody has called, or whose call will soon be too old."""
    old = or_(crisis_lines.c.signed_at.is_(None), crisis_lines.c.signed_at <= now + SOON - lines.SIGNED_FOR)
    query = select(func.count()).where(old, within(crisis_lines.c.country, staff.country))
    return connection.scalar(query) or 0


# --- what somebody of outside reviewed ---------------------------------------------------------------------------


async def all_reviews(visit: Visit) -> Response:
    """Everything there is to review, by kind, with who did."""
    return await _reviews(visit, "", {}, {})


async def _reviews(visit: Visit, kind: str, values: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    there = reviews.items(visit.services.deps.copy)
    known = await visit.read(reviews.history)
    groups = {name: [item for item in there if item.kind == name] for name in reviews.KINDS}
    current = {
        (item.kind, item.key): any(reviews.counts(item, row) for row in known.get((item.kind, item.key), ()))
        for item in there
    }
    return visit.page(
        "contenido/revisiones.html",
        422 if errors else 200,
        groups=groups,
        known=known,
        current=current,
        counts=reviews.counts,
        may_sign={name: _may_sign(visit, name) for name in reviews.KINDS},
        wrong=kind,
        values=values,
        errors=errors,
        today=visit.now.astimezone(visit.services.zone).date().isoformat(),
    )


def _may_sign(visit: Visit, kind: str) -> bool:
    return visit.may("content.sign.crisis" if kind == CRISIS else "content.sign")


async def add(visit: Visit) -> Response:
    """Somebody of outside found these right, as they are now."""
    kind = visit.field("clase")
    if not _may_sign(visit, kind):
        raise Refused
    typed = {name: visit.field(name, LONG) for name in ("nombre", "profesion", "institucion", "fecha")}
    there = {item.key: item for item in reviews.items(visit.services.deps.copy) if item.kind == kind}
    chosen = [there[key] for key in visit.fields("que") if key in there] or list(there.values())[: len(there) == 1]
    errors = _wrong(visit, typed, chosen)
    if errors:
        return await _reviews(visit, kind, typed, errors)
    if any(visit.field(f"version_{item.key}") != item.version for item in chosen):
        raise Conflict  # the content changed while the page was open: it was another one that was read
    on = date.fromisoformat(typed["fecha"])
    review = Review(typed["nombre"], typed["profesion"], typed["institucion"], on)

    def store(connection: Connection) -> None:
        for item in chosen:
            review_id = reviews.add(connection, item, review, visit.staff.id, visit.now)
            visit.audit(connection, "review.added", "reviews", review_id, {"kind": kind, "key": item.key})

    await visit.write(store)
    return visit.go(f"/contenido/revisiones#{kind}", "contenido.revision_guardada")


def _wrong(visit: Visit, typed: Mapping[str, str], chosen: Sequence[Item]) -> dict[str, str]:
    """What is missing, by field: keys of texts."""
    wrong = {name: "contenido.falta" for name in ("nombre", "institucion") if not typed[name]}
    if not chosen:
        wrong["que"] = "contenido.elija"
    try:
        ago = visit.now.astimezone(visit.services.zone).date() - date.fromisoformat(typed["fecha"])
    except ValueError:
        return wrong | {"fecha": "contenido.fecha_mala"}
    return wrong if timedelta() <= ago <= OLDEST else wrong | {"fecha": "contenido.fecha_mala"}


async def withdraw(visit: Visit) -> Response:
    """A review was written down by mistake: it stays in the history and counts no more."""

    def store(connection: Connection) -> str:
        row = reviews.withdraw(connection, visit.path_id(), visit.now)
        if row is None:
            raise Missing
        if not _may_sign(visit, row["kind"]):
            raise Refused
        visit.audit(connection, "review.withdrawn", "reviews", row["id"], {"kind": row["kind"], "key": row["key"]})
        return str(row["kind"])

    kind = await visit.write(store)
    return visit.go(f"/contenido/revisiones#{kind}", "contenido.revision_retirada")


ROOM: Final = Room(
    "contenido",
    (
        get("/contenido", "content.read", help_lines),
        post("/contenido/lineas/{id:int}", "content.sign", call),
        get("/contenido/revisiones", "content.read", all_reviews),
        post("/contenido/revisiones", "content.sign.crisis", add),
        post("/contenido/revisiones/{id:int}/retirar", "content.sign.crisis", withdraw),
    ),
    nav=(Nav("/contenido", "contenido.titulo", "content.read", 30, "textos"),),
    slots=(Slot("/contenido", "contenido.hoy_lineas", "content.sign", count_lines),),
)
