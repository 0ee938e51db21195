"""What staff write in «Personas»: somebody without a telephone, corrected facts, an erasure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, select
from starlette.responses import Response

from bot.cases.alerts import COUNTRIES as OURS
from bot.panel.roles import COUNTRIES, LANGUAGES, within
from bot.panel.room import get, post
from bot.panel.rooms.people_found import found, unchanged
from bot.panel.visit import Visit
from bot.people import names, places, writing
from bot.people.errors import PersonError
from bot.people.record import Record, state_of
from bot.people.writing import WalkIn
from db.tables import users
from flows.edad import BANDS
from flows.store import UNDER_18
from nlu.geography import Place

AGES: Final = (UNDER_18, *(band for band, _ in BANDS))
OLDEST_PAPER: Final = timedelta(days=366)
PLACE: Final = 80  # characters


def trades(visit: Visit, country: str | None) -> list[tuple[str, str]]:
    """Slug and name of each trade, as it is called in that country."""
    known = visit.services.deps.world.trades.values()
    return [(trade.slug, (trade.names.get(country or "") or next(iter(trade.names.values())))[0]) for trade in known]


def choices(visit: Visit, person: Record) -> dict[str, Any]:
    """What the form of a person's facts offers and holds."""
    facts = person.facts
    place = visit.services.deps.world.gazetteer.by_id(facts["place"] or "")
    return {
        "values": {
            "nombre": person.name,
            "lugar_texto": places.label(place) if place else "",
            "oficio": facts["trade"] or "",
            "idioma": facts["language"],
            "edad": facts["age_band"] or "",
        },
        "errors": {},
        "places": [],
        "trades": trades(visit, facts["country"]),
        "languages": LANGUAGES,
        "ages": AGES,
    }


# --- a place, which may mean several -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Somewhere:
    """What a form says of a place: `place`, or `between` several, or an `error` (a text's key)."""

    place: Place | None = None
    between: Sequence[Place] = ()
    error: str = ""


def somewhere(visit: Visit, country: str | None) -> Somewhere:
    """The place of the form: the one that was picked, else what its words mean. Nothing typed is no place."""
    gazetteer = visit.services.deps.world.gazetteer
    picked, text = gazetteer.by_id(visit.field("lugar", 200)), visit.field("lugar_texto", PLACE)
    within_country = picked is not None and country in (None, picked.country)
    if not text or (picked is not None and within_country):
        return Somewhere(picked if within_country else None)
    meant = [place for each in ([country] if country else COUNTRIES) for place in places.meant(gazetteer, text, each)]
    if len(meant) == 1:
        return Somewhere(meant[0])
    return Somewhere(between=meant, error="personas.cual_lugar" if meant else "personas.no_lugar")


def labelled(some: Sequence[Place]) -> list[tuple[str, str]]:
    return [(place.id, places.label(place)) for place in some]


# --- correcting --------------------------------------------------------------------------------------------------


async def correct(visit: Visit) -> Response:
    """Facts that were wrong. The log has which, never what."""
    row = await visit.read(lambda c: found(c, visit))
    country = row["country"] if row["country"] in OURS else visit.staff.country
    where = somewhere(visit, country)
    changed = _changes(visit, row, where)
    if where.error or changed is None:
        return await _again(visit, where)

    def store(connection: Connection) -> None:
        now_there = unchanged(connection, visit)
        fields = writing.correct(connection, visit.services.deps, now_there["id"], changed, visit.now)
        if fields:
            visit.audit(connection, "person.corrected", "contacts", now_there["id"], {"fields": fields})

    await visit.write(store)
    return visit.go(f"/personas/{row['id']}", "personas.guardado")


def _changes(visit: Visit, row: RowMapping, where: Somewhere) -> dict[str, Any] | None:
    """The fields whose value is another one; None where one cannot be."""
    trade, language, age = visit.field("oficio"), visit.field("idioma"), visit.field("edad")
    known = visit.services.deps.world.trades
    if (trade and trade not in known) or language not in LANGUAGES or (age and age not in AGES):
        return None
    name = visit.field("nombre", names.LENGTH)
    before = {"trade": row["trade"] or "", "language": row["language"], "age_band": row["age_band"] or ""}
    after = {"trade": trade, "language": language, "age_band": age}
    changed: dict[str, Any] = {field: value for field, value in after.items() if value != before[field]}
    if name != names.opened(visit.services.deps.cipher, row["name_enc"]):
        changed["name"] = name
    if where.place is not None and where.place.id != row["place"]:
        changed["place"] = where.place
    return changed


async def _again(visit: Visit, where: Somewhere) -> Response:
    """The form as it was typed, with what is wrong beside it."""
    row = await visit.read(lambda c: found(c, visit))
    typed = {name: visit.field(name, names.LENGTH) for name in ("nombre", "lugar_texto", "oficio", "idioma", "edad")}
    return visit.page(
        "personas/corregir.html",
        422,
        row=row,
        state=state_of(row),
        values=typed,
        errors={"lugar_texto": where.error} if where.error else {"oficio": "personas.elija"},
        places=labelled(where.between),
        trades=trades(visit, row["country"]),
        languages=LANGUAGES,
        ages=AGES,
    )


# --- somebody without a telephone --------------------------------------------------------------------------------


async def new(visit: Visit) -> Response:
    """The form for somebody who came to the office."""
    today = visit.now.astimezone(visit.services.zone).date().isoformat()
    values = {"pais": visit.staff.country or "SV", "idioma": "es", "tomado": str(visit.staff.id), "fecha": today}
    return await _form(visit, values, {}, ())


