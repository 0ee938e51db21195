"""What one of the staff does in the chat, in one transaction: a tap on an alert, a text in a topic, a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.cases import answering, reading, work
from bot.cases.desk import Desk
from bot.cases.errors import (
    BadText,
    CaseError,
    CheckinAgreed,
    Closed,
    NoSuchCase,
    NotSafe,
    NotYours,
    OptedOut,
    Taken,
    Unreachable,
    WindowClosed,
)
from bot.inbox.people import ADDRESS
from bot.panel.roles import may
from bot.staffroom import topics
from bot.staffroom.place import CHANNEL, Place, put
from bot.staffroom.topics import words
from db.tables import events, outbox, users

if TYPE_CHECKING:
    from bot.channels.telegram import StaffUpdate

TAKE, COMING = "tomar", "voy"  # what a button of an alert does: «caso:<id>:tomar»
_WHY: Final[dict[type[CaseError], str]] = {
    BadText: "mal_texto",
    CheckinAgreed: "seguimiento",
    Closed: "ya_cerrado",
    NoSuchCase: "sin_caso",
    NotSafe: "no_seguro",
    NotYours: "no_suyo",
    OptedOut: "de_baja",
    Unreachable: "sin_direccion",
    WindowClosed: "ventana",
}

Case = reading.Case


@dataclass(frozen=True, slots=True)
class Who:
    """A user who may work on cases."""

    id: int
    name: str
    role: str
    country: str | None


def act(connection: Connection, desk: Desk, update: StaffUpdate, now: datetime) -> str:
    """Do it; returns what is shown to who tapped, "" for nothing. The same update again does nothing."""
    if not _fresh(connection, update, now):
        return ""
    who = _who(connection, update.user)
    if update.callback is not None:
        return _tap(connection, desk, update, who, now)
    case_id = _meant(connection, desk, update)
    if case_id is not None and update.chat == desk.staff_chat:
        _write(connection, desk, update, case_id, who, now)
    return ""


def fail(connection: Connection, desk: Desk, update: StaffUpdate, now: datetime) -> str:
    """What an update gets that could not be done: nobody believes that an answer left."""
    if not _fresh(connection, update, now):
        return ""
    said = words(desk, "fallo")
    if update.callback is None:
        mine = topics.case_of_thread(connection, update.chat, update.thread) if update.thread else None
        put(connection, desk, Place(desk.staff_chat, mine), said, now)
    return said.text


def _fresh(connection: Connection, update: StaffUpdate, now: datetime) -> bool:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(events).values(
        created_at=now, channel="telegram", provider_id=str(update.update_id), kind="staff", processed_at=now
    )
    return connection.execute(new.on_conflict_do_nothing().returning(events.c.id)).first() is not None


def _who(connection: Connection, telegram_id: str) -> Who | None:
    """The user of a Telegram account who may work on cases."""
    columns = (users.c.id, users.c.name, users.c.role, users.c.country)
    found = connection.execute(select(*columns).where(users.c.telegram_id == telegram_id, users.c.active)).first()
    return Who(*found) if found is not None and may(found.role, "cases.work") else None


def _meant(connection: Connection, desk: Desk, update: StaffUpdate) -> int | None:
    """The case that a text is about: its topic's, or that of the message of ours that it answers."""
    if update.thread is not None:
        return topics.case_of_thread(connection, update.chat, update.thread)
    if update.reply_to is None:
        return None
    alert = topics.case_of_message(connection, update.chat, update.reply_to)
    sent = select(outbox.c.address_enc).where(outbox.c.channel == CHANNEL)
    token = connection.scalar(sent.where(outbox.c.provider_id == str(update.reply_to)))
    if alert is not None or token is None:
        return alert
    place = Place.read(desk.cipher.open(token, ADDRESS))
    return place.case if place.chat == update.chat else None


def _allowed(connection: Connection, case_id: int, country: str | None) -> Case | str:
    """The case, or the key of what forbids it here."""
    try:
        case = reading.find(connection, case_id)
    except NoSuchCase:
        return "sin_caso"
    if not reading.in_scope(case.country, country):
        return "otro_pais"
    mine = topics.ordinary(case.reason, case.priority, case.topic, case.contact_id)
    return case if mine else "panel"


# --- buttons -----------------------------------------------------------------------------------------------


