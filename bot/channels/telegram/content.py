"""What a private message says, shows or shares, as the fields of an `Inbound`."""

from __future__ import annotations

import re
from typing import Any, TypedDict

import phonenumbers
from telegram import Animation, Audio, Contact, Document, Location, Message, Sticker, Video, VideoNote, Voice

from bot.channels.base import Media

_START = re.compile(r"/start ([A-Za-z0-9_-]{1,64})")  # https://core.telegram.org/bots/features#deep-linking
_COMMAND_TO_BOT = re.compile(r"(/[A-Za-z0-9_]{1,32})@\w+")
_WORDLESS = ("checklist", "dice", "game", "invoice", "paid_media", "poll", "story")


class Content(TypedDict, total=False):
    """The fields of `Inbound` that come from the message itself."""

    text: str
    location: tuple[float, float]
    media: tuple[Media, ...]
    phone: str
    source: str


def content(message: Message) -> Content | None:
    """Read a message. None: Telegram's own notes (something pinned, a timer set), which nobody said.

    What has no words and no file that we know (a poll, a die, somebody else's contact) is an empty
    `Content`: the person did something and waits for an answer.
    """
    if message.text is not None:
        return _spoken(clean(message.text))
    if message.location is not None:
        return {"location": _point(message.location)}
    if message.contact is not None:
        phone = _own_phone(message.contact, message)
        return {"phone": phone} if phone else {}
    media = _media(message)
    if media is not None:
        return {"text": clean(message.caption or ""), "media": (media,)}
    return {} if any(getattr(message, name) is not None for name in _WORDLESS) else None


def clean(text: Any) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    if not isinstance(text, str):
        raise TypeError("a text was expected")
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _spoken(text: str) -> Content:
    text = _COMMAND_TO_BOT.sub(r"\1", text, count=1) if text.startswith("/") else text
    start = _START.fullmatch(text.rstrip())
    return {"text": "", "source": start[1]} if start else {"text": text}


def _point(place: Location) -> tuple[float, float]:
    latitude, longitude = float(place.latitude), float(place.longitude)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("not on this planet")
    return latitude, longitude


def _own_phone(contact: Contact, message: Message) -> str | None:
    """The number in E.164, only of the sender's own card: Telegram vouches for that one alone."""
    sender = message.from_user
    if sender is None or contact.user_id != sender.id:
        return None
    try:
        number = phonenumbers.parse("+" + clean(contact.phone_number).lstrip("+"))
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _media(message: Message) -> Media | None:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Media("image", clean(largest.file_id), "image/jpeg", _size(largest.file_size))
    if message.voice is not None:
        return _file("voice", message.voice, "audio/ogg")
    if message.audio is not None:
        return _file("audio", message.audio, "audio/mpeg")
    for clip in (message.video, message.video_note, message.animation):
        if clip is not None:
            return _file("video", clip, "video/mp4")
    if message.sticker is not None:
        return _file("sticker", message.sticker, _sticker_type(message.sticker))
    if message.document is not None:
        return _document(message.document)
    return None


_File = Animation | Audio | Document | Sticker | Video | VideoNote | Voice


def _file(kind: str, file: _File, mime: str) -> Media:
    """`mime` is what such files are where Telegram does not say."""
    named = getattr(file, "mime_type", None)
    return Media(kind, clean(file.file_id), clean(named) if named else mime, _size(file.file_size))


def _document(document: Document) -> Media:
    mime = clean(document.mime_type or "")
    return _file("image" if mime.startswith("image/") else "document", document, "application/octet-stream")


def _sticker_type(sticker: Sticker) -> str:
    if sticker.is_video:
        return "video/webm"
    return "application/x-tgsticker" if sticker.is_animated else "image/webp"


def _size(size: object) -> int | None:
    return size if isinstance(size, int) and not isinstance(size, bool) else None
