"""The panel's cookies: the session, the form token of who has none yet, and the message after a redirect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "arraigo"
BEFORE: Final = "arraigo-antes"  # ties the login form to a browser
FLASH: Final = "arraigo-aviso"  # keys of texts


@dataclass(frozen=True, slots=True)
class Cookies:
    """`https`: only by https, and bound to this very host by the `__Host-` prefix."""

    https: bool

    def name(self, plain: str) -> str:
        """What the browser calls it."""
        return f"__Host-{plain}" if self.https else plain

    def read(self, request: Request, plain: str) -> str:
        """Its value; "" where there is none."""
        return request.cookies.get(self.name(plain), "")

    def write(self, response: Response, plain: str, value: str) -> None:
        """Until the browser closes; the session's own end is in the database."""
        response.set_cookie(self.name(plain), value, path="/", secure=self.https, httponly=True, samesite="lax")

    def drop(self, response: Response, plain: str) -> None:
        response.delete_cookie(self.name(plain), path="/", secure=self.https, httponly=True, samesite="lax")
