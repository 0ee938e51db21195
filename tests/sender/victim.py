"""A sender that is to be killed: writes the id of each message that its provider took to standard output."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from random import Random

from bot.channels.base import Outgoing
from bot.sender.lane import Bounds
from bot.sender.loop import Sender
from db.crypto import Cipher
from db.database import Database
from tests.fakes.provider import FakeProvider


class Told(FakeProvider):
    """Tells the parent at once what was taken: this cannot be undone, as a real message cannot."""

    async def send(self, message: Outgoing) -> str:
        provider_id = await super().send(message)
        os.write(1, f"{message.reference}\n".encode())
        return provider_id


async def main(url: str, key: str) -> None:
    """Send until killed."""
    provider = Told(rate=1e6, latency=lambda: asyncio.sleep(0.01))
    sender = Sender(
        Database(url),
        {provider.name: provider},
        Cipher([key]),
        lambda: datetime.now(UTC),
        Random(1),
        judge=lambda status: None,
        worker=f"victim {os.getpid()}",
        bounds=Bounds(concurrency=50),
    )
    await sender.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
