"""What an evaluator notes by criterion: append-only, the newest by its time counts, the same mark is stored once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from bot.assessing.errors import Unreadable
from db.content.trades import Trade
from db.crypto import Cipher
from db.tables import evaluation_marks, users

NOTES: Final = "evaluation notes"  # context of the cipher
NOTE: Final = 500  # characters
WAYS: Final = frozenset({"observed", "asked", "product"})
OF_CRITERIA: Final = frozenset({"competent", "not_yet", "cleared"})
OF_QUESTIONS: Final = frozenset({"right", "wrong", "cleared"})
EXACT: Final = timedelta(minutes=1)  # a telephone's clock that is off by less is right


@dataclass(frozen=True, slots=True)
class Mark:
    """`device_id`: «telephone-mark», both random; `item`: of a criterion or a question; `marked_at`: see `in_order`."""

    device_id: str
    item: str
    way: str | None
    verdict: str
    note: str
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for one item. `others`: older marks from elsewhere that say something else, newest first."""

    device_id: str
    item: str
    way: str | None
    verdict: str
    note: str
    marked_at: datetime
    user_id: int | None
    by: str
    others: Sequence[tuple[str, str, datetime]]  # who, what, when


def store(
    connection: Connection, cipher: Cipher, evaluation_id: int, user_id: int, trade: Trade, mark: Mark, now: datetime
) -> bool:
    """Keep a mark; False where it was kept before. Raises `Unreadable`."""
    allowed = verdicts(trade).get(mark.item, frozenset())
    if mark.verdict not in allowed or (mark.way is not None and mark.way not in WAYS) or len(mark.note) > NOTE:
        raise Unreadable
    same = select(evaluation_marks.c.evaluation_id).where(evaluation_marks.c.device_id == mark.device_id)
    kept = connection.scalar(same)
    if kept is not None and kept != evaluation_id:
        raise Unreadable
    if kept is not None:
        return False
    row = {"created_at": now, "evaluation_id": evaluation_id, "user_id": user_id, "device_id": mark.device_id}
    row |= {"item": mark.item, "way": mark.way, "verdict": mark.verdict, "marked_at": min(mark.marked_at, now)}
    row["note_enc"] = cipher.seal(mark.note, NOTES) if mark.note else None
    connection.execute(insert(evaluation_marks).values(row))
    return True


def verdicts(trade: Trade) -> Mapping[str, frozenset[str]]:
    """What may be said of each criterion and question."""
    return {each.id: OF_CRITERIA for each in trade.criteria} | {each.id: OF_QUESTIONS for each in trade.questions}


def in_order(times: Sequence[datetime], sent_at: datetime | None, now: datetime) -> list[datetime]:
    """When marks of one telephone were made, told by our clock.

    `times`: by the telephone's clock, in the order of the taps; `sent_at`: what that clock said as they left. A clock
    that is wrong is put right by the difference, none is later than now, and none earlier than the one before it.
    """
    off = now - sent_at if sent_at is not None else timedelta()
    off = off if abs(off) > EXACT else timedelta()
    ordered: list[datetime] = []
    for at in times:
        try:
            told = min(at + off, now)
        except OverflowError:
            told = now
        ordered.append(max(told, ordered[-1]) if ordered else told)
    return ordered


def standing(connection: Connection, cipher: Cipher, evaluation_ids: Iterable[int]) -> dict[int, dict[str, Standing]]:
    """By evaluation and item what counts now, and what else was said of it from another telephone."""
    marks = evaluation_marks.c
    query = (
        select(evaluation_marks, users.c.name, users.c.email)
        .join(users, users.c.id == marks.user_id, isouter=True)
        .where(marks.evaluation_id.in_([*evaluation_ids]))
        .order_by(marks.evaluation_id, marks.marked_at.desc(), marks.id.desc())
    )
    rows: dict[int, dict[str, list[Any]]] = {}
    for row in connection.execute(query).mappings():
        rows.setdefault(row["evaluation_id"], {}).setdefault(row["item"], []).append(row)
    return {
        evaluation: {item: _standing(cipher, several) for item, several in items.items()}
        for evaluation, items in rows.items()
    }


def _standing(cipher: Cipher, rows: Sequence[Any]) -> Standing:
    newest, source = rows[0], _source(rows[0])
    others = {_source(row): row for row in reversed(rows[1:]) if _source(row) != source}
    return Standing(
        **{name: newest[name] for name in ("device_id", "item", "way", "verdict", "marked_at", "user_id")},
        note=cipher.open(newest["note_enc"], NOTES) if newest["note_enc"] else "",
        by=_called(newest),
        others=[
            (_called(row), row["verdict"], row["marked_at"])
            for row in others.values()
            if row["verdict"] != newest["verdict"]
        ],
    )


def _source(row: Any) -> tuple[int | None, str]:
    """Whose telephone: two evaluators, or one with two of them."""
    return row["user_id"], row["device_id"].partition("-")[0]


def _called(row: Any) -> str:
    return row["name"] or row["email"] or ""
