"""One request to the panel, as a room's handler sees it: who is there, what they sent, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from bot.panel import cookies
from bot.panel.audit import audit
from bot.panel.cookies import Cookies
from bot.panel.passwords import LONGEST
from bot.panel.render import Renderer
from bot.panel.room import Nav, Room
from bot.panel.services import PanelServices
from bot.panel.sessions import Staff
from db.database import Work

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
BIGGEST: Final = 2**63 - 1  # what a database's number holds
MOST_FLASHES: Final = 3


class Refused(HTTPException):
    """403: this page is for other roles, or this record is of another country."""

    def __init__(self) -> None:
        super().__init__(403)


class Missing(HTTPException):
    """404: there is no such record, or it was erased."""

    def __init__(self) -> None:
        super().__init__(404)


class Conflict(HTTPException):
    """409: somebody else changed the record since this page was made; look at it again."""

    def __init__(self) -> None:
        super().__init__(409)


@dataclass(frozen=True, slots=True)
class Visit:
    """Handlers take it and return a response. Raise `Refused`, `Missing` or `Conflict` for those pages."""

    request: Request
    services: PanelServices
    render: Renderer
    rooms: Sequence[Room]
    cookies: Cookies
    now: datetime
    guest: Staff | None  # who is logged in, if anybody: `staff` for rooms
    csrf: str
    form: FormData = field(default_factory=FormData)

    @property
    def staff(self) -> Staff:
        """Who is logged in."""
        if self.guest is None:
            raise Refused
        return self.guest

    def may(self, permission: str) -> bool:
        """Whether they have this permission."""
        return self.guest is not None and self.guest.may(permission)

    async def read(self, work: Work[T]) -> T:
        """Run a work that only reads."""
        return await self.services.database.read(work)

    async def write(self, work: Work[T]) -> T:
        """Run a work that writes, in one transaction."""
        return await self.services.database.write(work)

    def audit(
        self,
        connection: Connection,
        action: str,
        entity: str,
        entity_id: int | None,
        detail: Mapping[str, object] | None = None,
        *,
        contact_id: int | None = None,
    ) -> None:
        """A line of the log, by who is here, now; to be called within `write`'s work."""
        user_id = self.staff.id
        audit(connection, user_id, action, entity, entity_id, detail, now=self.now, contact_id=contact_id)

    def field(self, name: str, limit: int = 500) -> str:
        """A field of the form, trimmed, without control characters; "" where it is absent. Longer: 400."""
        return _clean(self.form.get(name, ""), limit)

    def secret(self, name: str) -> str:
        """A password as it was typed; "" where it is absent or longer than any."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) and len(value) <= LONGEST else ""

    def fields(self, name: str, limit: int = 100) -> list[str]:
        """Every value of a field that may be there several times, such as ticked boxes."""
        return [_clean(value, limit) for value in self.form.getlist(name)]

    def query(self, name: str, limit: int = 100) -> str:
        """A parameter of the address, in the same way."""
        return _clean(self.request.query_params.get(name, ""), limit)

    def number(self, name: str) -> int | None:
        """A parameter of the address as a positive number; None where it is none."""
        return _number(self.query(name))

    def path_id(self, name: str = "id") -> int:
        """The number in the address, declared as `{id:int}`."""
        return int(self.request.path_params[name])

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page (or a piece of one) from a template, which also has `visit`, `t`, `named`, `menu`, `flashes`."""
        keys = self._flashes()
        html = self.render(template, visit=self, menu=self.menu(), flashes=keys, **values)
        response = HTMLResponse(html, status)
        if keys:
            self.cookies.drop(response, cookies.FLASH)
        return response

    def go(self, path: str, *flashes: str) -> RedirectResponse:
        """After a POST: on to a page of the panel, which shows these texts (keys)."""
        response = RedirectResponse("/panel" + path, 303)
        if flashes:
            self.cookies.write(response, cookies.FLASH, " ".join(flashes))
        return response

    def menu(self) -> list[tuple[str, list[Nav]]]:
        """What this person may open, by groups of the menu in their order."""
        lines = [line for room in self.rooms for line in room.nav if self.may(line.permission)]
        ordered = sorted(lines, key=lambda line: line.order)
        return [(name, list(group)) for name, group in groupby(ordered, key=lambda line: line.group)]

    def here(self, nav: Nav) -> bool:
        """Whether a line of the menu leads to this page."""
        path = self.request.url.path.removeprefix("/panel")
        return path == nav.path or (nav.path != "/" and path.startswith(nav.path + "/"))

    def _flashes(self) -> list[str]:
        kept = self.cookies.read(self.request, cookies.FLASH).split()
        return [key for key in kept if isinstance(self.render.texts.words.get(key), str)][:MOST_FLASHES]


def _clean(value: object, limit: int) -> str:
    if not isinstance(value, str):
        raise HTTPException(400)
    plain = "".join(filter(_is_text, value.replace("\r\n", "\n"))).strip()
    if len(plain) > limit:
        raise HTTPException(400)
    return plain


def _is_text(letter: str) -> bool:
    return letter in "\n\t" or (letter >= " " and not "\ud800" <= letter <= "\udfff")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= BIGGEST else None


def sized(numbers: Iterable[object]) -> bool:
    """Whether every number in an address is one that a database holds."""
    return all(not isinstance(number, int) or number <= BIGGEST for number in numbers)
