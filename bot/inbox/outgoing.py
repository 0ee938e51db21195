"""What the bot said, written down in the event's transaction: messages for the record, outbox rows for the sender."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert

from db.crypto import Cipher
from db.tables import messages, outbox
from flows.core.reply import Reply

MESSAGE: Final = "message"
PULLED: Final = frozenset({"webchat", "terminal"})  # whose people fetch what was said: nothing leaves the machine
BILLED: Final = frozenset({"whatsapp", "sms"})  # each message may cost: few and dense ones
DENSE: Final = 900  # characters of a joined message; WhatsApp takes 1024 with buttons, numbering comes on top


def compact(replies: Sequence[Reply]) -> list[Reply]:
    """Join a statement with what follows it, as long as a person would still read it as one message."""
    joined: list[Reply] = []
    for reply in replies:
        before = joined[-1] if joined else None
        if before and not before.options and not before.media and len(before.text) + len(reply.text) < DENSE:
            joined[-1] = Reply(
                reply.key,
                f"{before.text}\n\n{reply.text}",
                reply.options,
                reply.wants,
                reply.media,
                before.static and reply.static,
            )
        else:
            joined.append(reply)
    return joined


def sealed(reply: Reply, cipher: Cipher) -> bytes:
    """A reply as it is stored."""
    return cipher.seal(json.dumps(reply.to_json(), ensure_ascii=False), MESSAGE)


def opened(token: bytes, cipher: Cipher) -> Reply:
    """A reply as it was stored."""
    return Reply.from_json(json.loads(cipher.open(token, MESSAGE)))


def queue(
    connection: Connection,
    message_ids: Sequence[int],
    *,
    channel: str,
    address: bytes,
    identity_id: int | None,
    conversation_id: int | None,
    priority: int,
    now: datetime,
) -> None:
    """Hand stored messages to the sender; `address` is sealed already."""
    if channel in PULLED or not message_ids:
        return
    connection.execute(
        insert(outbox),
        [
            {
                "created_at": now,
                "message_id": message_id,
                "identity_id": identity_id,
                "conversation_id": conversation_id,
                "channel": channel,
                "address_enc": address,
                "priority": priority,
            }
            for message_id in message_ids
        ],
    )


def write(
    connection: Connection,
    replies: Sequence[Reply],
    cipher: Cipher,
    *,
    conversation_id: int | None,
    event_id: int | None,
    now: datetime,
    author: str = "bot",
) -> list[int]:
    """Store what was said; returns the messages' ids, in order."""
    if not replies:
        return []
    return list(
        connection.scalars(
            insert(messages).returning(messages.c.id, sort_by_parameter_order=True),
            [
                {
                    "created_at": now,
                    "conversation_id": conversation_id,
                    "event_id": event_id,
                    "direction": "out",
                    "key": reply.key,
                    "body_enc": sealed(reply, cipher),
                    "author": author,
                }
                for reply in replies
            ],
        )
    )
