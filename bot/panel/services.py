"""What the panel needs from the rest of Arraigo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.assessing.finish import OnFinished
from bot.certificates.papers import Papers
from bot.inbox.deps import Deps
from bot.panel.casework.live import Hub
from bot.panel.passwords import Passwords
from db.crypto import Cipher, Hasher
from db.database import Database

UserLeft = Callable[[Connection, int, datetime], object]
"""Called in the transaction in which somebody loses their access: hands over what was theirs."""


@dataclass(frozen=True, slots=True)
class PanelServices:
    """Handed to every room as `visit.services`."""

    database: Database
    deps: Deps  # cipher, hasher, clock, copy, world: what the conversation uses
    care: Cipher  # psychosocial data
    secret: Hasher  # sessions and forms; another key ends every session
    passwords: Passwords
    zone: ZoneInfo
    public_url: str
    live: Hub  # what changes in the cases, for open pages
    wake: Callable[[], None]  # something was written that is to leave: look now
    papers: Papers  # certificates as documents
    on_user_left: Sequence[UserLeft] = ()
    on_evaluated: Sequence[OnFinished] = ()  # certificates, telling the person

    @property
    def https(self) -> bool:
        """Whether browsers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")
