"""«Respuestas listas»: texts that are ready to be sent, each written by one person and approved by another."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from bot.cases.policy import ANSWER_LENGTH
from bot.panel.roles import LANGUAGES
from bot.panel.room import Nav, Room, get, post
from bot.panel.visit import Conflict, Missing, Refused, Visit
from db.tables import audit_log, canned_answers, users

TITLE: Final = 60
WRITTEN: Final = "canned.written"


async def listing(visit: Visit) -> Response:
    """All of them, by language and title; and the form for a new one."""
    return await listed(visit)


async def listed(visit: Visit, status: int = 200, error: str = "", **values: str) -> Response:
    given = {"titulo": "", "texto": "", "idioma": "es"} | values
    rows = await visit.read(everything)
    limits = {"languages": LANGUAGES, "title_length": TITLE, "answer_length": ANSWER_LENGTH}
    return visit.page("respuestas/lista.html", status, answers=rows, values=given, error=error, **limits)


def everything(connection: Connection) -> list[dict[str, Any]]:
    """Each with `writer`: the id of who wrote its words last, None where that was at the command line."""
    signer = users.alias("signer")
    query = select(canned_answers, signer.c.name.label("signer"), signer.c.email.label("signer_email"))
    query = query.outerjoin(signer, signer.c.id == canned_answers.c.reviewed_by)
    rows = connection.execute(query.order_by(canned_answers.c.language, canned_answers.c.title)).mappings().all()
    return [{**row, "writer": writer(connection, row["id"])} for row in rows]


def writer(connection: Connection, answer_id: int) -> int | None:
    """Who wrote the words as they are, by the log."""
    lines = (
        select(audit_log.c.user_id)
        .where(audit_log.c.entity == "canned_answers", audit_log.c.entity_id == answer_id)
        .where(audit_log.c.action == WRITTEN)
    )
    return connection.scalar(lines.order_by(audit_log.c.id.desc()).limit(1))


async def one(visit: Visit) -> Response:
    """One, to be changed."""
    row = await visit.read(lambda c: found(c, visit.path_id()))
    return visit.page("respuestas/una.html", answer=row, error="", languages=LANGUAGES, **_limits())


def _limits() -> dict[str, int]:
    return {"title_length": TITLE, "answer_length": ANSWER_LENGTH}


def found(connection: Connection, answer_id: int) -> RowMapping:
    """Raises `Missing`."""
    query = select(canned_answers).where(canned_answers.c.id == answer_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise Missing
    return row


def given(visit: Visit) -> dict[str, Any] | None:
    """What the form says; None where something is missing or too long."""
    title, body, language = visit.field("titulo", TITLE * 4), visit.field("texto", 8000), visit.field("idioma")
    if not title or not body or len(title) > TITLE or len(body) > ANSWER_LENGTH or language not in LANGUAGES:
        return None
    return {"title": title, "body": body, "language": language, "reviewed_at": None, "reviewed_by": None}


async def add(visit: Visit) -> Response:
    """A new one, which nobody can send before it is approved."""
    typed = {"titulo": visit.field("titulo", 240), "texto": visit.field("texto", 8000), "idioma": visit.field("idioma")}
    row = given(visit)
    if row is None:
        return await listed(visit, 422, "respuestas.revise", **typed)

    def store(connection: Connection) -> None:
        made = insert(canned_answers).values(created_at=visit.now, **row).returning(canned_answers.c.id)
        visit.audit(connection, WRITTEN, "canned_answers", connection.scalars(made).one())

    try:
        await visit.write(store)
    except IntegrityError:
        return await listed(visit, 422, "respuestas.repetida", **typed)
    return visit.go("/respuestas", "respuestas.guardada")


async def change(visit: Visit) -> Response:
    """Other words need approval anew."""
    row = given(visit)
    if row is None:
        raise Conflict

    def store(connection: Connection) -> None:
        answer = found(connection, visit.path_id())
        connection.execute(update(canned_answers).where(canned_answers.c.id == answer["id"]).values(**row))
        visit.audit(connection, WRITTEN, "canned_answers", answer["id"])

    try:
        await visit.write(store)
    except IntegrityError:
        return visit.go(f"/respuestas/{visit.path_id()}", "respuestas.repetida")
    return visit.go("/respuestas", "respuestas.guardada")


async def sign(visit: Visit) -> Response:
    """Approve the words that were shown: not one's own, and only as they still are."""

    def store(connection: Connection) -> None:
        answer = found(connection, visit.path_id())
        if writer(connection, answer["id"]) == visit.staff.id:
            raise Refused
        if answer["body"] != visit.field("leido", 8000):
            raise Conflict
        signed = {"reviewed_at": visit.now, "reviewed_by": visit.staff.id}
        connection.execute(update(canned_answers).where(canned_answers.c.id == answer["id"]).values(**signed))
        visit.audit(connection, "canned.signed", "canned_answers", answer["id"])

    await visit.write(store)
    return visit.go("/respuestas", "respuestas.aprobada")


async def remove(visit: Visit) -> Response:
    def store(connection: Connection) -> None:
        answer = found(connection, visit.path_id())
        connection.execute(delete(canned_answers).where(canned_answers.c.id == answer["id"]))
        visit.audit(connection, "canned.removed", "canned_answers", answer["id"])

    await visit.write(store)
    return visit.go("/respuestas", "respuestas.quitada")


ROOM: Final = Room(
    "respuestas",
    (
        get("/respuestas", "canned.read", listing),
        post("/respuestas", "canned.write", add),
        get("/respuestas/{id:int}", "canned.write", one),
        post("/respuestas/{id:int}", "canned.write", change),
        post("/respuestas/{id:int}/aprobar", "canned.write", sign),
        post("/respuestas/{id:int}/quitar", "canned.write", remove),
    ),
    nav=(Nav("/respuestas", "respuestas.titulo", "canned.read", 16, "atencion"),),
)
