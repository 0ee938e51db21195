"""The rooms of the panel, one module each. A new room: write its module, add it here, and its lines to the tests."""

from __future__ import annotations

from typing import Final

from bot.panel.room import Room
from bot.panel.rooms import (
    account,
    agenda,
    calls,
    canned,
    cases,
    centres,
    certificates,
    content,
    entrance,
    home,
    instrument,
    log,
    network,
    people,
    shifts,
    templates,
    users,
)

ROOMS: Final[tuple[Room, ...]] = (
    entrance.ROOM,
    home.ROOM,
    cases.ROOM,
    calls.ROOM,
    shifts.ROOM,
    agenda.ROOM,
    instrument.ROOM,
    centres.ROOM,
    canned.ROOM,
    people.ROOM,
    certificates.ROOM,
    network.ROOM,
    content.ROOM,
    templates.ROOM,
    users.ROOM,
    log.ROOM,
    account.ROOM,
)
