"""What a person sent in the conversation of a case: pictures, voice notes, documents; for who reads their words."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping, select
from starlette.responses import Response

from bot.channels.base import READABLE
from bot.inbox.files import CONTENT
from bot.panel.casework import sight
from bot.panel.visit import Missing, Refused, Visit
from db.crypto import CannotOpen, Cipher
from db.tables import audit_log, media, messages

SAME_LOOK: Final = timedelta(minutes=5)  # a player asks for a file in pieces: that is one look
SHOWN: Final = ("image/", "audio/", "video/")  # within the page; what is none of these is saved
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
}
_RANGE: Final = re.compile(r"bytes=(\d{1,9})-(\d{0,9})")


@dataclass(frozen=True, slots=True)
class File:
    """A file as the page shows it. `state`: pending, stored or gone."""

    id: int
    kind: str
    mime: str
    state: str

    @property
    def shown_as(self) -> str:
        """«image», «audio», «video», or "" for what is saved."""
        family = self.mime.partition("/")[0]
        return family if f"{family}/" in SHOWN else ""


def of_messages(connection: Connection, ids: Sequence[int], now: datetime) -> Mapping[int, Sequence[File]]:
    """By message."""
    query = select(media.c.message_id, media.c.id, media.c.kind, media.c.mime, media.c.state)
    found: dict[int, list[File]] = {}
    for row in connection.execute(
        query.where(media.c.message_id.in_(ids), media.c.expires_at > now).order_by(media.c.id)
    ):
        found.setdefault(row.message_id, []).append(File(*row[1:]))
    return found


async def one(visit: Visit) -> Response:
    """A file of the case in the address. Who opened it is in the log."""

    def look(connection: Connection) -> tuple[bytes, str]:
        case = sight.case_of(connection, visit.path_id(), visit.staff)
        if not sight.sees_words(case, visit.staff):
            raise Refused
        row = _found(connection, visit.path_id("media"), case.conversation_id, visit.now)
        if row["sensitive"] and not sight.sees_danger(case, visit.staff):
            raise Refused
        if not _noted(connection, visit, row["id"]):
            visit.audit(connection, "case.file_seen", "media", row["id"], {"case": case.id}, contact_id=case.contact_id)
        return _opened(visit.services.deps.cipher, row["content_enc"]), row["mime"]

    content, mime = await visit.write(look)
    return answer(content, mime, visit.path_id("media"), visit.request.headers.get("range", ""))


def _found(connection: Connection, media_id: int, conversation_id: int | None, now: datetime) -> RowMapping:
    """A file that is kept, of a message whose words are kept."""
    query = (
        select(media.c.id, media.c.mime, media.c.content_enc, messages.c.sensitive)
        .join(messages, messages.c.id == media.c.message_id)
        .where(media.c.id == media_id, messages.c.conversation_id == conversation_id, messages.c.author == "person")
        .where(media.c.state == "stored", media.c.expires_at > now, messages.c.body_enc.is_not(None))
    )
    row = connection.execute(query).mappings().first()
    if row is None or row["content_enc"] is None:
        raise Missing
    return row


def _opened(cipher: Cipher, sealed: bytes) -> bytes:
    try:
        return cipher.open_bytes(sealed, CONTENT)
    except CannotOpen:
        raise Missing from None


def _noted(connection: Connection, visit: Visit, media_id: int) -> bool:
    lately = select(audit_log.c.id).where(audit_log.c.entity == "media", audit_log.c.entity_id == media_id)
    mine = lately.where(audit_log.c.user_id == visit.staff.id, audit_log.c.created_at > visit.now - SAME_LOOK)
    return connection.scalar(mine.limit(1)) is not None


def answer(content: bytes, mime: str, media_id: int, wanted: str) -> Response:
    """The content, or the piece of it that a player asks for. Only types that a browser shows safely keep theirs."""
    kind = mime.partition(";")[0].strip().lower()
    safe = kind.startswith(READABLE)
    place = "inline" if safe and kind.startswith(SHOWN) else "attachment"
    suffix = (mimetypes.guess_extension(kind) or "") if safe else ""
    headers = {**HEADERS, "Content-Disposition": f'{place}; filename="archivo-{media_id}{suffix}"'}
    piece = _RANGE.fullmatch(wanted)
    first = int(piece[1]) if piece else 0
    if piece is None or first >= len(content):
        return Response(content, media_type=kind if safe else "application/octet-stream", headers=headers)
    last = min(int(piece[2]) if piece[2] else len(content) - 1, len(content) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, media_type=kind if safe else None, headers=headers)
