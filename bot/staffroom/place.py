"""Where a message to the staff's chat goes and what it does there; and putting one into the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from sqlalchemy import Connection, select

from bot.cases.desk import Desk
from bot.inbox import outgoing
from bot.inbox.people import ADDRESS
from db.tables import outbox
from flows.core.reply import Reply

CHANNEL: Final = "telegram_staff"
"""A lane of its own: 20 messages a minute are all that Telegram takes in a group, and nobody else waits for them."""


@dataclass(frozen=True, slots=True)
class Place:
    """As an outbox row keeps it, in its address.

    `act`: say (in the case's topic, or in the chat) · alert (opens the topic) · relay (a person's message, by its
    `number`) · edit (the alert as it is now) · close, reopen · delete (the topic of that `number`).
    """

    chat: str
    case: int | None = None
    act: str = "say"
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.chat}|{self.case or ''}|{self.act}|{self.number or ''}"

    @classmethod
    def read(cls, address: str) -> Self:
        """What `str` made."""
        chat, case, act, number = address.split("|")
        return cls(chat, int(case) if case else None, act, int(number) if number else None)


def put(
    connection: Connection,
    desk: Desk,
    place: Place,
    reply: Reply,
    now: datetime,
    *,
    urgent: bool = False,
    conversation_id: int | None = None,
) -> int | None:
    """Queue one message; returns the id of its outbox row. `conversation_id`: erased with that conversation."""
    ids = outgoing.write(connection, [reply], desk.cipher, conversation_id=None, event_id=None, now=now)
    outgoing.queue(
        connection,
        ids,
        channel=CHANNEL,
        address=desk.cipher.seal(str(place), ADDRESS),
        identity_id=None,
        conversation_id=conversation_id,
        priority=1 if urgent else 2,
        now=now,
    )
    return connection.scalar(select(outbox.c.id).where(outbox.c.message_id == ids[0]))
