"""How fast one sender empties the outbox: with a provider in memory, and with one on loopback by HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, func, insert, select

from bot.channels.base import Channel
from bot.channels.twilio import TwilioChannel
from bot.inbox.outgoing import MESSAGE
from bot.inbox.people import ADDRESS
from bot.sender.lane import Bounds
from bot.sender.loop import Sender
from db.crypto import Cipher, new_key
from db.database import Database
from db.tables import contacts, identities, messages, outbox
from flows.core.reply import Reply
from tests.bench.inbound import ROOT
from tests.crash.server import PUBLIC_URL, TICK
from tests.fakes.provider import FakeProvider
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, MemoryContents

RATE = 1e6  # messages a second that the channel would allow: no limit
SAID = Reply("prueba.paso.texto", "Mañana a las 8 le esperamos en el centro de certificación.")


def fill(connection: Connection, cipher: Cipher, rows: int) -> None:
    """A message for each of so many new people."""
    now, start = datetime.now(UTC), connection.scalar(select(func.coalesce(func.max(contacts.c.id), 0))) or 0
    ids = range(start + 1, start + rows + 1)
    address, body = cipher.seal("whatsapp:+50370000000", ADDRESS), cipher.seal(json.dumps(SAID.to_json()), MESSAGE)
    base = [{"id": number, "created_at": now} for number in ids]
    connection.execute(insert(contacts), [row | {"code": f"b{row['id']}", "channel_first": "whatsapp"} for row in base])
    of = [row | {"contact_id": row["id"], "channel": "whatsapp"} for row in base]
    connection.execute(insert(identities), [row | {"address_hash": os.urandom(32)} for row in of])
    said = {"direction": "out", "author": "bot", "body_enc": body}
    connection.execute(insert(messages), [row | said for row in base])
    queued = {"channel": "whatsapp", "address_enc": address, "priority": 3}
    connection.execute(
        insert(outbox), [row | queued | {"message_id": row["id"], "identity_id": row["id"]} for row in base]
    )


async def drained(url: str, rows: int) -> dict[str, Any]:
    """No HTTP: claims, unsealing and results alone."""
    return await _run(url, FakeProvider(rate=RATE), rows, Bounds(concurrency=1000))


async def sent(url: str, rows: int) -> dict[str, Any]:
    """By HTTP, through the channel as it is."""
    async with _provider() as address:
        channel = TwilioChannel(
            name="whatsapp",
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            sender=WHATSAPP_SENDER,
            public_url=PUBLIC_URL,
            contents=MemoryContents(),
            list_label="Ver opciones",
            api_url=address,
            rate=RATE,
        )
        try:
            return await _run(url, channel, rows, Bounds())
        finally:
            await channel.close()


async def _run(url: str, channel: Channel, rows: int, bounds: Bounds) -> dict[str, Any]:
    database, cipher = Database(url), Cipher([new_key()])
    await database.write(lambda connection: fill(connection, cipher, rows))
    sender = Sender(
        database,
        {channel.name: channel},
        cipher,
        lambda: datetime.now(UTC),
        Random(1),
        judge=lambda status: None,
        worker="bench",
        bounds=bounds,
    )
    cpu, begun = time.process_time(), time.perf_counter()
    running = asyncio.create_task(sender.run())
    while await database.read(_unsent):  # noqa: ASYNC110 - the outbox is what is measured
        await asyncio.sleep(TICK)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    sender.stop()
    await running
    await asyncio.to_thread(database.close)
    return {"per_second": round(rows / seconds), "cpu_us": round(cpu / rows * 1e6)}


def _unsent(connection: Connection) -> bool:
    left = select(outbox.c.id).where(outbox.c.state.in_(("pending", "sending"))).limit(1)
    return connection.scalar(left) is not None


@asynccontextmanager
async def _provider() -> AsyncIterator[str]:
    command = [sys.executable, "-m", "tests.bench.provider"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()
