"""Alerts to staff: to whom, in which words, and what became of them. A code, never content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from bot.cases import conversing, history
from bot.cases.desk import Desk
from bot.cases.policy import (
    COORDINATORS,
    CROWDED,
    EVERYBODY,
    FAILING,
    FEW,
    NEXT_ON_SHIFT,
    ON_SHIFT,
)
from bot.cases.roster import COORDINATOR, FACILITATOR, Roster, Worker
from bot.inbox import outgoing
from bot.inbox.people import ADDRESS
from bot.staffroom import topics
from bot.staffroom.place import Place, put
from db.tables import case_events, outbox
from flows.core.reply import Option, Reply

CHAT: Final = None  # a recipient: the chat of all staff; any other is a user's id
COUNTRIES: Final = frozenset({"SV", "GT", "HN"})
MINUTE: Final = timedelta(minutes=1)
DELIVERED: Final = ("sent", "delivered", "read")

Case = Mapping[Any, Any]
Recipient = int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One case to be told to somebody. `kind` is a key of the copy."""

    case: Case
    kind: str


@dataclass
class Board:
    """Collects who is to be told what; `send` writes it, a list instead of many messages."""

    connection: Connection
    desk: Desk
    roster: Roster
    now: datetime
    failing: set[Recipient] = field(default_factory=set)
    _notices: dict[Recipient, list[Notice]] = field(default_factory=dict)

    @classmethod
    def open(cls, connection: Connection, desk: Desk, now: datetime) -> Board:
        roster = Roster.load(connection, desk, now)
        return cls(connection, desk, roster, now, failing(connection, now))

    def reaches(self, recipient: Recipient) -> bool:
        """Whether there is an address at all."""
        return self.desk.telegram and self._address(recipient) != ""

    def add(self, case: Case, recipients: Iterable[Recipient], kind: str) -> None:
        """Tell those who can be reached. Whom an alert did not reach lately: only if it is nobody else's either."""
        wanted = [recipient for recipient in dict.fromkeys(recipients) if self.reaches(recipient)]
        alive = [recipient for recipient in wanted if recipient not in self.failing]
        for recipient in alive or self._others(wanted) or wanted:
            self._notices.setdefault(recipient, []).append(Notice(case, kind))

    def _others(self, wanted: Sequence[Recipient]) -> list[Recipient]:
        """Instead of those who have no telephone or do not answer it: the chat, or else everybody who has one."""
        everybody: list[Recipient] = [CHAT, *(worker.id for worker in self.roster.workers)]
        alive = [who for who in everybody if self.reaches(who) and who not in self.failing]
        return [CHAT] if CHAT in alive else alive

    def send(self) -> None:
        """Write the messages and their outbox rows, the most urgent first."""
        for recipient, notices in self._notices.items():
            notices.sort(key=lambda notice: (notice.case["priority"], notice.case["id"]))
            groups = [[notice] for notice in notices] if len(notices) <= FEW else [notices]
            for group in groups:
                self._write(recipient, group)
        self._notices.clear()

    def _write(self, recipient: Recipient, notices: Sequence[Notice]) -> None:
        reply = one(self.desk, notices[0]) if len(notices) == 1 else many(self.desk, notices)
        urgent = notices[0].case["priority"] == 1
        if recipient is CHAT:
            place = _place(self.desk, notices)
            row = put(self.connection, self.desk, place, reply, self.now, urgent=urgent)
        else:
            row = self._to_user(self._address(recipient), reply, urgent=urgent)
        for notice in notices:
            level = notice.case["level"]
            history.record(
                self.connection, notice.case["id"], "alerted", self.now, user_id=recipient, level=level, outbox_id=row
            )

    def _to_user(self, address: str, reply: Reply, *, urgent: bool) -> int | None:
        ids = outgoing.write(
            self.connection, [reply], self.desk.cipher, conversation_id=None, event_id=None, now=self.now
        )
        outgoing.queue(
            self.connection,
            ids,
            channel="telegram",
            address=self.desk.cipher.seal(address, ADDRESS),
            identity_id=None,
            conversation_id=None,
            priority=1 if urgent else 2,
            now=self.now,
        )
        return self.connection.scalar(select(outbox.c.id).where(outbox.c.message_id == ids[0]))

    def _address(self, recipient: Recipient) -> str:
        if recipient is CHAT:
            return self.desk.staff_chat
        return next((who.telegram_id or "" for who in self.roster.workers if who.id == recipient), "")


def audience(case: Case, level: int, roster: Roster, now: datetime, told: Iterable[int]) -> list[Recipient]:
    """Who is alerted at a level: somebody on shift, the next one, coordinators, everybody; and when the chat too.

    Nobody on shift: all coordinators and the chat at once, but for a plain wish to talk, which waits for the
    morning in the chat.
    """
    if case["assigned_to"] is not None and case["alerted_at"] is None:
        alone = level == ON_SHIFT and case["priority"] > 1
        return [case["assigned_to"]] if alone else [case["assigned_to"], CHAT]
    on_shift = _ranked(case, roster, roster.on_duty(now, FACILITATOR))
    fresh = [user for user in on_shift if user not in set(told)]
    coordinators = _ranked(case, roster, roster.on_duty(now, COORDINATOR)) or _of_role(case, roster, COORDINATOR)
    chat: list[Recipient] = [CHAT]
    if level >= EVERYBODY:
        return [*chat, *(worker.id for worker in roster.workers)]
    if level == COORDINATORS or (level == NEXT_ON_SHIFT and not fresh):
        return [*chat, *coordinators]
    if level == NEXT_ON_SHIFT:
        return [*(chat if case["priority"] == 1 else []), *fresh[:1]]
    if not roster.somebody(now):
        return [*chat, *(_of_role(case, roster, COORDINATOR) if case["priority"] < 3 else [])]
    return [*chat, *(fresh or on_shift)[:1]]


