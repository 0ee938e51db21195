"""Reads what the chat page or another client posts: what cannot be used is refused with the reason."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.channels.base import Inbound
from flows.core.reply import Reply

CHANNEL: Final = "webchat"
MAX_TEXT = 4096  # characters
MAX_ID = 128
MAX_OPTION = 200
SESSION = re.compile(r"[A-Za-z0-9_-]{16,64}")
SOURCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
CURSOR = re.compile(r"[0-9]{1,18}")
CONTENTS = ("text", "option", "location")


class BadPayload(Exception):
    """The body is JSON, but not what this address takes; the message says which field and why."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises `ValueError` if it is no JSON, `BadPayload` if it is no object."""
    try:
        value = json.loads(body, parse_constant=refuse_constant)
    except RecursionError:
        raise ValueError from None
    if not isinstance(value, dict):
        raise BadPayload("The body must be a JSON object.")
    return value


def refuse_constant(name: str) -> float:
    """NaN and Infinity are no JSON (RFC 8259, section 6), though Python reads them."""
    raise ValueError(name)


def read_inbound(value: Mapping[str, Any]) -> Inbound:
    """A posted message as an event. A field that is null counts as absent; unknown fields are ignored."""
    session, client_id = read_session(value.get("session")), read_id(value.get("id"))
    given = [name for name in CONTENTS if value.get(name) is not None]
    if len(given) != 1:
        raise BadPayload("Give exactly one of text, option and location.")
    return Inbound(
        channel=CHANNEL,
        provider_id=event_key(session, client_id),
        address=session,
        text=read_text(value["text"]) if "text" in given else "",
        option=read_option(value["option"]) if "option" in given else None,
        location=read_location(value["location"]) if "location" in given else None,
        source=read_source(value.get("source")),
    )


def event_key(session: str, client_id: str) -> str:
    """One key for (session, id). A digest, because the session is a secret and this key is stored plain."""
    return hashlib.sha256(f"{session}/{client_id}".encode()).hexdigest()


def read_session(value: object) -> str:
    if not isinstance(value, str) or not SESSION.fullmatch(value):
        raise BadPayload("session must be 16 to 64 characters of A-Z, a-z, 0-9, _ and -.")
    return value


def read_id(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_ID or not encodable(value):
        raise BadPayload(f"id must be a text of 1 to {MAX_ID} characters.")
    return value


def read_text(value: object) -> str:
    """Half a surrogate pair (an emoji cut in two) becomes U+FFFD; NUL, which PostgreSQL refuses, goes."""
    if not isinstance(value, str):
        raise BadPayload("text must be a text.")
    if len(value) > MAX_TEXT:
        raise BadPayload(f"text is longer than {MAX_TEXT} characters. Send it in parts.")
    clean = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    if not clean.strip():
        raise BadPayload("text is empty.")
    return clean


def read_option(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_OPTION or not value.isprintable():
        raise BadPayload(f"option must be the id of an option: 1 to {MAX_OPTION} printable characters.")
    return value


def read_location(value: object) -> tuple[float, float]:
    if not isinstance(value, dict):
        raise BadPayload("location must be an object with latitude and longitude.")
    return degrees(value.get("latitude"), 90, "latitude"), degrees(value.get("longitude"), 180, "longitude")


def degrees(value: object, limit: int, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
        raise BadPayload(f"{name} must be a number from -{limit} to {limit}.")
    return float(value)


def read_source(value: object) -> str | None:
    """Where the person comes from (the code of a poster or link). What cannot be a code is dropped."""
    if value is not None and not isinstance(value, str):
        raise BadPayload("source must be a text.")
    return value if value and SOURCE.fullmatch(value) else None


def read_after(value: str | None) -> int:
    """The id of the last message that the client has; 0 without one."""
    if value is None or value == "":
        return 0
    if not CURSOR.fullmatch(value):
        raise BadPayload("after must be the id of a message: a whole number.")
    return int(value)


def encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def to_wire(message_id: int, reply: Reply) -> dict[str, Any]:
    """One message as JSON: id, key, text, options, media; `wants` and descriptions where there are any."""
    body: dict[str, Any] = {
        "id": message_id,
        "key": reply.key,
        "text": reply.text,
        "options": [
            {"id": o.id, "title": o.title} | ({"description": o.description} if o.description else {})
            for o in reply.options
        ],
        "media": ["/" + path.lstrip("/") for path in reply.media],
    }
    if reply.wants:
        body["wants"] = reply.wants
    return body
