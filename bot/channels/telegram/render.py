"""A reply as Telegram shows it: text, keyboard, files; plain data to plain data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from flows.core.reply import Option, Reply

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove

CAPTION = 1024  # UTF-16 units at most beside a file
_PHOTOS = {".jpg", ".jpeg", ".png"}
_DOCUMENTS = {
    ".pdf",
    ".zip",
    ".gif",
}  # all that sendDocument fetches: https://core.telegram.org/bots/api#senddocument


@dataclass(frozen=True, slots=True)
class Words:
    """What the channel itself says, from `telegram.toml`."""

    commands: Mapping[str, str]
    location_button: str
    location_hint: str


def words() -> Words:
    """Read `telegram.toml`."""
    path = Path(__file__).parent.with_suffix(".toml")
    copy = tomllib.loads(path.read_text(encoding="utf-8"))
    return Words(copy["commands"], copy["location"]["button"], copy["location"]["hint"])


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that Telegram fetches from us by its address."""

    url: str
    photo: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """The messages of one reply. `location` is the keyboard of a second message, after the text."""

    text: str
    markup: Markup | None = None
    attachments: tuple[Attachment, ...] = ()
    location: ReplyKeyboardMarkup | None = None

    @property
    def fits_caption(self) -> bool:
        """Whether all of it is one file with a caption."""
        return len(self.attachments) == 1 and len(self.text.encode("utf-16-le")) <= 2 * CAPTION

    def with_links(self, attachments: tuple[Attachment, ...]) -> Screen:
        """The same without files: these as addresses in the text."""
        text = _paragraphs(self.text, *(file.url for file in attachments))
        return replace(self, text=text, attachments=())


def screen(reply: Reply, public_url: str, spoken: Words, private: bool) -> Screen:
    """Lay a reply out.

    Buttons stand one below the other, without numbers: they always work here, and «2» means the second.
    A message has one keyboard: a location button goes into a second message where there are options.
    """
    urls = [public_url.rstrip("/") + "/" + path.lstrip("/") for path in reply.media]
    files = tuple(filter(None, map(_attachment, urls)))
    links = (url for url in urls if not _attachment(url))
    shown = Screen(_paragraphs(_text(reply), *links), attachments=files)
    location = _location_keyboard(spoken) if private and reply.wants == "location" else None
    if reply.options:
        return replace(shown, markup=_buttons(reply.options), location=location)
    # What hides a location keyboard of an earlier question that was answered in words.
    return replace(shown, markup=location or (ReplyKeyboardRemove() if private else None))


def _attachment(url: str) -> Attachment | None:
    suffix = PurePosixPath(url.partition("?")[0]).suffix.lower()
    if suffix in _PHOTOS | _DOCUMENTS:
        return Attachment(url, suffix in _PHOTOS)
    return None


def _text(reply: Reply) -> str:
    """The text, and below it what the options' descriptions add: a button has no room for them."""
    described = [f"• {option.title}: {option.description}" for option in reply.options if option.description]
    return _paragraphs(reply.text, "\n".join(described))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _buttons(options: tuple[Option, ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(o.title, callback_data=o.id)] for o in options])


def _location_keyboard(spoken: Words) -> ReplyKeyboardMarkup:
    button = KeyboardButton(spoken.location_button, request_location=True)
    return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
