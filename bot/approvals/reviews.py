"""Hands templates to WhatsApp's reviewers through Twilio, and asks what became of them.

Protocol: https://www.twilio.com/docs/content/content-api-resources (`Content`, `ApprovalRequests/whatsapp`,
`ContentAndApprovals`) and https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

from bot.approvals.kept import APPROVED, UNSENT, Standing, standing, store
from bot.channels.base import Retry, SendError, Throttled
from bot.channels.twilio.client import TwilioClient
from db.database import Database
from flows.plantillas import Form

_STATES: Final[Mapping[str, str]] = {
    "unsubmitted": UNSENT,
    "received": "pending",
    "pending": "pending",
    "approved": APPROVED,
    **{state: state for state in ("rejected", "paused", "disabled")},
}
_WAITS: Final = (1.0, 3.0, 10.0)  # seconds before each further try of a call, unless Twilio names a number
_PAGE = "500"
_MOST_PAGES = 40
PENDING_EVERY, REST_EVERY = timedelta(hours=1), timedelta(days=1)  # WhatsApp pauses approved ones, too

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A Content resource with its approval, as `ContentAndApprovals` lists it."""

    sid: str
    status: str
    rejection: str


class Reviews:
    """Makes what is missing at Twilio and asks what became of it. Each step is kept before the next one is taken."""

    def __init__(
        self,
        client: TwilioClient,
        database: Database,
        account_hash: bytes,
        forms: Mapping[str, Form],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client, self._database, self._account = client, database, account_hash
        self._forms, self._sleep = forms, sleep

    async def push(self, now: datetime) -> list[Standing]:
        """Make each template that Twilio lacks, and hand it to the reviewers. To repeat changes nothing.

        Raises `SendError`: what was done until then is kept.
        """
        there = await self._there()
        for form in self._forms.values():
            known = there.get(form.official) or await self._make(form)
            if _STATES.get(known.status, "pending") == UNSENT:
                known = await self._submit(form, known, now)
            await self._keep(form, known, now)
        return await self.standing()

    async def refresh(self, now: datetime) -> list[Standing]:
        """Ask what became of all of them. Raises `SendError`."""
        there = await self._there()
        for form in self._forms.values():
            if known := there.get(form.official):
                await self._keep(form, known, now)
        return await self.standing()

    async def refresh_if_due(self, now: datetime) -> int:
        """Ask where it is time to, each hour for those under review; how many are new in their state.

        Raises `SendError`, `DatabaseAway`.
        """
        before = await self.standing()
        if not any(_is_due(one, now) for one in before):
            return 0
        after = await self.refresh(now)
        return sum(one.state != other.state for one, other in zip(before, after, strict=True))

    async def standing(self) -> list[Standing]:
        """All templates as they were last seen."""
        return await self._database.read(lambda c: standing(c, self._account, self._forms))

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _there(self) -> dict[str, _Known]:
        """Everything that the account has, by its friendly name: our official ones among them."""
        found: dict[str, _Known] = {}
        query = {"PageSize": _PAGE}
        for _ in range(_MOST_PAGES):
            page = await self._patiently(partial(self._client.get, "content", "/v1/ContentAndApprovals", query))
            for row in page.get("contents") or ():
                approval = row.get("approval_requests") or {}
                found[str(row.get("friendly_name"))] = _known(str(row.get("sid")), approval)
            following = (page.get("meta") or {}).get("next_page_url")
            if not following:
                break
            query = dict(parse_qsl(urlsplit(following).query))
        return found

    async def _make(self, form: Form) -> _Known:
        """A new resource. Where the answer got lost it may be there all the same: look before trying again."""
        body = {"friendly_name": form.official, "language": form.language, "variables": form.samples}
        for wait in (*_WAITS, None):
            try:
                answer = await self._client.post_json("content", "/v1/Content", {**body, "types": form.types})
                return _Known(str(answer["sid"]), "unsubmitted", "")
            except (Retry, Throttled) as error:
                if wait is None:
                    raise
                await self._sleep(error.after or wait)
                if known := (await self._there()).get(form.official):
                    return known
        raise Retry("content")

    async def _submit(self, form: Form, known: _Known, now: datetime) -> _Known:
        path = f"/v1/Content/{known.sid}/ApprovalRequests"
        body = {"name": form.official, "category": form.category}
        try:
            answer = await self._patiently(lambda: self._client.post_json("content", f"{path}/whatsapp", body))
        except SendError:  # an answer that got lost: it may be handed in all the same
            answer = (await self._patiently(lambda: self._client.get("content", path))).get("whatsapp") or {}
            if _STATES.get(str(answer.get("status") or "unsubmitted"), "pending") == UNSENT:
                await self._keep(form, known, now)
                raise
        found = _known(known.sid, answer)
        return found if found.status != "unsubmitted" else _Known(known.sid, "received", "")

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """One call, again where Twilio is slow, away or wants fewer calls."""
        for wait in _WAITS:
            try:
                return await call()
            except (Retry, Throttled) as error:
                await self._sleep(error.after or wait)
        return await call()

    async def _keep(self, form: Form, known: _Known, now: datetime) -> None:
        state = _STATES.get(known.status, "pending")
        columns = {"content_sid": known.sid, "state": state, "rejection": known.rejection or None, "checked_at": now}
        await self._database.write(lambda connection: store(connection, self._account, form, columns, now))


def _is_due(one: Standing, now: datetime) -> bool:
    if one.checked_at is None:
        return False
    return now - one.checked_at >= (PENDING_EVERY if one.state == "pending" else REST_EVERY)


def _known(sid: str, approval: Mapping[str, Any]) -> _Known:
    status, reason = approval.get("status") or "unsubmitted", approval.get("rejection_reason") or ""
    return _Known(sid, str(status).lower(), str(reason))
