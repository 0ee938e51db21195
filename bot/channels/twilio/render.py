"""From a `Reply` to what Twilio takes: buttons, a list, or plain numbered text.

Limits: https://www.twilio.com/docs/content/twilio-quick-reply (three buttons within the window, body 1024),
…/content/twiliolist-picker (row 24, id 200, description 72), …/content/using-variables-with-content-api,
…/messaging/api/message-resource (Body 1600). Characters are UTF-16 units, the stricter way: an emoji is two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.channels.base import Limits
from flows.core.reply import Option, Reply

LIMITS = Limits(
    text=1600,
    text_with_options=1024,  # with the numbered options that we add below the text
    buttons=3,
    button_title=20,
    rows=10,
    row_title=24,
    row_description=72,
    extras={"option_id": 200, "variable": 255},
)
_CAPTIONED = (".jpg", ".jpeg", ".png")  # a document has no caption on WhatsApp
_REFUSED = (".ics",)  # https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages: no calendar entries
_BREAKS = ("\n\n", "\n", ". ", " ")


@dataclass(frozen=True)
class Content:
    """A Content resource to send: `types` as the Content API takes them, and the ids for its variables."""

    language: str
    types: dict[str, dict[str, Any]]
    ids: tuple[str, ...]

    @cached_property
    def hash(self) -> str:
        """The same for the same text and titles, whoever gets it: the ids are variables, no part of it."""
        shared = json.dumps([self.language, self.types], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(shared.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def defaults(self) -> dict[str, str]:
        """What Twilio fills in for a variable that is not given; no option id of ours looks like this."""
        return {str(number): str(number) for number in range(1, len(self.ids) + 1)}

    @property
    def variables(self) -> str:
        """The `ContentVariables` of one message."""
        return json.dumps({str(number): id_ for number, id_ in enumerate(self.ids, 1)}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One plain message: a text, a file, or a picture with its caption."""

    text: str = ""
    media: str = ""  # an absolute URL


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def interactive(reply: Reply, language: str, list_label: str) -> Content | None:
    """The reply with buttons or as a list; None if it has to go as plain text.

    `list_label`: the title of the button that opens a list. Text is baked into a resource that Twilio keeps,
    so only a reply marked `static` qualifies: what a person told us never gets there.
    """
    body = numbered(reply)
    if not (reply.static and reply.options) or reply.media or size(body) > LIMITS.text_with_options:
        return None
    ids = tuple(option.id for option in reply.options)
    words = [body, list_label, *(word for o in reply.options for word in (o.title, o.description))]
    if any("{{" in word for word in words) or not _distinct(ids) or _longest(ids) > LIMITS.extras["option_id"]:
        return None
    kind = _quick_reply(reply.options, body) or _list_picker(reply.options, body, list_label)
    return Content(language, kind, ids) if kind else None


def plain(reply: Reply, media_base: str, *, links: bool) -> tuple[Part, ...]:
    """The reply as plain messages, in their order; none if it says nothing.

    `links`: name files by their URL in the text, for SMS, where Central American networks carry no pictures.
    Elsewhere only those are named so that WhatsApp refuses.
    """
    urls = [media_base + path for path in reply.media]
    text = numbered(reply, described=True)
    named = urls if links else [url for url in urls if url.lower().endswith(_REFUSED)]
    text, urls = "\n".join(filter(None, [text, *named])), [url for url in urls if url not in named]
    parts = [Part(piece) for piece in _pieces(text)]
    if urls and parts and _takes_caption(urls[0], parts[-1].text):
        parts[-1] = Part(parts[-1].text, urls.pop(0))
    return (*parts, *(Part(media=url) for url in urls))


def numbered(reply: Reply, *, described: bool = False) -> str:
    """The text with its options numbered below, so that «2» answers on any telephone."""
    lines = [
        f"{number}. {option.title}" + (f": {option.description}" if described and option.description else "")
        for number, option in enumerate(reply.options, 1)
    ]
    return "\n\n".join(part for part in (reply.text, "\n".join(lines)) if part)


def _quick_reply(options: tuple[Option, ...], body: str) -> dict[str, Any] | None:
    titles = tuple(option.title for option in options)
    fits = len(options) <= LIMITS.buttons and _longest(titles) <= LIMITS.button_title
    if not fits or not _distinct(titles) or any(option.description for option in options):
        return None
    actions = [
        {"type": "QUICK_REPLY", "title": title, "id": f"{{{{{number}}}}}"} for number, title in enumerate(titles, 1)
    ]
    return {"twilio/quick-reply": {"body": body, "actions": actions}}


def _list_picker(options: tuple[Option, ...], body: str, label: str) -> dict[str, Any] | None:
    titles = tuple(option.title for option in options)
    fits = len(options) <= LIMITS.rows and _longest(titles) <= LIMITS.row_title and _distinct(titles)
    described = _longest(tuple(o.description for o in options)) <= LIMITS.row_description
    if not fits or not described or not 0 < size(label) <= LIMITS.button_title:
        return None
    items = [_row(number, option) for number, option in enumerate(options, 1)]
    return {"twilio/list-picker": {"body": body, "button": label, "items": items}}


def _row(number: int, option: Option) -> dict[str, str]:
    row = {"item": option.title, "id": f"{{{{{number}}}}}"}
    return row | {"description": option.description} if option.description else row


def _distinct(words: tuple[str, ...]) -> bool:
    return len(set(words)) == len(words) and all(word.strip() for word in words)


def _longest(words: tuple[str, ...]) -> int:
    return max(map(size, words), default=0)


def _takes_caption(url: str, text: str) -> bool:
    return url.lower().endswith(_CAPTIONED) and size(text) <= LIMITS.text_with_options


def _pieces(text: str) -> Iterator[str]:
    """The text in messages of at most 1600, cut where it hurts least: paragraph, line, sentence, word."""
    while size(text) > LIMITS.text:
        end = _cut(text)
        if piece := text[:end].rstrip():
            yield piece
        text = text[end:].lstrip()
    if text.strip():
        yield text


def _cut(text: str) -> int:
    room = LIMITS.text
    while size(text[:room]) > LIMITS.text:
        room -= size(text[:room]) - LIMITS.text
    for mark in _BREAKS:
        if (at := text.rfind(mark, room // 2, room)) > 0:
            return at + len(mark)
    return room
