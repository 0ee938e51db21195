"""The end of an evaluation: who the person is, and the result, which is the evaluator's decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from bot.assessing import marks
from bot.assessing.begin import HERE, Assessed, accredited
from bot.assessing.errors import AlreadyFinished, Cancelled, NoIdentity, NotAccredited, Undecided, Unreadable
from bot.booking import rows
from bot.people.names import LENGTH, NAME
from db.content.trades import Trade
from db.crypto import Cipher
from db.tables import evaluations

RESULTS: Final = ("competent", "not_yet")
NOTES: Final = 2000  # characters
DECIDED: Final = frozenset({"competent", "not_yet"})

OnFinished = Callable[[Connection, int, datetime], object]
"""Called once, in the transaction in which an evaluation is finished, with its id: certificates, telling the person."""


@dataclass(frozen=True, slots=True)
class Finish:
    """`practise`: ids of the criteria to work on; `notes`: for the team, never for the person."""

    result: str
    practise: Sequence[str]
    notes: str


def identify(
    connection: Connection, cipher: Cipher, assessed: Assessed, legal_name: str, at: datetime, now: datetime
) -> bool:
    """The evaluator saw the document, and this name in it. No picture is kept. False: it was so already.

    Raises `Unreadable` without a name, `AlreadyFinished` where another name stands on the result.
    """
    name = " ".join(legal_name.split())
    if not name or len(name) > LENGTH:
        raise Unreadable
    row = connection.execute(select(evaluations).where(evaluations.c.id == assessed.evaluation_id)).mappings().one()
    if row["legal_name_enc"] and cipher.open(row["legal_name_enc"], NAME) == name:
        return False
    if row["result"] is not None:
        raise AlreadyFinished
    seen = row["identity_confirmed_at"]
    if seen is not None and seen > at:
        return False
    mine = update(evaluations).where(evaluations.c.id == assessed.evaluation_id)
    connection.execute(mine.values(identity_confirmed_at=min(at, now), legal_name_enc=cipher.seal(name, NAME)))
    return True


def finish(
    connection: Connection,
    cipher: Cipher,
    assessed: Assessed,
    user_id: int,
    trade: Trade,
    decided: Finish,
    now: datetime,
    on_finished: Sequence[OnFinished] = (),
) -> bool:
    """Store the result and call `on_finished`; False where it was stored before. Raises an `AssessingError`."""
    row = connection.execute(select(evaluations).where(evaluations.c.id == assessed.evaluation_id)).mappings().one()
    if row["result"] is not None:
        if row["result"] == decided.result:
            return False
        raise AlreadyFinished
    _check(connection, cipher, assessed, user_id, trade, decided)
    if row["identity_confirmed_at"] is None:
        raise NoIdentity
    mine = update(evaluations).where(evaluations.c.id == assessed.evaluation_id)
    connection.execute(
        mine.values(
            evaluator_id=user_id,
            result=decided.result,
            practise=list(decided.practise) if decided.result == "not_yet" else [],
            notes_enc=cipher.seal(decided.notes, marks.NOTES) if decided.notes else None,
            content_version=trade.version,
            finished_at=now,
        )
    )
    rows.close(connection, assessed.appointment_id, ("booked", "confirmed"), now, state="attended")
    for call in on_finished:
        call(connection, assessed.evaluation_id, now)
    return True


def _check(
    connection: Connection, cipher: Cipher, assessed: Assessed, user_id: int, trade: Trade, decided: Finish
) -> None:
    known = {each.id for each in trade.criteria}
    if decided.result not in RESULTS or not known.issuperset(decided.practise) or len(decided.notes) > NOTES:
        raise Unreadable
    if assessed.state not in HERE:
        raise Cancelled
    until = accredited(connection, user_id).get(trade.slug)
    if until is None or until < assessed.day:
        raise NotAccredited
    said = marks.standing(connection, cipher, [assessed.evaluation_id]).get(assessed.evaluation_id, {})
    open_ones = [
        each.id
        for each in trade.criteria
        if each.critical and (each.id not in said or said[each.id].verdict not in DECIDED)
    ]
    if open_ones:
        raise Undecided(open_ones)
