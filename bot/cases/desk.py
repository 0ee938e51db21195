"""What the functions about cases need beside their connection: handed over once, at the wiring."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.office_hours import OfficeHours
from db.crypto import Cipher
from flows.core.copy import Copy


@dataclass(frozen=True, slots=True)
class Desk:
    """`hours`: when staff are there, as long as no shift is known. `telegram`: whether alerts can leave at all."""

    cipher: Cipher
    copy: Copy
    zone: ZoneInfo
    hours: OfficeHours | None = None
    staff_chat: str = ""  # the Telegram chat of all staff, "" if there is none
    telegram: bool = False
    public_url: str = ""  # what the links to the panel begin with
