"""What every channel is: a way in (`Inbound`), a way out (`Channel.send`), and errors that carry the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from flows.core.reply import Reply

READABLE: Final = ("audio/", "video/", "image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf")
"""MIME types of files that we keep. No HTML, SVG or archives: staff open these files in a browser."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that somebody sent. `source` is what the channel's `fetch` needs: a URL or a file id."""

    kind: str  # image, voice, audio, video, sticker, document
    source: str
    mime: str = ""
    size: int | None = None  # bytes, as the provider says; never trusted


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that a person did. The same (`channel`, `provider_id`) is the same event, however often it comes."""

    channel: str  # whatsapp, sms, telegram, webchat, terminal
    provider_id: str
    address: str  # where an answer goes; unique to the person within the channel
    aliases: tuple[str, ...] = ()  # other addresses of the same person, such as WhatsApp's business-scoped id
    text: str = ""
    option: str | None = None  # the id of the button that was tapped
    location: tuple[float, float] | None = None  # latitude, longitude
    media: tuple[Media, ...] = ()
    phone: str | None = None  # E.164, only when the provider vouches for it
    source: str | None = None  # the code of a deep link (Telegram's /start payload)


@dataclass(frozen=True, slots=True)
class Status:
    """What a provider says became of a message. `error` is the provider's code, if any."""

    channel: str
    provider_id: str
    state: str  # sent, delivered, read, failed
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one person, ready to be given to the provider."""

    address: str
    reply: Reply
    window_open: bool = True  # False: WhatsApp takes only templates now
    reference: str = ""  # our id of the message, for logs and status callbacks


class SendError(Exception):
    """The provider did not take a message. The type says what to do; `code` is the provider's own code.

    `after` is the number of seconds to wait, where the provider named one.
    """

    def __init__(self, code: str = "", after: float | None = None) -> None:
        super().__init__(code)
        self.code, self.after = code, after


class Retry(SendError):
    """This message may go through later: try it again."""


class Throttled(SendError):
    """The provider wants us to slow down: the whole channel waits, the message stays in its place."""


class WindowClosed(SendError):
    """Only an approved template may be sent now."""


class NoTemplate(SendError):
    """Only an approved template may be sent now, and the one for this message is not approved. `code` is its name."""


class ContactStopped(SendError):
    """The person blocked us or opted out at the provider: send nothing more to this address."""


class BadAddress(SendError):
    """Nobody can be reached at this address."""


class OperatorNeeded(SendError):
    """Account, sender or credentials are wrong: nothing goes out until an operator acts."""


class Rejected(SendError):
    """The provider refuses this very message (too long, malformed): trying again changes nothing."""


class MediaGone(Exception):
    """A file cannot be had: too large, expired at the provider, or of no readable kind. Final."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a channel shows. The checker of the copy uses the tightest of all channels."""

    text: int  # characters of a message without buttons
    text_with_options: int
    buttons: int  # at most so many as buttons …
    button_title: int
    rows: int  # … else as a list of at most so many rows
    row_title: int
    row_description: int = 0
    extras: Mapping[str, int] = field(default_factory=dict)


class Channel(Protocol):
    """A way to people. Knows its provider's protocol and nothing of flows, tables or other channels."""

    name: str
    limits: Limits
    rate: float  # messages a second that the provider takes from this sender

    async def send(self, message: Outgoing) -> str:
        """Give one message to the provider. Returns the provider's id of it; raises `SendError`."""

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        """Download a file of at most so many bytes: content and MIME type. Raises `MediaGone`, `Retry`."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a webhook call contained, and when it came."""

    at: datetime
    inbound: tuple[Inbound, ...] = ()
    statuses: tuple[Status, ...] = ()
