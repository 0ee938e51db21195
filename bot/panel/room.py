"""What a room of the panel is: its addresses, each with a permission, its place in the menu, its part of «hoy»."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.responses import Response

from bot.panel.roles import ANYBODY, PERMISSIONS
from bot.panel.sessions import Reached, Staff

if TYPE_CHECKING:
    from bot.panel.visit import Visit

Handler = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Action:
    """One address, within `/panel`. `since`: how far a login must have come."""

    method: str
    path: str
    permission: str
    handler: Handler
    since: Reached = Reached.READY


def get(path: str, permission: str, handler: Handler, *, since: Reached = Reached.READY) -> Action:
    """A page, or a piece of one."""
    return Action("GET", path, permission, handler, since)


def post(path: str, permission: str, handler: Handler, *, since: Reached = Reached.READY) -> Action:
    """A form or a call that changes something; reached only with this session's form token."""
    return Action("POST", path, permission, handler, since)


@dataclass(frozen=True, slots=True)
class Nav:
    """A line of the menu: shown to who has the permission, the smallest `order` first; those of a `group` together."""

    path: str
    label: str  # key of a text
    permission: str
    order: int
    group: str = ""  # its name is in comun.toml


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure of «hoy», and where it leads. Shown to who has the permission; 0 is shown quietly."""

    path: str
    label: str  # key of a text
    permission: str
    count: Callable[[Connection, Staff, datetime], int]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """One subject of the panel. `name` is also its file in textos/ and its folder in templates/."""

    name: str
    actions: Sequence[Action]
    nav: Sequence[Nav] = ()
    slots: Sequence[Slot] = ()

    def __post_init__(self) -> None:
        parts: tuple[Action | Nav | Slot, ...] = (*self.actions, *self.nav, *self.slots)
        for part in parts:
            if part.permission != ANYBODY and part.permission not in PERMISSIONS:
                raise ValueError(f"{self.name}{part.path}: «{part.permission}» is not in bot/panel/roles.py: add it")
