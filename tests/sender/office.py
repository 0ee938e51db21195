"""A database with people and messages for them, and a clock that stands still until it is moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.channels.base import Channel, SendError, Status
from bot.channels.twilio.errors import by_code
from bot.sender.claims import Claimed, claim
from bot.sender.lane import Bounds
from bot.sender.loop import Sender
from bot.sender.results import Outcome, apply_status, complete
from db.crypto import Cipher, new_key
from db.database import Database
from db.tables import contacts, conversations, events, identities, messages, metadata, outbox, sender_rates
from flows.core.reply import Reply

T = TypeVar("T")
START = datetime(2026, 11, 22, 15, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def judge(status: Status) -> SendError | None:
    """As the wiring does it: Twilio's own table."""
    return by_code(status.error or "")


class Clock:
    """Says what it was set to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        """Move on, and say the new time."""
        self.now += timedelta(seconds=seconds)
        return self.now


class Office:
    """Puts messages into the outbox and looks at what became of them."""

    def __init__(self, database: Database, key: str | None = None) -> None:
        self.database = database
        self.cipher = Cipher([key or new_key()])
        self.clock = Clock()
        self.random = Random(7)

    def do(self, work: Callable[[Connection], T]) -> T:
        """Run a work in its transaction."""
        return self.database.write_now(work)

    def clear(self) -> None:
        """Forget everybody and everything."""
        self.clock.now = START

        def work(connection: Connection) -> None:
            for table in (outbox, messages, events, sender_rates, identities, contacts):
                connection.execute(delete(metadata.tables[table.name]))

        self.do(work)

    def person(self, channel: str = "whatsapp", stopped: bool = False, window_until: datetime | None = None) -> int:
        """Somebody new: the id of their identity."""
        address = uuid4().hex

        def work(connection: Connection) -> int:
            contact = insert(contacts).values(created_at=START, code=address, channel_first=channel)
            contact_id = connection.scalars(contact.returning(contacts.c.id)).one()
            identity = insert(identities).values(
                created_at=START,
                contact_id=contact_id,
                channel=channel,
                address_hash=address.encode(),
                stopped_at=START if stopped else None,
                window_until=window_until,
            )
            identity_id: int = connection.scalars(identity.returning(identities.c.id)).one()
            return identity_id

        return self.do(work)

    def wrote(self, person: int, at: datetime) -> None:
        """The person wrote to us then."""
        owner = select(identities.c.contact_id).where(identities.c.id == person).scalar_subquery()
        said = {"created_at": START, "contact_id": owner, "identity_id": person, "last_inbound_at": at}
        self.do(lambda connection: connection.execute(insert(conversations).values(**said)).rowcount)

    def put(self, person: int | None, *texts: str, priority: int = 1, **columns: Any) -> list[int]:
        """Messages for one person, in order: the ids of their outbox rows."""
        return self.put_all([(person, text) for text in texts], priority=priority, **columns)

    def put_all(self, whom: Sequence[tuple[int | None, str]], *, priority: int = 3, **columns: Any) -> list[int]:
        """A message for each of many: the ids of the outbox rows."""
        values = {"created_at": self.clock.now, "channel": "whatsapp", "priority": priority} | columns
        address = self.cipher.seal("whatsapp:+50370000000", "address")

        def work(connection: Connection) -> list[int]:
            said = [self._message(text) for _, text in whom]
            made = insert(messages).returning(messages.c.id, sort_by_parameter_order=True)
            ids = list(connection.scalars(made, said))
            rows = [
                values | {"message_id": message_id, "identity_id": person, "address_enc": address}
                for message_id, (person, _) in zip(ids, whom, strict=True)
            ]
            queued = insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True)
            return list(connection.scalars(queued, rows))

        return self.do(work)

    def _message(self, text: str) -> dict[str, Any]:
        body = json.dumps(Reply("prueba.paso.texto", text).to_json())
        return {
            "created_at": self.clock.now,
            "direction": "out",
            "author": "bot",
            "body_enc": self.cipher.seal(body, "message"),
        }

    def set(self, row_id: int, **columns: Any) -> None:
        """Change an outbox row."""
        self.do(
            lambda connection: (
                connection.execute(update(outbox).where(outbox.c.id == row_id).values(**columns)).rowcount
            )
        )

    def row(self, row_id: int) -> Row[Any]:
        """An outbox row."""
        return self.do(lambda connection: connection.execute(select(outbox).where(outbox.c.id == row_id)).one())

    def fates(self, row_ids: Sequence[int]) -> list[str]:
        """The state of each row, or why it failed."""
        query = select(outbox.c.id, outbox.c.state, outbox.c.error_code).where(outbox.c.id.in_(row_ids))
        rows = {row.id: row for row in self.do(lambda connection: connection.execute(query).all())}
        return [rows[row_id].error_code if rows[row_id].state == "failed" else rows[row_id].state for row_id in row_ids]

    def identity(self, identity_id: int) -> Row[Any]:
        """An identity."""
        query = select(identities).where(identities.c.id == identity_id)
        return self.do(lambda connection: connection.execute(query).one())

    def claim(self, limit: int = 100, rate: float | None = None, **more: Any) -> list[Claimed]:
        """Claim at the clock's time; with no rate, unless one is given."""
        channel, worker = more.pop("channel", "whatsapp"), more.pop("worker", "one")
        now = self.clock.now
        return self.do(lambda connection: claim(connection, channel, now, limit, worker, rate, LEASE, **more))

    def claimed_ids(self, limit: int = 100, rate: float | None = None, **more: Any) -> list[int]:
        """The ids of what `claim` gave."""
        return [row.id for row in self.claim(limit, rate, **more)]

    def complete(self, *outcomes: Outcome) -> dict[str, int]:
        """Store outcomes at the clock's time."""
        channel, now = outcomes[0].row.channel, self.clock.now
        return self.do(lambda connection: complete(connection, channel, outcomes, now, self.random, judge))

    def sent(self, *rows: Claimed) -> dict[str, int]:
        """The provider took these; its ids are `SM<row id>`."""
        return self.complete(*(Outcome(row, provider_id=f"SM{row.id}") for row in rows))

    def refused(self, row: Claimed, error: SendError) -> dict[str, int]:
        """The provider refused this one."""
        return self.complete(Outcome(row, error=error))

    def status(self, provider_id: str, state: str, error: str | None = None) -> None:
        """A status callback comes."""
        status = Status("whatsapp", provider_id, state, error)
        self.do(lambda connection: apply_status(connection, status, self.clock.now, judge))

    def sender(self, *channels: Channel, worker: str = "one", **more: Any) -> Sender:
        """A sender on this database, which never waits a second for a provider that is never late."""
        return Sender(
            more.pop("database", self.database),
            {channel.name: channel for channel in channels},
            self.cipher,
            more.pop("clock", self.clock),
            self.random,
            judge=judge,
            worker=worker,
            bounds=more.pop("bounds", Bounds()),
            **more,
        )
