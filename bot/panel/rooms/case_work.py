"""What is done with a case from its page: each action, and what is said of it afterwards.

A page with JavaScript gets the case's pieces back, any other one the page; a text that was written comes back with
whatever stood in its way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select
from starlette.responses import JSONResponse, Response

from bot.cases import answering, work
from bot.cases.errors import BadText, CaseError, CheckinAgreed, NotThatLong, Taken, WindowClosed
from bot.cases.policy import ANSWER_LENGTH, NOTE_LENGTH
from bot.cases.reading import Case
from bot.cases.roster import Roster
from bot.panel.casework import facts, once, sight, sleep
from bot.panel.casework.page import piecemeal, shown
from bot.panel.roles import LANGUAGES
from bot.panel.visit import Refused, Visit
from db.tables import handoffs, users

OUTCOMES: Final = ("attended", "referred", "unreachable", "no_longer_wanted", "duplicate", "false_alarm")
LONGEST: Final = 4  # times what fits: a text that is too long comes back to be shortened

Work = Callable[[Connection, Case], Any]


async def do(visit: Visit, action: str, change: Work, *, text: str = "", keep: bool = False) -> Response:
    """Run one change of the case in the address, note it in the log, and show what came of it.

    `text`: what was written comes back where the change could not be made; `keep`: in any case.
    """

    def run(connection: Connection) -> None:
        case = sight.case_of(connection, visit.path_id(), visit.staff)
        if change(connection, case) is not False:
            visit.audit(connection, f"case.{action}", "handoffs", case.id, contact_id=case.contact_id)

    try:
        await visit.write(run)
    except CaseError as error:
        reason = await visit.read(partial(why, visit=visit, error=error))
        return await shown(visit, 200 if piecemeal(visit) else 409, notice=reason, draft=text)
    done = f"casos.hecho.{action}"
    if piecemeal(visit) or (text and keep):
        return await shown(visit, notice=visit.render.texts(done), tone="good", draft=text if keep else "")
    return visit.go(f"/casos/{visit.path_id()}", done)


def why(connection: Connection, *, visit: Visit, error: CaseError) -> str:
    """An error in the words of the panel."""
    values: dict[str, str] = {}
    match error:
        case Taken(by=by):
            row = connection.execute(select(users.c.name, users.c.email).where(users.c.id == by)).first()
            values["quien"] = (row.name or row.email) if row else visit.render.texts("casos.alguien")
            since = select(handoffs.c.claimed_at).where(handoffs.c.id == visit.path_id())
            values["desde"] = visit.render.moment(connection.scalar(since))
        case NotThatLong(latest=at) | CheckinAgreed(at=at):
            values["cuando"] = visit.render.moment(at)
        case WindowClosed(since=at):
            values["cuando"] = visit.render.moment(at)
        case BadText():
            values["letras"] = str(ANSWER_LENGTH)
    return visit.render.texts(error.key, **values)


# --- having a case -------------------------------------------------------------------------------------------


async def claim(visit: Visit) -> Response:
    draft = visit.field("texto", ANSWER_LENGTH * LONGEST)
    return await do(
        visit, "claimed", lambda c, case: work.claim(c, case.id, visit.staff.id, visit.now), text=draft, keep=True
    )


async def acknowledge(visit: Visit) -> Response:
    return await do(visit, "acknowledged", lambda c, case: work.acknowledge(c, case.id, visit.staff.id, visit.now))


async def release(visit: Visit) -> Response:
    return await do(visit, "released", lambda c, case: work.release(c, case.id, visit.staff.id, visit.now))


async def transfer(visit: Visit) -> Response:
    """To a colleague («usuario:3»), to whoever speaks a language («idioma:kek»), or to the coordinators."""
    kind, _, which = visit.field("a").partition(":")
    over = visit.may("cases.reassign")

    def change(connection: Connection, case: Case) -> None:
        who: dict[str, Any] = {"role": "coordinator"}
        if kind == "usuario" and which.isdigit() and len(which) < 19:
            who = {"to": int(which)}
        elif kind == "idioma" and which in LANGUAGES:
            who = {"language": which}
        work.transfer(connection, case.id, visit.staff.id, visit.now, **who, over=over)

    return await do(visit, "transferred", change)


async def snooze(visit: Visit) -> Response:
    choice, day, hour = visit.field("hasta"), visit.field("dia", 10), visit.field("hora", 5)

    def change(connection: Connection, case: Case) -> None:
        roster = Roster.load(connection, visit.services.deps.desk, visit.now)
        until = sleep.until(choice, day, hour, roster, case.country, visit.now, visit.services.zone)
        work.snooze(connection, case.id, visit.staff.id, until, visit.now)

    return await do(visit, "snoozed", change)


async def close(visit: Visit) -> Response:
    outcome = visit.field("resultado")
    if outcome not in OUTCOMES:
        return await shown(visit, 200 if piecemeal(visit) else 422, notice=visit.render.texts("casos.elija_resultado"))
    answers = {"cancel_checkin": visit.field("sin_seguimiento") == "si"}
    answers["clear_promotions"] = visit.field("avisos") == "si"
    return await do(
        visit, "closed", lambda c, case: work.close(c, case.id, visit.staff.id, outcome, visit.now, **answers)
    )


async def reopen(visit: Visit) -> Response:
    return await do(visit, "reopened", lambda c, case: work.reopen(c, case.id, visit.staff.id, visit.now))


# --- words ---------------------------------------------------------------------------------------------------


async def answer(visit: Visit) -> Response:
    """Send the text to the person. The same form sent twice, as a phone with a bad line does, is one message."""
    text, ticket = visit.field("texto", ANSWER_LENGTH * LONGEST), visit.field("ficha", 40)

    def change(connection: Connection, case: Case) -> bool:
        if not once.first(connection, ticket, case, visit.staff, visit.now):
            return False
        answering.answer(connection, visit.services.deps.desk, case.id, visit.staff.id, text, visit.now)
        return True

    response = await do(visit, "answered", change, text=text)
    visit.services.wake()
    return response


async def invite(visit: Visit) -> Response:
    """Where WhatsApp takes no free text any more: have the person asked to write again."""

    def change(connection: Connection, case: Case) -> None:
        answering.invite(connection, visit.services.deps.desk, case.id, visit.staff.id, visit.now)

    response = await do(visit, "invited", change)
    visit.services.wake()
    return response


async def note(visit: Visit) -> Response:
    """Keep a note among staff."""
    text, ticket = visit.field("nota", NOTE_LENGTH * LONGEST), visit.field("ficha", 40)

    def change(connection: Connection, case: Case) -> bool:
        if not once.first(connection, ticket, case, visit.staff, visit.now):
            return False
        work.add_note(connection, visit.services.deps.desk, case.id, visit.staff.id, text, visit.now)
        return True

    return await do(visit, "noted", change)


async def number(visit: Visit) -> Response:
    """The telephone number, once somebody who may know it asks for it."""

    def reveal(connection: Connection) -> str:
        case = sight.case_of(connection, visit.path_id(), visit.staff)
        if not sight.sees_words(case, visit.staff):
            raise Refused
        visit.audit(connection, "case.number_seen", "handoffs", case.id, contact_id=case.contact_id)
        return facts.number(connection, visit.services.deps.cipher, case)

    found = await visit.write(reveal)
    template = "casos/numero.html" if piecemeal(visit) else "casos/numero_pagina.html"
    return visit.page(template, number=found, case_id=visit.path_id())


async def heartbeat(visit: Visit) -> Response:
    """Somebody is at work on their case: it stays theirs. 409 once it is not any more."""
    seen = visit.field("visto") == "si"

    def renew(connection: Connection) -> datetime:
        case = sight.case_of(connection, visit.path_id(), visit.staff)
        return work.renew(connection, case.id, visit.staff.id, visit.now, seen=seen)

    try:
        until = await visit.write(renew)
    except CaseError:
        return JSONResponse({"hasta": None}, 409)
    return JSONResponse({"hasta": until.isoformat()})


ACTIONS: Final[tuple[tuple[str, str, Callable[[Visit], Awaitable[Response]]], ...]] = (
    ("tomar", "cases.work", claim),
    ("voy", "cases.work", acknowledge),
    ("devolver", "cases.work", release),
    ("pasar", "cases.pass", transfer),
    ("posponer", "cases.work", snooze),
    ("cerrar", "cases.work", close),
    ("reabrir", "cases.work", reopen),
    ("responder", "cases.work", answer),
    ("invitar", "cases.work", invite),
    ("nota", "cases.work", note),
    ("numero", "cases.words", number),
    ("latido", "cases.work", heartbeat),
)
