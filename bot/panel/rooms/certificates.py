"""«Constancias»: what was issued, the institute's number, revoking, and the document itself."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select
from starlette.responses import Response

from bot.certificates import codes, issue
from bot.certificates.errors import CertificateError
from bot.certificates.papers import filename
from bot.panel.paging import Paged, Pager
from bot.panel.roles import within
from bot.panel.room import Nav, Room, Slot, get, post
from bot.panel.sessions import Staff
from bot.panel.visit import Missing, Visit
from bot.people import names
from db.tables import centres, certificates

SHOWN: Final = ("sin_numero", "con_numero", "anuladas", "todas")
STATES: Final = {
    "sin_numero": (certificates.c.number.is_(None), certificates.c.revoked_at.is_(None)),
    "con_numero": (certificates.c.number.is_not(None), certificates.c.revoked_at.is_(None)),
    "anuladas": (certificates.c.revoked_at.is_not(None),),
    "todas": (),
}


async def listing(visit: Visit) -> Response:
    """The newest first; a code leads straight to its certificate."""
    shown = visit.query("ver") if visit.query("ver") in SHOWN else SHOWN[0]
    written = visit.query("codigo", 60)
    if written:
        return await _by_code(visit, written)
    before = visit.number("desde")
    pager = Pager("/panel/constancias", {"ver": shown}, "desde")
    query = _of(visit.staff).where(*STATES[shown]).order_by(certificates.c.id.desc()).limit(pager.size + 1)
    if before:
        query = query.where(certificates.c.id < before)
    rows = await visit.read(lambda c: c.execute(query).all())
    paged = pager.cut([_line(visit, row) for row in rows], lambda line: line["id"], bool(before))
    return visit.page("constancias/lista.html", paged=paged, shown=shown, choices=SHOWN, wrong="")


async def _by_code(visit: Visit, written: str) -> Response:
    code = codes.read(written)
    found = await visit.read(
        lambda c: c.execute(_of(visit.staff).where(certificates.c.code == code)).first() if code else None
    )
    if found is None:
        nothing: Paged[Row[Any]] = Paged((), "", "")
        return visit.page("constancias/lista.html", 404, paged=nothing, shown=SHOWN[0], choices=SHOWN, wrong=written)
    return visit.go(f"/constancias/{found.id}")


def _of(staff: Staff) -> Select[Any]:
    return issue.query().where(within(centres.c.country, staff.country))


def _line(visit: Visit, row: Row[Any]) -> dict[str, Any]:
    """What the pages show. The whole name only on the page of one certificate, whose look is logged."""
    return {
        **row._mapping,
        "shown": codes.shown(row.code),
        "trade_name": visit.services.papers.trade_name(row.trade, row.country or ""),
    }


def _seen(connection: Connection, visit: Visit) -> Row[Any]:
    row = connection.execute(_of(visit.staff).where(certificates.c.id == visit.path_id())).first()
    if row is None:
        raise Missing
    return row


async def one(visit: Visit) -> Response:
    """One certificate with the person's name."""

    def read(connection: Connection) -> Row[Any]:
        row = _seen(connection, visit)
        visit.audit(connection, "certificate.seen", "certificates", row.id, contact_id=row.contact_id)
        return row

    row = await visit.write(read)
    return _page(visit, row)


def _page(visit: Visit, row: Row[Any], error: str = "", written: str = "") -> Response:
    services = visit.services
    return visit.page(
        "constancias/una.html",
        422 if error else 200,
        paper=_line(visit, row),
        name=names.opened(services.deps.cipher, row.name_enc),
        link=services.papers.link(row.code),
        reasons=issue.REASONS,
        error=error,
        written=written,
    )


async def document(visit: Visit) -> Response:
    """The PDF."""

    def read(connection: Connection) -> Row[Any]:
        row = _seen(connection, visit)
        visit.audit(connection, "certificate.opened", "certificates", row.id, contact_id=row.contact_id)
        return row

    row = await visit.write(read)
    if row.revoked_at is not None or row.name_enc is None:
        raise Missing
    content = await asyncio.to_thread(visit.services.papers.render, row)
    headers = {"Content-Disposition": f'attachment; filename="{filename(row.code)}"'}
    return Response(content, media_type="application/pdf", headers=headers)


async def give_number(visit: Visit) -> Response:
    """The institute's number; written anew, it replaces the one before."""
    written = visit.field("numero", 60)

    def store(connection: Connection) -> None:
        row = _seen(connection, visit)
        issue.number(connection, row.id, written, visit.staff.id, visit.now)
        visit.audit(connection, "certificate.numbered", "certificates", row.id, contact_id=row.contact_id)

    try:
        await visit.write(store)
    except CertificateError as error:
        row = await visit.read(lambda c: _seen(c, visit))
        return _page(visit, row, error.key, written)
    return visit.go(f"/constancias/{visit.path_id()}", "constancias.numerada")


async def revoke(visit: Visit) -> Response:
    """For ever, with a reason."""
    reason = visit.field("motivo")
    if reason not in issue.REASONS:
        raise Missing

    def store(connection: Connection) -> None:
        row = _seen(connection, visit)
        issue.revoke(connection, row.id, reason, visit.staff.id, visit.now)
        detail = {"reason": reason}
        visit.audit(connection, "certificate.revoked", "certificates", row.id, detail, contact_id=row.contact_id)

    try:
        await visit.write(store)
    except CertificateError as error:
        return visit.go(f"/constancias/{visit.path_id()}", error.key)
    return visit.go(f"/constancias/{visit.path_id()}", "constancias.anulada")


def unnumbered(connection: Connection, staff: Staff, _: object) -> int:
    """Those that wait for the institute's number."""
    query = select(func.count()).select_from(certificates).outerjoin(centres, centres.c.id == certificates.c.centre_id)
    query = query.where(within(centres.c.country, staff.country), *STATES["sin_numero"])
    return connection.scalar(query) or 0


ROOM: Final = Room(
    "constancias",
    (
        get("/constancias", "certificates.read", listing),
        get("/constancias/{id:int}", "certificates.read", one),
        get("/constancias/{id:int}/documento", "certificates.read", document),
        post("/constancias/{id:int}/numero", "certificates.write", give_number),
        post("/constancias/{id:int}/anular", "certificates.write", revoke),
    ),
    nav=(Nav("/constancias", "constancias.titulo", "certificates.read", 26, "evaluaciones"),),
    slots=(Slot("/constancias", "constancias.hoy", "certificates.write", unnumbered),),
)
