"""What a person did in one message, as the steps see it: no provider, no addresses."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.core.reply import Option
from nlu.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `option` is the tapped option's own id, only if its question is the one on screen."""

    text: str = ""
    option: str | None = None
    location: tuple[float, float] | None = None  # latitude, longitude
    media: tuple[str, ...] = ()  # kinds: image, voice, audio, video, sticker, document
    understanding: Understanding | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The question as it was shown: all its options, the page on screen, and other words for them."""

    options: tuple[Option, ...] = ()
    page: tuple[Option, ...] = ()
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
