"""What the bot said, written down in the event's transaction: messages for the record, outbox rows for the sender."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert

from db.crypto import Cipher
from db.prepared import Prepared
from db.tables import messages, outbox
from flows.core.reply import Reply

MESSAGE: Final = "message"
PULLED: Final = frozenset({"webchat", "terminal"})  # whose people fetch what was said: nothing leaves the machine
BILLED: Final = frozenset({"whatsapp", "sms"})  # each message may cost: few and dense ones
DENSE: Final = 900  # characters of a joined message; WhatsApp takes 1024 with buttons, numbering comes on top


_KEEP: Final = Prepared(
    insert(messages)
    .values(
        created_at=bindparam("at"),
        conversation_id=bindparam("conversation"),
        event_id=bindparam("event"),
        direction=bindparam("direction"),
        key=bindparam("key"),
        body_enc=bindparam("body"),
        author=bindparam("author"),
    )
    .returning(messages.c.id)
)
_QUEUE: Final = Prepared(
    insert(outbox).values(
        created_at=bindparam("at"),
        message_id=bindparam("message"),
        identity_id=bindparam("identity"),
        conversation_id=bindparam("conversation"),
        channel=bindparam("channel"),
        address_enc=bindparam("address"),
        priority=bindparam("priority"),
    )
)


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
    for message_id in message_ids:
        _QUEUE.run(
            connection,
            at=now,
            message=message_id,
            identity=identity_id,
            conversation=conversation_id,
            channel=channel,
            address=address,
            priority=priority,
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
    return [
        keep(
            connection,
            conversation_id,
            event_id,
            now,
            direction="out",
            key=reply.key,
            body=sealed(reply, cipher),
            author=author,
        )
        for reply in replies
    ]


def keep(
    connection: Connection,
    conversation_id: int | None,
    event_id: int | None,
    now: datetime,
    *,
    direction: str,
    key: str | None,
    body: bytes,
    author: str,
) -> int:
    """Store one message, its body sealed; returns its id."""
    message_id: int = _KEEP.scalar(
        connection,
        at=now,
        conversation=conversation_id,
        event=event_id,
        direction=direction,
        key=key,
        body=body,
        author=author,
    )
    return message_id
