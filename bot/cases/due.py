"""What the clock does with cases: everything that is due wakes, is alerted again or goes back to the queue.

Each rule takes a batch and says how many; 0 once none is left. Safe on several machines: rows that another one
holds are skipped, and each row that was looked at is due again only later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import Connection, RowMapping, exists, or_, select

from bot.cases import alerts, answering, conversing, history, keeping
from bot.cases.alerts import Board
from bot.cases.desk import Desk
from bot.cases.errors import CannotAnswer
from bot.cases.metrics import CaseMetrics
from bot.cases.opening import next_look
from bot.cases.policy import LEASE, NEXT_ON_SHIFT, ON_SHIFT, URGENCIES
from bot.cases.work import BACK, change, reschedule
from db.tables import case_events, handoffs, outbox
from flows.core.reply import Reply
from scheduler.due import Rule

BATCH: Final = 80  # cases; as many lines as fit one message of Telegram's
LEFT: Final = "casos.devuelta.texto"
BACK_AGAIN: Final = "volvio"
LATEST_LEVEL: Final = 1000

log = structlog.get_logger()


def rules(desk: Desk, metrics: CaseMetrics) -> Mapping[str, Rule]:
    """Everything about cases for `scheduler.due.run_due`, in this order."""
    return {
        "notice_failures": partial(notice_failures, desk=desk),
        "wake_cases": partial(wake_cases, desk=desk),
        "free_conversations": conversing.free_abandoned,
        "drop_case_notes": keeping.drop_notes,
        "blank_crisis_words": keeping.blank_crisis_words,
        "drop_crisis_media": keeping.drop_crisis_media,
        "measure_cases": partial(metrics.measure, desk=desk),
    }


# --- cases -----------------------------------------------------------------------------------------------


def wake_cases(connection: Connection, desk: Desk, now: datetime) -> int:
    """Every open case whose moment has come, the most urgent first."""
    due = (
        select(handoffs)
        .where(handoffs.c.state != "closed", or_(handoffs.c.next_at <= now, _OWED))
        .order_by(handoffs.c.priority, handoffs.c.next_at, handoffs.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = list(connection.execute(due).mappings())
    if not rows:
        return 0
    board = Board.open(connection, desk, now)
    told = history.told(connection, [row["id"] for row in rows])
    for row in rows:
        if row["owes_word"] and row["state"] == "open":
            _say_left(connection, desk, row, now)
        if row["next_at"] <= now:
            _look_at(board, row, told.get(row["id"], set()))
    board.send()
    return len(rows)


_OWED: Final = handoffs.c.owes_word & (handoffs.c.state == "open")


def _look_at(board: Board, row: RowMapping, told: set[int]) -> None:
    now = board.now
    if row["checkin_at"] is not None and row["checkin_at"] <= now:
        _check_in(board, row)
    elif row["state"] == "claimed":
        _look_at_claimed(board, row, told)
    elif row["snoozed_until"] is not None:
        history.record(board.connection, row["id"], "woken", now)
        fresh = {"snoozed_until": None, "alerted_at": None, "level": ON_SHIFT}
        change(board.connection, row["id"], **fresh)
        escalate(board, {**row, **fresh}, told, "para_usted")
    else:
        escalate(board, row, told)


def _check_in(board: Board, row: RowMapping) -> None:
    """The moment at which staff agreed to look after the person again."""
    who = row["claimed_by"] or row["assigned_to"]
    board.add(row, [who, alerts.CHAT] if who else [alerts.CHAT], "seguimiento")
    change(board.connection, row["id"], checkin_at=None, next_at=board.now + LEASE)


def _look_at_claimed(board: Board, row: RowMapping, told: set[int]) -> None:
    """Somebody has it: does it still go on?"""
    if any(worker.id == row["claimed_by"] for worker in board.roster.workers):
        next_at = reschedule(board.connection, row["id"])
        if next_at > board.now:
            return
    back = {**BACK, "alerted_at": None, "level": max(row["level"], NEXT_ON_SHIFT)}
    change(board.connection, row["id"], **back, next_at=board.now)
    conversing.free(board.connection, row["conversation_id"], board.now)
    history.record(board.connection, row["id"], "lapsed", board.now, user_id=row["claimed_by"])
    now_open = connection_row(board.connection, row["id"])
    if now_open["owes_word"]:
        _say_left(board.connection, board.desk, now_open, board.now)
    escalate(board, now_open, told, BACK_AGAIN)


def connection_row(connection: Connection, case_id: int) -> RowMapping:
    """A case as it is now."""
    return connection.execute(select(handoffs).where(handoffs.c.id == case_id)).mappings().one()


def escalate(board: Board, row: Mapping[Any, Any], told: set[int], kind: str = "") -> None:
    """Nobody has it: tell those of its level, or of the next one if its level was told already."""
    first = row["alerted_at"] is None
    level = row["level"] if first else min(row["level"] + 1, LATEST_LEVEL)
    if not first:
        history.record(board.connection, row["id"], "escalated", board.now, level=level)
    urgent = row["priority"] == 1
    again = "recuerdo_urgente" if urgent else "recuerdo"
    given = "para_usted" if row["assigned_to"] is not None else "urgente" if urgent else "pedido"
    case = {**row, "level": level}
    recipients = alerts.audience(case, level, board.roster, board.now, told)
    if kind == BACK_AGAIN:  # the group saw who took it
        recipients = [alerts.CHAT, *recipients]
    board.add(case, recipients, kind or (given if first else again))
    change(
        board.connection,
        row["id"],
        level=level,
        alerted_at=board.now,
        acknowledged_at=None,
        assigned_to=row["assigned_to"] if first else None,
        next_at=next_look(board, row, level, board.now),
    )


def _say_left(connection: Connection, desk: Desk, row: Mapping[Any, Any], now: datetime) -> None:
    """Tell the person, once, that nobody of the team is there just now, and that the case goes on."""
    change(connection, row["id"], owes_word=False, apologised_at=now)
    try:
        where = answering.line(connection, row["conversation_id"])
        answering.may_answer(connection, row["id"], now)
    except CannotAnswer:
        return
    text = desk.copy.text("casos", "devuelta", "texto", {"codigo": row["code"]})
    answering.say(connection, desk, where, Reply(LEFT, text), now)


# --- what did not arrive -----------------------------------------------------------------------------------


def notice_failures(connection: Connection, desk: Desk, now: datetime) -> int:
    """An alert that cannot arrive goes another way; an answer that cannot is unanswered again, and its author told."""
    noticed = case_events.alias("noticed")
    failed = (
        select(case_events.c.handoff_id, case_events.c.kind, case_events.c.user_id, case_events.c.outbox_id)
        .add_columns(outbox.c.error_code)
        .join(outbox, outbox.c.id == case_events.c.outbox_id)
        .where(case_events.c.kind.in_(("alerted", "answered")), outbox.c.state == "failed")
        .where(case_events.c.created_at > now - timedelta(days=2))
        .where(
            ~exists().where(
                noticed.c.outbox_id == case_events.c.outbox_id,
                noticed.c.handoff_id == case_events.c.handoff_id,
                noticed.c.kind.in_(("alert_failed", "answer_failed")),
            )
        )
        .order_by(case_events.c.id)
        .limit(BATCH)
        .with_for_update(of=case_events, skip_locked=True)
    )
    rows = connection.execute(failed).all()
    if not rows:
        return 0
    board = Board.open(connection, desk, now)
    for row in rows:
        _notice(board, row)
    board.send()
    return len(rows)


def _notice(board: Board, row: Any) -> None:
    alert = row.kind == "alerted"
    kind = "alert_failed" if alert else "answer_failed"
    history.record(board.connection, row.handoff_id, kind, board.now, user_id=row.user_id, outbox_id=row.outbox_id)
    who = "staff chat" if alert and row.user_id is None else f"user {row.user_id}"
    log.error(kind, outbox=row.outbox_id, case=row.handoff_id, to=who, cause=row.error_code)
    case = connection_row(board.connection, row.handoff_id)
    if case["state"] == "closed":
        return
    if not alert:
        _unanswered_again(board, case)
    elif case["state"] == "open" and case["snoozed_until"] is None and _another_way(board):
        change(board.connection, case["id"], next_at=min(case["next_at"], board.now))


def _another_way(board: Board) -> bool:
    everybody: list[int | None] = [alerts.CHAT, *(worker.id for worker in board.roster.workers)]
    return any(board.reaches(who) and who not in board.failing for who in everybody)


def _unanswered_again(board: Board, case: RowMapping) -> None:
    now = board.now
    waiting = {"waiting_since": case["waiting_since"] or now, "due_at": now + URGENCIES[case["priority"]].due}
    if case["state"] == "claimed":
        waiting |= {"lease_until": now + LEASE, "next_at": now + LEASE}
        board.add(case, [case["claimed_by"]], "no_salio")
    else:
        waiting |= {"next_at": min(case["next_at"], now)} if case["snoozed_until"] is None else {}
    change(board.connection, case["id"], **waiting)