def _tap(connection: Connection, desk: Desk, update: StaffUpdate, who: Who | None, now: datetime) -> str:
    if who is None:
        return words(desk, "no_le_conozco").text
    _, _, rest = update.data.partition(":")
    number, _, what = rest.partition(":")
    case = _allowed(connection, int(number), who.country) if number.isdecimal() and len(number) < 16 else "sin_caso"
    if isinstance(case, str):
        return words(desk, case).text
    try:
        key = _take(connection, case, who.id, now) if what == TAKE else _coming(connection, desk, case, who, now)
    except CaseError as error:
        return _why(connection, desk, error)
    topics.follow(connection, desk, now, case.id)
    return words(desk, key, codigo=case.code).text


def _take(connection: Connection, case: Case, user_id: int, now: datetime) -> str:
    work.claim(connection, case.id, user_id, now)
    return "es_suyo"


def _coming(connection: Connection, desk: Desk, case: Case, who: Who, now: datetime) -> str:
    if case.state == "claimed" and case.claimed_by != who.id:
        raise Taken(case.claimed_by)
    work.acknowledge(connection, case.id, who.id, now)
    put(connection, desk, Place(desk.staff_chat, case.id), words(desk, "ya_va", nombre=who.name, codigo=case.code), now)
    return "anotado"


def _why(connection: Connection, desk: Desk, error: CaseError) -> str:
    """An error in the staff's words."""
    if isinstance(error, Taken):
        name = connection.scalar(select(users.c.name).where(users.c.id == error.by)) if error.by else None
        return words(desk, "lo_tiene", nombre=name or words(desk, "alguien").text).text
    return words(desk, _WHY.get(type(error), "fallo")).text


# --- texts -------------------------------------------------------------------------------------------------


def _write(
    connection: Connection, desk: Desk, update: StaffUpdate, case_id: int, who: Who | None, now: datetime
) -> None:
    said = _written(connection, desk, update, case_id, who, now)
    topics.follow(connection, desk, now, case_id)
    if said:
        put(connection, desk, Place(desk.staff_chat, case_id), words(desk, "respuesta", texto=said), now)


def _written(
    connection: Connection, desk: Desk, update: StaffUpdate, case_id: int, who: Who | None, now: datetime
) -> str:
    """What is said to it in the topic, "" for nothing: an answer that left needs no word."""
    if who is None:
        return words(desk, "no_le_conozco").text
    case = _allowed(connection, case_id, who.country)
    if isinstance(case, str):
        return words(desk, case).text
    if update.text is None or not update.text.strip():
        return words(desk, "solo_texto").text
    try:
        if update.text.startswith("/"):
            return _command(connection, desk, case, who.id, update.text, now)
        answering.answer(connection, desk, case.id, who.id, update.text, now)
    except CaseError as error:
        return _why(connection, desk, error)
    return ""


def _command(connection: Connection, desk: Desk, case: Case, user_id: int, text: str, now: datetime) -> str:
    name, _, rest = text[1:].partition(" ")
    does = _COMMANDS.get(name.partition("@")[0].lower())
    return does(connection, desk, case, user_id, rest.strip(), now) if does else words(desk, "ordenes").text


def _close(connection: Connection, desk: Desk, case: Case, user_id: int, rest: str, now: datetime) -> str:
    """«/cerrar», «/cerrar no contesta»: an outcome by the staff's word for it."""
    known = {str(word): outcome for outcome, word in desk.copy.heading("equipo", "resultados").items()}
    outcome = known.get(rest.lower()) if rest else "attended"
    if outcome is None:
        return words(desk, "resultado", resultados=", ".join(known)).text
    work.close(connection, case.id, user_id, outcome, now)
    return ""


def _release(connection: Connection, desk: Desk, case: Case, user_id: int, rest: str, now: datetime) -> str:
    work.release(connection, case.id, user_id, now)
    return ""


def _note(connection: Connection, desk: Desk, case: Case, user_id: int, rest: str, now: datetime) -> str:
    work.add_note(connection, desk, case.id, user_id, rest, now)
    return words(desk, "nota_guardada").text


_Command = Callable[[Connection, Desk, Case, int, str, datetime], str]
_COMMANDS: Final[dict[str, _Command]] = {"cerrar": _close, "soltar": _release, "nota": _note}
