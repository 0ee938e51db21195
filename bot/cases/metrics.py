"""Figures about cases and alerts for Prometheus and readiness: numbers, and nothing about anybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Connection, func, select

from bot.cases import alerts
from bot.cases.desk import Desk
from bot.cases.policy import STUCK, URGENCIES
from db.tables import case_events, handoffs, outbox

OK: Final = "ok"
DAY: Final = timedelta(days=1)


class CaseMetrics:
    """Gauges that the clock sets."""

    def __init__(self, registry: CollectorRegistry) -> None:
        by = ["priority"]
        self._open = Gauge("arraigo_cases_open", "Cases that are not closed", by, registry=registry)
        self._overdue = Gauge("arraigo_cases_overdue", "Open cases past their time", by, registry=registry)
        self._failed = Gauge("arraigo_alerts_failed", "Alerts to staff of the last day that failed", registry=registry)
        self._failing = Gauge("arraigo_alerts_failing", "Recipients whom alerts do not reach now", registry=registry)
        self._chat = Gauge(
            "arraigo_staff_chat_failing", "1 while alerts do not reach the staff chat", registry=registry
        )

    def measure(self, connection: Connection, desk: Desk, now: datetime) -> int:
        """Set every gauge; nothing is ever left to do."""
        mine = handoffs.c.state != "closed"
        counted = select(handoffs.c.priority, func.count()).where(mine).group_by(handoffs.c.priority)
        waiting = {row[0]: row[1] for row in connection.execute(counted)}
        late = {row[0]: row[1] for row in connection.execute(counted.where(handoffs.c.due_at <= now))}
        for priority in URGENCIES:
            self._open.labels(priority).set(waiting.get(priority, 0))
            self._overdue.labels(priority).set(late.get(priority, 0))
        lost = select(func.count()).where(case_events.c.kind == "alert_failed", case_events.c.created_at > now - DAY)
        self._failed.set(connection.scalar(lost) or 0)
        failing = alerts.failing(connection, now)
        self._failing.set(len(failing))
        self._chat.set(alerts.CHAT in failing)
        return 0


def alerts_state(connection: Connection, desk: Desk, now: datetime) -> str:
    """«ok», or what is wrong with the alerts to staff and what to do."""
    if alerts.CHAT in alerts.failing(connection, now) and desk.staff_chat:
        return _chat_fails(connection)
    if failing := alerts.failing(connection, now):
        users = ", ".join(str(user) for user in sorted(user for user in failing if user is not None))
        return f"alerts do not reach users {users}: ask them to write to the bot on Telegram"
    oldest = connection.scalar(_WAITING)
    if oldest is not None and now - oldest > STUCK:
        return f"alerts have waited for {(now - oldest).total_seconds():.0f} s: is Telegram reachable?"
    return OK


_WAITING: Final = (
    select(func.min(outbox.c.created_at))
    .join(case_events, case_events.c.outbox_id == outbox.c.id)
    .where(case_events.c.kind == "alerted", outbox.c.state.in_(("pending", "sending")))
)


def _chat_fails(connection: Connection) -> str:
    latest = (
        select(outbox.c.error_code)
        .join(case_events, case_events.c.outbox_id == outbox.c.id)
        .where(case_events.c.kind == "alerted", case_events.c.user_id.is_(None), outbox.c.state == "failed")
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    cause = connection.scalar(latest) or ""
    if "migrated" in cause:
        return "the staff chat has a new number (the log has it): set ARRAIGO_TELEGRAM_STAFF_CHAT"
    if cause.startswith("stopped"):
        return "the bot is not in the staff chat any more: add it, or set ARRAIGO_TELEGRAM_STAFF_CHAT"
    return f"alerts do not reach the staff chat ({cause.partition(':')[0]}): run arraigo channels setup"
