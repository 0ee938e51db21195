"""Asks a Rasa server which intents a message may have; whatever goes wrong there, it answers in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from time import perf_counter
from typing import Literal

import aiohttp

from nlu.rasa.answer import Answer, BadAnswer, UnknownIntent, read
from nlu.rasa.breaker import Breaker

PATIENCE = 1.0  # seconds for everything, a second try included
_MOST = 1 << 20  # bytes of an answer; one to the longest message has about 100 kB
_AT_ONCE = 32  # connections; more would only wait in Rasa

Outcome = Literal["ok", "skipped", "timeout", "connection", "token", "status", "bad_answer", "unknown_intent"]
FAILURES: frozenset[Outcome] = frozenset({"timeout", "connection", "token", "status", "bad_answer"})
"""What counts against the server. An unknown intent does not: it answers, only from another model."""


class _Failed(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome: Outcome = outcome


class RasaClient:
    """For one event loop. Texts and the token are in no log and no exception."""

    def __init__(
        self,
        url: str,
        token: str,
        known: Collection[str],
        breaker: Breaker,
        *,
        patience: float = PATIENCE,
        told: Callable[[Outcome, float], None] = lambda outcome, seconds: None,
    ) -> None:
        """`url` has no path's end («http://127.0.0.1:5005»); `known` are the intents that may come back.

        `told` hears what became of each question, and in how many seconds.
        """
        self._address, self._known, self._breaker = f"{url}/model/parse", known, breaker
        self._token = {"token": token} if token else {}
        self._patience, self._told = patience, told
        self._sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession] | None = None

    async def ask(self, text: str) -> Answer | None:
        """What Rasa makes of a text; None where it does not say so properly and in time."""
        if not self._breaker.allows():
            self._told("skipped", 0.0)
            return None
        start, answer = perf_counter(), None
        try:
            async with asyncio.timeout(self._patience):
                answer = read(await self._body(text), text, self._known)
            outcome: Outcome = "ok"
        except TimeoutError:
            outcome = "timeout"
        except _Failed as failed:
            outcome = failed.outcome
        except UnknownIntent:
            outcome = "unknown_intent"
        except (BadAnswer, aiohttp.ClientPayloadError, aiohttp.ClientResponseError):
            outcome = "bad_answer"
        except (aiohttp.ClientError, OSError):
            outcome = "connection"
        except BaseException:
            self._breaker.given_up()
            raise
        (self._breaker.failed if outcome in FAILURES else self._breaker.succeeded)()
        self._told(outcome, perf_counter() - start)
        return answer

    async def close(self) -> None:
        """Let go of the connections; the next question makes new ones."""
        sessions, self._sessions = self._sessions or (), None
        for session in sessions:
            await session.close()

    async def _body(self, text: str) -> bytes:
        """A kept connection may have died unnoticed: then once more, on one that is certainly new."""
        if self._sessions is None:
            self._sessions = (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_AT_ONCE)),
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_AT_ONCE, force_close=True)),
            )
        kept, fresh = self._sessions
        try:
            return await self._post(kept, text)
        except aiohttp.ClientConnectionError:
            return await self._post(fresh, text)

    async def _post(self, session: aiohttp.ClientSession, text: str) -> bytes:
        asked = session.post(self._address, params=self._token, json={"text": text}, allow_redirects=False)
        async with asked as response:
            if response.status in (401, 403):
                raise _Failed("token")
            if response.status != 200:
                raise _Failed("status")
            body = await response.content.read(_MOST + 1)
            while chunk := await response.content.read(_MOST + 1):
                body += chunk
                if len(body) > _MOST:
                    raise BadAnswer("too long")
            return body
