"""A small HTTP client for the few Twilio endpoints that we call (why: docs/adr/0004-twilio-client.md)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from yarl import URL

from bot.channels.base import Retry
from bot.channels.twilio.errors import by_answer

if TYPE_CHECKING:  # it takes 0.1 s to load: a server is ready before it is needed
    import aiohttp

_FORM = "application/x-www-form-urlencoded"
_CONNECT = 5.0  # seconds
_PRODUCTS = "twilio.com"


class TwilioClient:
    """Calls Twilio once per call: never repeats, never follows a redirect, gives up in time."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str | None = None, timeout: float = 15.0) -> None:
        """`api_url`: scheme and host in place of every https://*.twilio.com. `timeout`: seconds a call."""
        self.account_sid = account_sid
        self._authorization = f"Basic {base64.b64encode(f'{account_sid}:{auth_token}'.encode()).decode()}"
        self._api = URL(api_url).origin() if api_url else None
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def account_path(self) -> str:
        """The path of our account in the classic API."""
        return f"/2010-04-01/Accounts/{self.account_sid}"

    def session(self) -> aiohttp.ClientSession:
        """The pool of connections, opened on first use, within the running loop."""
        if self._session is None:
            import aiohttp

            timeout = aiohttp.ClientTimeout(total=self._timeout, connect=_CONNECT)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def rebase(self, url: URL) -> URL:
        """The address to call for one of Twilio's: the same, or below `api_url`."""
        if self._api is None or not _is_twilio(url):
            return url
        return self._api.join(URL(url.raw_path_qs, encoded=True))

    def trusts(self, url: URL) -> bool:
        """Whether our credentials may be sent there."""
        if self._api is not None:
            return url.origin() == self._api
        return url.scheme == "https" and url.explicit_port in (None, 443) and _is_twilio(url)

    def headers(self, url: URL) -> dict[str, str]:
        """The credentials, for Twilio alone."""
        return {"Authorization": self._authorization} if self.trusts(url) else {}

    async def post_form(self, product: str, path: str, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """POST a form; a field may repeat. Raises `SendError`."""
        return await self._call("POST", product, path, urlencode(fields, errors="replace").encode(), _FORM)

    async def post_json(self, product: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST a JSON object. Raises `SendError`."""
        return await self._call("POST", product, path, json.dumps(body).encode(), "application/json")

    async def get(self, product: str, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """GET a JSON object. Raises `SendError`."""
        return await self._call("GET", product, f"{path}?{urlencode(query)}" if query else path)

    async def delete(self, product: str, path: str) -> None:
        """DELETE a resource. Raises `SendError`."""
        await self._call("DELETE", product, path)

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(
        self, method: str, product: str, path: str, body: bytes | None = None, mime: str = ""
    ) -> dict[str, Any]:
        import aiohttp

        url = self.rebase(URL(f"https://{product}.{_PRODUCTS}{path}", encoded=True))
        headers = self.headers(url) | ({"Content-Type": mime} if mime else {})
        try:
            async with self.session().request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
                return _content(answer.status, answer.headers, await answer.read())
        except TimeoutError:
            raise Retry("timeout") from None
        except (aiohttp.ClientError, OSError):
            raise Retry("connection") from None


def _content(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body) if body else {}
    except ValueError:  # a proxy's page, or an answer cut off
        content = None
    found: dict[str, Any] | None = content if isinstance(content, dict) else None
    if not 200 <= status < 300:
        raise by_answer(status, _code(found or {}), _seconds(headers.get("Retry-After", "")))
    if found is None:
        raise Retry("answer")
    return found


def _code(content: Mapping[str, Any]) -> str:
    code = content.get("code")
    return str(code) if isinstance(code, int) and 0 < code < 1_000_000 else ""


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() else None


def _is_twilio(url: URL) -> bool:
    return (url.host or "").endswith(f".{_PRODUCTS}")
