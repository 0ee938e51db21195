"""«Taller»: what an evaluator takes along on a telephone; the page keeps working where there is no signal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final

from sqlalchemy import Connection, insert, select
from starlette.responses import JSONResponse, Response

from bot.assessing import day
from bot.assessing.day import Person
from bot.assessing.marks import Standing
from bot.panel.room import Nav, Room, get, post
from bot.panel.rooms import instrument_api
from bot.panel.visit import Visit
from db.content.trades import Trade
from db.tables import audit_log

WORKER: Final = "taller-sw.js"
LISTED: Final = "evaluation.listed"


async def shell(visit: Visit) -> Response:
    """The page without anybody's data, so that the telephone may keep it: all comes by `datos`."""
    return visit.page("taller/taller.html", words=words(visit))


def words(visit: Visit) -> dict[str, str]:
    """What the page says by itself, for its script."""
    prefix = "taller.palabras."
    every = visit.render.texts.words.items()
    return {key.removeprefix(prefix): word for key, word in every if key.startswith(prefix)}


async def worker(visit: Visit) -> Response:
    """The script that keeps the page within reach. It changes, and so is fetched anew, with the panel's files."""
    own = [name for name in visit.render.files if name.startswith("taller") and name != WORKER]
    kept = [*own, "panel.css", "panel.svg"]
    version = visit.render.version
    listed = ", ".join(f"'/panel/static/{version}/{name}'" for name in kept)
    head = f"const VERSION = '{version}';\nconst FILES = [{listed}];\n"
    body = head.encode() + visit.render.files[WORKER].body
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/panel/taller"}
    return Response(body, media_type="text/javascript", headers=headers)


async def data(visit: Visit) -> Response:
    """Today's people and the criteria of their trades. Who looked at whom is in the log, once a day."""
    deps, user_id = visit.services.deps, visit.staff.id

    def look(connection: Connection) -> tuple[list[Person], list[str], list[Person]]:
        people = day.people(connection, deps.cipher, user_id, visit.now)
        zones = [zone for _, zone in day.zones(connection, user_id)]
        return people, zones, _new(connection, visit, people)

    people, zones, new = await visit.read(look)
    if new:
        await visit.write(lambda c: _note(c, visit, new))
    trades = {slug: deps.world.trades[slug] for slug in sorted({p.trade for p in people} & {*deps.world.trades})}
    return JSONResponse(
        {
            "csrf": visit.csrf,
            "user": {"id": user_id, "name": visit.staff.called},
            "now": visit.now.isoformat(),
            "until": day.ends(people, zones, visit.now).isoformat(),
            "centres": len(zones),
            "people": [person_json(person) for person in people],
            "trades": {slug: trade_json(trade) for slug, trade in trades.items()},
        }
    )


def _new(connection: Connection, visit: Visit, people: Sequence[Person]) -> list[Person]:
    """Those whom this evaluator has not seen listed today."""
    since = datetime.combine(visit.now.astimezone(visit.services.zone).date(), time(), visit.services.zone)
    seen = select(audit_log.c.contact_id).where(
        audit_log.c.contact_id.in_([person.contact_id for person in people]),
        audit_log.c.user_id == visit.staff.id,
        audit_log.c.action == LISTED,
        audit_log.c.created_at >= since,
    )
    known = set(connection.scalars(seen)) if people else set()
    return [person for person in people if person.contact_id not in known]


def _note(connection: Connection, visit: Visit, people: Sequence[Person]) -> int:
    line = {"created_at": visit.now, "user_id": visit.staff.id, "action": LISTED, "entity": "appointments"}
    rows = [{**line, "entity_id": person.appointment_id, "contact_id": person.contact_id} for person in people]
    return connection.execute(insert(audit_log), rows).rowcount


def person_json(person: Person) -> dict[str, Any]:
    """One person as the telephone keeps them. No telephone number."""
    return {
        "id": person.appointment_id,
        "code": person.code,
        "name": person.name,
        "trade": person.trade,
        "country": person.country,
        "state": person.state,
        "starts": person.starts_at.isoformat(),
        "zone": person.zone,
        "centre": person.centre,
        "today": person.today,
        "accredited": person.accredited,
        "legal_name": person.legal_name,
        "result": person.result,
        "practise": list(person.practise),
        "notes": person.notes,
        "finished": person.finished_at.isoformat() if person.finished_at else None,
        "marks": {item: _mark_json(standing) for item, standing in person.marks.items()},
    }


def _mark_json(mark: Standing) -> dict[str, Any]:
    return {
        "id": mark.device_id,
        "way": mark.way,
        "verdict": mark.verdict,
        "note": mark.note,
        "at": mark.marked_at.isoformat(),
        "by": mark.by,
        "user": mark.user_id,
        "others": [{"by": by, "verdict": verdict, "at": at.isoformat()} for by, verdict, at in mark.others],
    }


def trade_json(trade: Trade) -> dict[str, Any]:
    """The criteria in their order, each with its function, and the questions with the right answer marked."""
    return {
        "names": {country: names[0] for country, names in trade.names.items()},
        "reviewed": bool(trade.reviewed),
        "version": trade.version,
        "criteria": [
            {"id": each.id, "function": each.function, "text": each.text, "critical": each.critical}
            for each in trade.criteria
        ],
        "questions": [
            {"id": each.id, "text": each.text, "options": list(each.options), "correct": each.correct}
            for each in trade.questions
        ],
    }


async def marks(visit: Visit) -> Response:
    """What a telephone noted; answers what became of each, and how the evaluations stand now."""
    sent = await instrument_api.read(visit)
    deps = visit.services.deps

    def store(connection: Connection) -> tuple[list[dict[str, Any]], list[Person]]:
        results = instrument_api.take(connection, visit, sent)
        touched = {note.appointment for note in sent.notes}
        return results, day.people(connection, deps.cipher, visit.staff.id, visit.now, only=touched)

    results, people = await visit.write(store)
    visit.services.wake()
    return JSONResponse({"results": results, "people": [person_json(person) for person in people]})


ROOM: Final = Room(
    "taller",
    (
        get("/taller", "instrument", shell),
        get("/taller/sw.js", "instrument", worker),
        get("/taller/datos", "instrument", data),
        post("/taller/marcas", "instrument", marks),
    ),
    nav=(Nav("/taller", "taller.titulo", "instrument", 22, "evaluaciones"),),
)
