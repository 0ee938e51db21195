"""A server that is killed again and again while people write to it, and the sender that comes after."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Row, Select, select

from bot.channels.twilio import TwilioChannel
from bot.sender.loop import Sender
from db.database import Database
from db.tables import outbox
from tests.crash.server import PUBLIC_URL, Server
from tests.crash.stories import CIPHER
from tests.crash.traffic import Traffic
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, MemoryContents, TwilioFake

LATER = timedelta(minutes=2)  # beyond the lease of whatever was being sent at a kill
LONGEST_MISS = 0.05  # seconds between a chosen message and the kill


@dataclass
class Aftermath:
    """What a storm left. `in_flight`: outbox rows that were being sent at some kill; `restarts`: seconds."""

    acknowledged: list[str]
    sids: set[str]  # the provider's ids that the outbox holds
    in_flight: set[int] = field(default_factory=set)
    restarts: list[float] = field(default_factory=list)


async def storm(
    folder: Path, url: str, twilio: TwilioFake, people: Sequence[str], script: Sequence[str], *, kills: int, seed: int
) -> Aftermath:
    """Every person says the script; the server dies `kills` times at moments that `seed` chooses. Then a new
    sender, two minutes later, sends what is left.
    """
    total, random = len(people) * len(script), Random(seed)
    moments = sorted(random.sample(range(total // 20, total - total // 20), kills))
    database = Database(url)
    try:
        async with Server(folder, url, twilio.url) as server:
            traffic = Traffic(twilio, Random(seed), server, repeats=0.05)
            aftermath = Aftermath(traffic.acknowledged, set())
            killer = asyncio.create_task(_kill(server, traffic, database, moments, random, aftermath))
            await traffic.converse(people, script, at_once=32)
            await killer
            await server.stop()
        await send_the_rest(database, twilio)
        aftermath.sids = {row.provider_id for row in await _rows(database, select(outbox.c.provider_id))}
    finally:
        database.close()
    return aftermath


async def _kill(
    server: Server,
    traffic: Traffic,
    database: Database,
    moments: Sequence[int],
    random: Random,
    aftermath: Aftermath,
) -> None:
    for moment in moments:
        await traffic.reached(moment)
        await asyncio.sleep(random.random() * LONGEST_MISS)
        server.kill()
        sending = await _rows(database, select(outbox.c.id).where(outbox.c.state == "sending"))
        aftermath.in_flight |= {row.id for row in sending}
        aftermath.restarts.append(await server.start())


async def send_the_rest(database: Database, twilio: TwilioFake) -> None:
    """Another sender, when all leases are over."""
    channel = TwilioChannel(
        name="whatsapp",
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        sender=WHATSAPP_SENDER,
        public_url=PUBLIC_URL,
        contents=MemoryContents(),
        list_label="Ver opciones",
        api_url=twilio.url,
        rate=2000.0,
    )
    heir = Sender(
        database,
        {"whatsapp": channel},
        CIPHER,
        lambda: datetime.now(UTC) + LATER,
        Random(1),
        judge=lambda status: None,
        worker="heir",
    )
    try:
        await heir.run_once(datetime.now(UTC) + LATER)
    finally:
        await channel.close()


async def _rows(database: Database, query: Select[Any]) -> list[Row[Any]]:
    return await database.read(lambda connection: list(connection.execute(query)))
