"""The rooms of the panel, one module each. A new room: write its module, add it here, and its lines to the tests."""

from __future__ import annotations

from typing import Final

from bot.panel.room import Room
from bot.panel.rooms import account, calls, canned, cases, content, entrance, home, log, people, shifts, users

ROOMS: Final[tuple[Room, ...]] = (
    entrance.ROOM,
    home.ROOM,
    cases.ROOM,
    calls.ROOM,
    shifts.ROOM,
    canned.ROOM,
    people.ROOM,
    content.ROOM,
    users.ROOM,
    log.ROOM,
    account.ROOM,
)
