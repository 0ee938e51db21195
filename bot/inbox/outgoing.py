"""What the bot said, written down in the event's transaction: messages for the record, outbox rows for the sender."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert

from db.crypto import Cipher
from db.prepared import Prepared
from db.tables import messages, outbox
from flows.core.reply import Reply

MESSAGE: Final = "message"
PULLED: Final = frozenset({"webchat", "terminal"})  # whose people fetch what was said: nothing leaves the machine
BILLED: Final = frozenset({"whatsapp", "sms"})  # each message may cost: few and dense ones
DENSE: Final = 900  # characters of a joined message; WhatsApp takes 1024 with buttons, numbering comes on top


_QUEUE: Final = Prepared(
    insert(outbox).values(
        created_at=bindparam("at"),
        message_id=bindparam("message"),
        identity_id=bindparam("identity"),
        conversation_id=bindparam("conversation"),
        channel=bindparam("channel"),
        address_enc=bindparam("address"),
        priority=bindparam("priority"),
        expires_at=bindparam("until", type_=outbox.c.expires_at.type),
    )
)


to_json: Final = json.JSONEncoder(ensure_ascii=False).encode  # made once: `json.dumps` would make one each time


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
    return cipher.seal(to_json(reply.to_json()), MESSAGE)


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
    until: datetime | None = None,
) -> None:
    """Hand stored messages to the sender; `address` is sealed already. What has not left by `until` never does."""
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
            until=until,
        )


class Line(NamedTuple):
    """One message as it is stored. `body` is sealed."""

    direction: str
    key: str | None
    body: bytes
    author: str


def write(
    connection: Connection,
    replies: Sequence[Reply],
    cipher: Cipher,
    *,
    conversation_id: int | None,
    event_id: int | None,
    now: datetime,
    heard: Sequence[Line] = (),
    sensitive: bool = False,
) -> list[int]:
    """Store what was `heard` and what was said to it; returns the messages' ids, in order.

    `sensitive`: danger was spoken of, so the words are forgotten early.
    """
    lines = [*heard, *(Line("out", reply.key, sealed(reply, cipher), "bot") for reply in replies)]
    if not lines:
        return []
    values: dict[str, Any] = {"at": now, "conversation": conversation_id, "event": event_id, "early": sensitive}
    for number, line in enumerate(lines):
        values |= {f"{name}_{number}": value for name, value in zip(Line._fields, line, strict=True)}
    return sorted(row[0] for row in _keep(len(lines)).all(connection, **values))


@cache
def _keep(lines: int) -> Prepared:
    """So many messages of one event in one statement: both databases number its rows from first to last."""
    shared = {"created_at": "at", "conversation_id": "conversation", "event_id": "event", "sensitive": "early"}
    own = {"direction": "direction", "key": "key", "body_enc": "body", "author": "author"}
    rows = [
        {
            column: bindparam(name, type_=messages.c[column].type)
            for column, name in (shared | {column: f"{name}_{number}" for column, name in own.items()}).items()
        }
        for number in range(lines)
    ]
    return Prepared(insert(messages).values(rows).returning(messages.c.id))
