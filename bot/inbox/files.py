"""Files: what a person sent (fetched, capped, sealed, expiring) and what we give (a link that works for a day)."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from bot.channels.base import Media
from bot.inbox.deps import Deps
from db.crypto import Cipher
from db.tables import media

DATA_FILE: Final = "data_file"
CONTENT, SOURCE = "media", "media source"
KEPT: Final = timedelta(days=30)  # a file that a person sent
OFFERED: Final = timedelta(hours=24)  # a file that we give
MOST: Final = 10  # files of one message that are kept


def note(
    connection: Connection,
    deps: Deps,
    sent: Sequence[Media],
    *,
    contact_id: int,
    message_id: int,
    channel: str,
    now: datetime,
) -> None:
    """Put what was sent in line to be fetched."""
    if not sent:
        return
    connection.execute(
        insert(media),
        [
            {
                "created_at": now,
                "contact_id": contact_id,
                "message_id": message_id,
                "channel": channel,
                "kind": item.kind,
                "mime": item.mime,
                "size": item.size,
                "source_enc": deps.cipher.seal(item.source, SOURCE),
                "state": "pending",
                "expires_at": now + KEPT,
            }
            for item in sent[:MOST]
        ],
    )


def keep(
    connection: Connection,
    deps: Deps,
    contact_id: int,
    channel: str,
    content: str | bytes,
    now: datetime,
    *,
    name: str = "mis-datos.txt",
    until: datetime | None = None,
) -> str:
    """Keep a file for download, for a day if nothing else is said; returns its path. `name`: one that
    `bot.web.files` knows. Only the hash of the path's secret is stored.
    """
    token = secrets.token_urlsafe(24)
    connection.execute(
        insert(media).values(
            created_at=now,
            contact_id=contact_id,
            channel=channel,
            kind=DATA_FILE,
            mime=mimetypes.guess_type(name)[0],
            size=len(content.encode() if isinstance(content, str) else content),
            content_enc=deps.cipher.seal(content, CONTENT),
            state="stored",
            expires_at=until or now + OFFERED,
            token_hash=_hash(token),
        )
    )
    return f"/archivos/{token}/{name}"


def offered(connection: Connection, cipher: Cipher, token: str, now: datetime) -> bytes | None:
    """The content behind a link, None if it never was or is over."""
    sealed = connection.scalar(
        select(media.c.content_enc).where(media.c.token_hash == _hash(token), media.c.expires_at > now)
    )
    return None if sealed is None else cipher.open_bytes(sealed, CONTENT)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
