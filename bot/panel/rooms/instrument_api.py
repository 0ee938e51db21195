"""What an evaluator's telephone sends: a batch of notes, each taken or refused by itself, all in one transaction."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from bot.assessing import finish, marks
from bot.assessing.begin import Assessed, begin
from bot.assessing.errors import AssessingError, NotYours, Unreadable
from bot.assessing.finish import Finish
from bot.assessing.marks import Mark
from bot.panel.visit import BIGGEST, Visit
from db.content.trades import Trade
from db.tables import evaluations

MOST: Final = 200  # notes in a batch
LARGEST: Final = 512 * 1024  # bytes
KINDS: Final = ("mark", "identity", "finish")
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was noted. `device_id`: made on the telephone; `body`: as it came, judged when it is taken."""

    device_id: str
    appointment: int
    kind: str
    at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch in the order of the taps. `unreadable`: ids of what could not even be read."""

    notes: Sequence[Note]
    unreadable: Sequence[str]


async def read(visit: Visit) -> Sent:
    """The batch of a request: `{"sent_at": …, "notes": [{"id", "appointment", "kind", "at", …}]}`. Raises 400, 413."""
    body = b""
    async for piece in visit.request.stream():
        body += piece
        if len(body) > LARGEST:
            raise HTTPException(413)
    try:
        batch = json.loads(body)
        items, sent_at = list(batch["notes"]), _moment(batch.get("sent_at"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise HTTPException(400) from None
    if len(items) > MOST:
        raise HTTPException(413)
    notes, unreadable = [], []
    for item in items:
        try:
            notes.append(_note(item))
        except (ValueError, TypeError, KeyError, AttributeError):
            unreadable.append(str(item.get("id", ""))[:80] if isinstance(item, dict) else "")
    times = marks.in_order([note.at for note in notes], sent_at, visit.now)
    return Sent([_at(note, at) for note, at in zip(notes, times, strict=True)], unreadable)


def _at(note: Note, at: datetime) -> Note:
    return Note(note.device_id, note.appointment, note.kind, at, note.body)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _note(item: Any) -> Note:
    appointment, kind = item["appointment"], item["kind"]
    if not _ID.fullmatch(item["id"]) or kind not in KINDS or type(appointment) is not int:
        raise ValueError
    if not 0 < appointment <= BIGGEST:
        raise ValueError
    return Note(item["id"], appointment, kind, _moment(item["at"]), item)


def take(connection: Connection, visit: Visit, sent: Sent) -> list[dict[str, Any]]:
    """Take each note; what became of it, by its id: stored, already (as before), late, or refused with a reason."""
    results: list[dict[str, Any]] = [
        {"id": device_id, "status": "refused", "reason": Unreadable.key} for device_id in sent.unreadable
    ]
    begun: dict[int, Assessed | None] = {}
    stored: dict[tuple[int, str], int] = {}
    for note in sent.notes:
        assessed = _begun(connection, visit, note.appointment, begun)
        result = _taken(connection, visit, assessed, note)
        results.append({"id": note.device_id, **result})
        if assessed is not None and result["status"] in ("stored", "late"):
            done = (note.appointment, "marked" if note.kind == "mark" else note.kind)
            stored[done] = stored.get(done, 0) + 1
    for (appointment, action), many in stored.items():
        assessed = begun[appointment]
        if assessed is not None:
            detail, contact_id = {"notes": many}, assessed.contact_id
            visit.audit(
                connection, f"evaluation.{action}", "evaluations", assessed.evaluation_id, detail, contact_id=contact_id
            )
    return results


def _begun(
    connection: Connection, visit: Visit, appointment: int, begun: dict[int, Assessed | None]
) -> Assessed | None:
    if appointment not in begun:
        try:
            begun[appointment] = begin(
                connection, appointment, visit.staff.id, visit.services.deps.world.trades, visit.now
            )
        except NotYours:
            begun[appointment] = None
    return begun[appointment]


def _taken(connection: Connection, visit: Visit, assessed: Assessed | None, note: Note) -> dict[str, Any]:
    trade = visit.services.deps.world.trades.get(assessed.trade) if assessed else None
    try:
        if assessed is None or trade is None:
            raise NotYours
        return {"status": _DO[note.kind](connection, visit, assessed, trade, note)}
    except AssessingError as error:
        return {"status": "refused", "reason": error.key}


def _mark(connection: Connection, visit: Visit, assessed: Assessed, trade: Trade, note: Note) -> str:
    way = note.body.get("way")
    mark = Mark(
        device_id=note.device_id,
        item=_text(note, "item", 80),
        way=None if way is None else _text(note, "way", 20),
        verdict=_text(note, "verdict", 20),
        note=_text(note, "note", marks.NOTE),
        marked_at=note.at,
    )
    cipher, user_id = visit.services.deps.cipher, visit.staff.id
    if not marks.store(connection, cipher, assessed.evaluation_id, user_id, trade, mark, visit.now):
        return "already"
    return "late" if _is_finished(connection, assessed) else "stored"


def _identity(connection: Connection, visit: Visit, assessed: Assessed, trade: Trade, note: Note) -> str:
    name = _text(note, "legal_name", 200)
    changed = finish.identify(connection, visit.services.deps.cipher, assessed, name, note.at, visit.now)
    return "stored" if changed else "already"


def _finish(connection: Connection, visit: Visit, assessed: Assessed, trade: Trade, note: Note) -> str:
    practise = note.body.get("practise", [])
    if not isinstance(practise, list) or not all(isinstance(item, str) for item in practise):
        raise Unreadable
    decided = Finish(_text(note, "result", 20), practise, _text(note, "notes", finish.NOTES))
    cipher, calls = visit.services.deps.cipher, visit.services.on_evaluated
    done = finish.finish(connection, cipher, assessed, visit.staff.id, trade, decided, visit.now, calls)
    return "stored" if done else "already"


def _text(note: Note, name: str, limit: int) -> str:
    value = note.body.get(name, "")
    if not isinstance(value, str) or len(value) > limit:
        raise Unreadable
    return "".join(
        letter for letter in value if letter in "\n\t" or (letter >= " " and not "\ud800" <= letter <= "\udfff")
    )


def _is_finished(connection: Connection, assessed: Assessed) -> bool:
    query = select(evaluations.c.finished_at).where(evaluations.c.id == assessed.evaluation_id)
    return connection.scalar(query) is not None


_DO: Final = {"mark": _mark, "identity": _identity, "finish": _finish}
