"""Reading Twilio's webhooks: is it really from Twilio, and what does it say?

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request. New ones come unannounced: ignored.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from urllib.parse import parse_qsl, urldefrag, urlsplit

from multidict import MultiDict, MultiDictProxy
from twilio.request_validator import RequestValidator, compare  # type: ignore[import-untyped]

from bot.channels.base import Inbound, Media, Status

WEBHOOK_OPTIONS = "#rc=3&rp=5xx,ct,rt"
"""To append to the webhook's URL in Twilio's console: three retries on 5xx, connect and read time-outs."""

_MOST_FIELDS = 1000
_MOST_MEDIA = 10
_MESSAGE_SID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_WHATSAPP = re.compile(r"whatsapp:\+?[A-Za-z0-9._:-]{1,150}", re.ASCII)
_SMS = re.compile(r"\+?[A-Za-z0-9]{2,20}", re.ASCII)
_PHONE = re.compile(r"whatsapp:(\+[1-9][0-9]{6,14})", re.ASCII)
_UNFILLED = re.compile(r"\{\{\d+\}\}|\d{1,2}", re.ASCII)
_STATES = {"sent": "sent", "delivered": "delivered", "read": "read"}
_STATES |= dict.fromkeys(("failed", "undelivered", "canceled"), "failed")
_KINDS = {"image": "image", "audio": "audio", "video": "video"}


class Unreadable(Exception):
    """A webhook call without sender or id. Answer 400; the message names the field, never its value."""


class TwilioWebhook:
    """Checks and reads the forms that Twilio posts to us."""

    def __init__(self, auth_token: str, public_url: str) -> None:
        """`public_url`: what Twilio was given up to our paths. A malformed one raises ValueError here."""
        self._base = urldefrag(public_url).url.rstrip("/")
        if urlsplit(self._base).port == 0 or not urlsplit(self._base).hostname:
            raise ValueError("the public URL needs a host, such as https://bot.example.org")
        self._validator = RequestValidator(auth_token)

    def verify(self, path: str, raw_body: bytes, signature: str | None) -> bool:
        """True if Twilio signed this body for our public URL. Never raises.

        `path`: path and query of the request as they came; the Host header plays no part.
        Algorithm: https://www.twilio.com/docs/usage/webhooks/webhooks-security
        """
        if not signature:
            return False
        try:
            form, url = _form(raw_body), self._base + urldefrag(path).url
            plain = self._validator.compute_signature(url, form)  # the other ways, with and without port, are rare
            return compare(plain, signature) or bool(self._validator.validate(url, form, signature))
        except (Unreadable, ValueError):
            return False

    def read(self, raw_body: bytes) -> Inbound:
        """One message of a person. Raises `Unreadable` if it does not say whose or which message it is.

        A field that is merely odd (coordinates off the globe) is left out: a 4xx would lose the message.
        """
        form = _form(raw_body)
        address = form.get("From", "")
        channel = _channel(address)
        option = _option(form)
        return Inbound(
            channel=channel,
            provider_id=_message_sid(form),
            address=address,
            aliases=_aliases(form, address) if channel == "whatsapp" else (),
            text=form.get("Body") or form.get("ButtonText") or form.get("ListTitle") or "",
            option=option,
            location=_location(form),
            media=_media(form),
            phone=phone[1] if (phone := _PHONE.fullmatch(address)) else None,
        )

    def read_status(self, raw_body: bytes) -> Status | None:
        """What became of a message of ours; None for states that change nothing (queued, sending …)."""
        form = _form(raw_body)
        provider_id = _message_sid(form)
        state = _STATES.get((form.get("MessageStatus") or form.get("SmsStatus") or "").lower())
        if state is None:
            return None
        whatsapp = any(form.get(name, "").startswith("whatsapp:") for name in ("From", "To"))
        error = form.get("ErrorCode", "")
        return Status(
            channel="whatsapp" if whatsapp else "sms",
            provider_id=provider_id,
            state=state,
            error=error if re.fullmatch(r"[1-9][0-9]{2,5}", error, re.ASCII) else None,
        )


@lru_cache(maxsize=1)  # each body is read twice in a row: is it authentic, and what does it say?
def _form(raw_body: bytes) -> MultiDictProxy[str]:
    text = raw_body.decode("utf-8", "replace")
    try:
        return MultiDictProxy(MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)))
    except ValueError:
        raise Unreadable("too many fields") from None


def _message_sid(form: MultiDictProxy[str]) -> str:
    sid = form.get("MessageSid", "")
    if not _MESSAGE_SID.fullmatch(sid):
        raise Unreadable("MessageSid")
    return sid


def _channel(address: str) -> str:
    if _WHATSAPP.fullmatch(address):
        return "whatsapp"
    if _SMS.fullmatch(address):
        return "sms"
    raise Unreadable("From")


def _aliases(form: MultiDictProxy[str], address: str) -> tuple[str, ...]:
    """The business-scoped id beside a phone: the phone goes when the person takes a username, this stays."""
    user = form.get("ExternalUserId", "")
    alias = user if user.startswith("whatsapp:") else f"whatsapp:{user}"
    return (alias,) if alias != address and _WHATSAPP.fullmatch(alias) else ()


def _option(form: MultiDictProxy[str]) -> str | None:
    """The id of the tapped button; None if its variable was not filled in: then the title says it as text."""
    option = form.get("ButtonPayload") or form.get("ListId")
    return None if option is None or _UNFILLED.fullmatch(option) else option or None


def _location(form: MultiDictProxy[str]) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(form.get("Latitude", "")), float(form.get("Longitude", ""))
    except ValueError:
        return None
    on_globe = math.isfinite(latitude + longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if on_globe else None


def _media(form: MultiDictProxy[str]) -> tuple[Media, ...]:
    found = []
    for index in range(_MOST_MEDIA):
        url = form.get(f"MediaUrl{index}")
        if not url:
            break
        mime = form.get(f"MediaContentType{index}", "").lower()
        found.append(Media(kind=_kind(mime, form.get("MessageType", "")), source=url, mime=mime))
    return tuple(found)


def _kind(mime: str, message_type: str) -> str:
    if message_type == "sticker":
        return "sticker"
    if mime.startswith("audio/ogg"):  # WhatsApp's voice notes are Opus in Ogg
        return "voice"
    return _KINDS.get(mime.partition("/")[0], "document")