def _ranked(case: Case, roster: Roster, users: Iterable[int]) -> list[int]:
    """Whose panel shows the case, then who speaks the language, then who is of the country."""
    wanted = set(users)
    found = sorted((w for w in roster.workers if w.id in wanted), key=lambda worker: _distance(case, worker))
    return [worker.id for worker in found]


def _of_role(case: Case, roster: Roster, role: str) -> list[int]:
    return _ranked(case, roster, (worker.id for worker in roster.workers if worker.role == role))


def _distance(case: Case, worker: Worker) -> tuple[bool, bool, bool, int]:
    country, language = case["country"], case["call_language"] or case["language"] or "es"
    sees = worker.country is None or country not in COUNTRIES or worker.country == country
    return (not sees, language not in worker.languages, worker.country != country, worker.id)


def one(desk: Desk, notice: Notice) -> Reply:
    """The alert of one case: key `equipo.aviso.<kind>`. An ordinary one has buttons, any other leads to the panel."""
    key, case = f"equipo.aviso.{notice.kind}", notice.case
    text = desk.copy.text("equipo", "aviso", notice.kind, _values(desk, case))
    if _is_ordinary(case):
        return Reply(key, text, _buttons(desk, case) if case["state"] == "open" else ())
    link = f"{desk.public_url}/panel/casos/{case['id']}" if desk.public_url else ""
    return Reply(key, "\n".join(filter(None, [text, link])))


def _buttons(desk: Desk, case: Case) -> tuple[Option, ...]:
    titles = desk.copy.heading("equipo", "botones")
    return tuple(Option(f"caso:{case['id']}:{what}", str(title)) for what, title in titles.items())


def _is_ordinary(case: Case) -> bool:
    return topics.ordinary(case["reason"], case["priority"], case["topic"], case["contact_id"])


def _place(desk: Desk, notices: Sequence[Notice]) -> Place:
    """An alert of one ordinary case goes to its topic; a list, and what is graver, to the chat itself."""
    alone = notices[0].case if len(notices) == 1 else None
    if alone is None or not _is_ordinary(alone):
        return Place(desk.staff_chat)
    return Place(desk.staff_chat, alone["id"], "alert")


def many(desk: Desk, notices: Sequence[Notice]) -> Reply:
    """The alert of many cases, a line each."""
    copy, urgent = desk.copy, sum(notice.case["priority"] == 1 for notice in notices)
    head = copy.text("equipo", "aviso", "resumen", {"casos": len(notices), "urgentes": urgent})
    lines = [copy.text("equipo", "aviso", "renglon", _values(desk, notice.case)) for notice in notices]
    return Reply("equipo.aviso.resumen", "\n".join([head, *lines]))


def _values(desk: Desk, case: Case) -> dict[str, object]:
    country = case["country"] if case["country"] in COUNTRIES else "other"
    language = case["call_language"] or case["language"] or "es"
    names = desk.copy.heading("equipo", "idiomas")
    return {
        "codigo": case["code"],
        "pais": desk.copy.common(f"pais_{country}", {}),
        "idioma": names.get(language, language),
        "marca": desk.copy.text("equipo", "aviso", f"marca_{case['priority']}", {}),
    }


def heard(connection: Connection, desk: Desk, conversation_id: int, now: datetime) -> None:
    """The person wrote to somebody of the team, who is told if it had been quiet for a while."""
    quiet = conversing.heard(connection, conversation_id, now)
    if quiet:
        board = Board.open(connection, desk, now)
        for row in quiet:
            board.add(row, [row["claimed_by"]], "escribio")
        board.send()


def failing(connection: Connection, now: datetime) -> set[Recipient]:
    """Whom the latest alert of the last hour that came to an end did not reach."""
    rows = connection.execute(
        select(case_events.c.user_id, outbox.c.state)
        .join(outbox, outbox.c.id == case_events.c.outbox_id)
        .where(case_events.c.kind == "alerted", case_events.c.created_at > now - FAILING)
        .where(outbox.c.state.in_(("failed", *DELIVERED)))
        .order_by(case_events.c.id)
    )
    return {user for user, state in {row.user_id: row.state for row in rows}.items() if state == "failed"}


def crowded(connection: Connection, now: datetime) -> bool:
    """Whether the staff chat got so many alerts lately that more would only wait behind them."""
    sent = (
        select(case_events.c.created_at)
        .where(case_events.c.kind == "alerted", case_events.c.user_id.is_(None))
        .where(case_events.c.created_at > now - MINUTE)
        .limit(CROWDED)
    )
    return len(connection.execute(sent).all()) >= CROWDED
