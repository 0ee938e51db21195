"""How fast one sender drains the outbox: with no network, and through Twilio's channel on loopback.

`python -m tests.bench.outbox` prints one JSON object: messages a second, and CPU µs of this process a message.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import uvloop
from aiohttp import web

from bot.channels.base import Channel, Outgoing
from bot.channels.twilio.channel import TwilioChannel
from bot.sender.lane import Bounds
from bot.sender.loop import Sender
from db import migrate
from db.crypto import new_key
from db.database import Database
from tests.fakes.provider import FakeProvider
from tests.sender.office import Office

UNLIMITED = 1e6  # messages a second: no provider takes so many
BOUNDS = Bounds(concurrency=1000)
ACCOUNT = "AC" + "0" * 32


class Counted:
    """A channel that says when its last message was taken."""

    def __init__(self, channel: Channel, count: int) -> None:
        self.inner, self.left = channel, count
        self.name, self.limits, self.rate = channel.name, channel.limits, UNLIMITED
        self.fetch, self.close = channel.fetch, channel.close
        self.done = asyncio.Event()

    async def send(self, message: Outgoing) -> str:
        """Hand over one message."""
        provider_id = await self.inner.send(message)
        self.left -= 1
        if self.left <= 0:
            self.done.set()
        return provider_id


class NoContents:
    """Messages without buttons need no Content resources."""

    async def get(self, content_hash: str) -> str | None:
        """Nothing was made before."""
        return None

    async def put(self, content_hash: str, content_sid: str) -> None:
        """Nothing is kept."""

    async def drop(self, content_hash: str) -> None:
        """Nothing is there."""


def fill(url: str, key: str, count: int) -> None:
    """So many messages, for a thousand people in turn."""
    database = Database(url)
    office = Office(database, key)
    office.clock.now = datetime.now(UTC)
    people = [office.person() for _ in range(1000)]
    for first in range(0, count, 2000):
        numbers = range(first, min(first + 2000, count))
        office.put_all([(people[n % len(people)], f"Mensaje número {n}.") for n in numbers], priority=2)
    database.close()


async def drain(url: str, key: str, channel: Channel, count: int, bounds: Bounds) -> dict[str, float]:
    """The figures of one sender that runs until so many messages left and all outcomes are stored."""
    database = Database(url)
    counted = Counted(channel, count)
    office = Office(database, key)
    sender = Sender(
        database,
        {counted.name: counted},
        office.cipher,
        lambda: datetime.now(UTC),
        Random(1),
        judge=lambda status: None,
        worker=f"bench {time.perf_counter_ns()}",
        bounds=bounds,
    )
    cpu, began = time.process_time(), time.perf_counter()
    running = asyncio.create_task(sender.run())
    await counted.done.wait()
    sender.stop()
    await running
    wall = time.perf_counter() - began
    await channel.close()
    database.close()
    return {
        "messages_per_second": round(count / wall),
        "cpu_us_per_message": round((time.process_time() - cpu) / count * 1e6),
    }


@contextmanager
def twilio_on_loopback() -> Iterator[str]:
    """The address of a process that says yes to every message."""
    command = [sys.executable, "-m", "tests.bench.outbox", "--provider"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def provide() -> None:
    """Be that process."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"sid": "SM" + "0" * 32, "status": "queued"}, status=201)

    application = web.Application()
    application.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("http://{}:{}".format(*runner.addresses[0]), flush=True)
    await asyncio.Event().wait()


def twilio(api_url: str) -> TwilioChannel:
    """Twilio's channel, pointed at that process."""
    return TwilioChannel(
        name="whatsapp",
        account_sid=ACCOUNT,
        auth_token="not-a-secret",
        sender="+14155550100",
        public_url="https://arraigo.example",
        contents=NoContents(),
        list_label="Opciones",
        api_url=api_url,
    )


def measure(count: int, postgresql_url: str | None = None) -> dict[str, Any]:
    """All figures; PostgreSQL's too if an empty database is named."""
    key = new_key()
    figures: dict[str, Any] = {"messages": count}
    with tempfile.TemporaryDirectory() as folder, twilio_on_loopback() as api_url:
        urls = {"sqlite": f"sqlite:///{Path(folder, 'bench.db')}"}
        if postgresql_url:
            urls["postgresql"] = postgresql_url
        for name, url in urls.items():
            migrate.upgrade(url)
            fill(url, key, count)
            figures[f"{name}_no_http"] = uvloop.run(drain(url, key, FakeProvider(), count, BOUNDS))
            fill(url, key, count // 4)
            figures[f"{name}_http"] = uvloop.run(drain(url, key, twilio(api_url), count // 4, Bounds(concurrency=100)))
    return figures


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser(description="Messages drained from the outbox a second.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--postgresql", help="an empty PostgreSQL database")
    parser.add_argument("--provider", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.provider:
        uvloop.run(provide())
    else:
        print(json.dumps(measure(given.messages, given.postgresql)))


if __name__ == "__main__":
    main()
