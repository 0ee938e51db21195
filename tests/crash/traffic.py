"""People who write on WhatsApp, and a Twilio that repeats each of their messages until it is answered with 200."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from random import Random

import aiohttp

from tests.channels.twilio.rules import Request, Violation, of_message
from tests.crash.server import PUBLIC_URL, Server
from tests.fakes.twilio import TwilioFake

READ_SECONDS = 15.0  # https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
ATTEMPTS = 50

SCRIPT = ("quiero evaluarme de albañil", "1", "34", "con ayuda")
"""From the first word to the second question of a diagnosis, as somebody types who uses no button."""


class BusyTwilio(TwilioFake):
    """Holds only the first message of each shape against Twilio's OpenAPI, which takes 15 ms a message."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[frozenset[str]] = set()

    def _broken(self, request: Request) -> Iterator[Violation]:
        shape = frozenset(name for name, _ in request.form) if request.path.endswith("/Messages.json") else frozenset()
        if shape and shape in self._seen:
            return of_message(request, self.contents)
        self._seen.add(shape)
        return super()._broken(request)


def address(number: int) -> str:
    """The WhatsApp address of one person."""
    return f"whatsapp:+5037{number:07}"


class Traffic:
    """Delivers messages to `servers`, any of which may stand for our public address."""

    def __init__(self, twilio: TwilioFake, random: Random, *servers: Server, repeats: float = 0.0) -> None:
        """`repeats`: how often, 0 to 1, Twilio delivers a message again that we have acknowledged."""
        self.acknowledged: list[str] = []  # MessageSid, in order; a repetition too
        self._twilio, self._random, self._servers, self._repeats = twilio, random, servers, repeats
        self._progress = asyncio.Condition()

    async def reached(self, messages: int) -> None:
        """Wait until so many were acknowledged."""
        async with self._progress:
            await self._progress.wait_for(lambda: len(self.acknowledged) >= messages)

    async def converse(self, people: Sequence[str], script: Sequence[str], *, at_once: int) -> None:
        """Each person says the script, line by line; so many people at the same time."""
        places = asyncio.Semaphore(at_once)
        timeout = aiohttp.ClientTimeout(total=READ_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:

            async def talk(person: str) -> None:
                async with places:
                    for line in script:
                        await self.say(session, person, line)

            await asyncio.gather(*map(talk, people))

    async def say(self, session: aiohttp.ClientSession, person: str, text: str) -> str:
        """One message, delivered until it is acknowledged; returns its MessageSid."""
        form = self._twilio.form(person, text)
        await self.deliver(session, form)
        if self._random.random() < self._repeats:
            await self.deliver(session, form)
        return form["MessageSid"]

    async def deliver(self, session: aiohttp.ClientSession, form: dict[str, str]) -> None:
        """Post one message until it is answered with 200; while a server is down, wait for it."""
        body, headers = self._twilio.signed(f"{PUBLIC_URL}/webhooks/twilio", form)
        for _ in range(ATTEMPTS):
            server = self._random.choice(self._servers)
            await server.up.wait()
            status = await _post(session, server.webhook, body, headers)
            if status == 200:
                break
            if status is not None and status < 500:
                raise AssertionError(f"an authentic message was refused: {status}")
        else:
            raise AssertionError("a message was never acknowledged")
        async with self._progress:
            self.acknowledged.append(form["MessageSid"])
            self._progress.notify_all()


async def _post(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> int | None:
    """The status; None if there was no answer."""
    try:
        async with session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        return None