async def _form(
    visit: Visit, values: Mapping[str, str], errors: Mapping[str, str], between: Sequence[Place]
) -> Response:
    team = await visit.read(lambda c: _team(c, visit.staff.country))
    names_of = ("nombre", "pais", "lugar_texto", "oficio", "idioma", "tomado", "fecha")
    return visit.page(
        "personas/nueva.html",
        422 if errors else 200,
        values={name: values.get(name, "") for name in names_of},
        errors=errors,
        places=labelled(between),
        trades=trades(visit, visit.staff.country),
        languages=LANGUAGES,
        countries=[visit.staff.country] if visit.staff.country else COUNTRIES,
        team=team,
        ticket=visit.field("boleto", 40) or secrets.token_urlsafe(12),
    )


def _team(connection: Connection, country: str | None) -> list[tuple[str, str]]:
    query = select(users.c.id, users.c.name, users.c.email).where(users.c.active)
    rows = connection.execute(query.where(within(users.c.country, country, unknown=True)).order_by(users.c.email))
    return [(str(row.id), row.name or row.email) for row in rows]


async def add(visit: Visit) -> Response:
    """A record, and its code on a page to be written on paper."""
    typed = {name: visit.field(name, names.LENGTH) for name in ("nombre", "pais", "lugar_texto", "oficio", "idioma")}
    typed |= {name: visit.field(name) for name in ("tomado", "fecha")}
    country = typed["pais"] if typed["pais"] in COUNTRIES else ""
    where = somewhere(visit, country or None)
    team = await visit.read(lambda c: _team(c, visit.staff.country))
    errors = _wrong(visit, typed, where, {user_id for user_id, _ in team})
    if errors:
        return await _form(visit, typed, errors, where.between)
    person = WalkIn(
        name=typed["nombre"],
        country=country,
        place=where.place,
        trade=typed["oficio"],
        language=typed["idioma"],
        taken_by=int(typed["tomado"]),
        given_on=date.fromisoformat(typed["fecha"]),
    )

    def store(connection: Connection) -> int | None:
        if not writing.first_time(connection, visit.field("boleto", 40), visit.staff.id, visit.now):
            return None
        contact_id = writing.register(connection, visit.services.deps, person, visit.now)
        visit.audit(connection, "person.registered", "contacts", contact_id, {"consent": writing.PAPER})
        return contact_id

    contact_id = await visit.write(store)
    if contact_id is None:
        return visit.go("/personas", "personas.ya_registrada")
    return visit.go(f"/personas/{contact_id}/papel")


def _wrong(visit: Visit, typed: Mapping[str, str], where: Somewhere, team: set[str]) -> dict[str, str]:
    """What cannot be, by field: keys of texts."""
    wrong: dict[str, str] = {}
    if typed["pais"] not in COUNTRIES or visit.staff.country not in (None, typed["pais"]):
        wrong["pais"] = "personas.elija"
    if where.error:
        wrong["lugar_texto"] = where.error
    if typed["oficio"] and typed["oficio"] not in visit.services.deps.world.trades:
        wrong["oficio"] = "personas.elija"
    if typed["idioma"] not in LANGUAGES:
        wrong["idioma"] = "personas.elija"
    if typed["tomado"] not in team:
        wrong["tomado"] = "personas.elija"
    if not _was_lately(visit, typed["fecha"]):
        wrong["fecha"] = "personas.fecha_mala"
    if visit.field("acepta") != "si":
        wrong["acepta"] = "personas.sin_papel"
    return wrong


def _was_lately(visit: Visit, text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return timedelta() <= visit.now.astimezone(visit.services.zone).date() - day <= OLDEST_PAPER


async def paper(visit: Visit) -> Response:
    """The code, to be copied by hand."""
    row = await visit.read(lambda c: found(c, visit))
    return visit.page("personas/papel.html", row=row)


# --- erasing -----------------------------------------------------------------------------------------------------


async def ask_erase(visit: Visit) -> Response:
    """Asked a second time, on a page of its own."""
    row = await visit.read(lambda c: found(c, visit))
    return visit.page("personas/borrar.html", row=row, state=state_of(row), error="")


async def erase(visit: Visit) -> Response:
    """Everything that says who the person is goes, everywhere."""
    row = await visit.read(lambda c: found(c, visit))
    if visit.field("codigo").upper().replace(" ", "").replace("-", "") != row["code"]:
        state = visit.field("estado")
        return visit.page("personas/borrar.html", 422, row=row, state=state, error="personas.otro_codigo")

    def store(connection: Connection) -> None:
        there = unchanged(connection, visit)
        said = writing.erase(
            connection, visit.services.deps, there["id"], visit.now, farewell=visit.field("despedida") == "si"
        )
        visit.audit(connection, "person.erased", "contacts", there["id"], {"farewell": said})

    try:
        await visit.write(store)
    except PersonError as error:
        return visit.go(f"/personas/{row['id']}", error.key)
    visit.services.wake()
    return visit.go("/personas", "personas.borrada")


ACTIONS: Final = (
    get("/personas/nueva", "people.write", new),
    post("/personas/nueva", "people.write", add),
    post("/personas/{id:int}", "people.write", correct),
    get("/personas/{id:int}/papel", "people.write", paper),
    get("/personas/{id:int}/borrar", "people.erase", ask_erase),
    post("/personas/{id:int}/borrar", "people.erase", erase),
)
