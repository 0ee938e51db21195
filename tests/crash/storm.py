"""A server that is killed again and again while people write to it; afterwards, what is stored and what was sent."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Row, Select, select

from bot.channels.twilio import TwilioChannel
from bot.inbox.answer import STATE
from bot.inbox.outgoing import MESSAGE
from bot.sender.loop import Sender
from db.crypto import Cipher, Hasher
from db.database import Database
from db.tables import conversations, diagnoses, events, identities, messages, outbox
from flows.core.session import Session
from tests.chat import KEYS
from tests.crash.server import PUBLIC_URL, Server
from tests.crash.traffic import Traffic
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, MemoryContents, TwilioFake

CIPHER = Cipher([KEYS["data_key"].get_secret_value()])
HASHER = Hasher(KEYS["hash_key"].get_secret_value())
LATER = timedelta(minutes=2)  # beyond the lease of whatever was being sent at a kill
LONGEST_MISS = 0.05  # seconds between a chosen message and the kill


@dataclass
class Story:
    """What is stored of one person, in order."""

    heard: list[str] = field(default_factory=list)  # MessageSid of what was taken in
    told: list[dict[str, Any]] = field(default_factory=list)  # the answers, as `Reply.to_json` gives them
    delivery: list[str] = field(default_factory=list)  # the state of each answer in the outbox
    diagnoses: list[dict[str, str]] = field(default_factory=list)  # answers by criterion
    session: Session = field(default_factory=Session)


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


def stories(database: Database, people: Sequence[str]) -> dict[str, Story]:
    """What is stored, by address."""
    addresses = {HASHER.of("whatsapp", person): person for person in people}
    found: dict[str, Story] = defaultdict(Story)

    def read(query: Select[Any]) -> list[Row[Any]]:
        return database.read_now(lambda connection: list(connection.execute(query)))

    for row in read(_SAID):
        story = found[addresses[row.address_hash]]
        if row.direction == "in":
            story.heard.append(row.provider_id)
        else:
            story.told.append(json.loads(CIPHER.open(row.body_enc, MESSAGE)))
            story.delivery.append(row.state)
    for row in read(_STATES):
        found[addresses[row.address_hash]].session = Session.from_json(CIPHER.open(row.state_enc, STATE))
    for row in read(_DIAGNOSES):
        found[addresses[row.address_hash]].diagnoses.append(row.answers)
    return dict(found)


_SAID = (
    select(identities.c.address_hash, messages.c.direction, messages.c.body_enc, events.c.provider_id, outbox.c.state)
    .select_from(messages)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .join(identities, identities.c.id == conversations.c.identity_id)
    .join(events, events.c.id == messages.c.event_id)
    .outerjoin(outbox, outbox.c.message_id == messages.c.id)
    .order_by(messages.c.id)
)
_STATES = select(identities.c.address_hash, conversations.c.state_enc).join(
    conversations, conversations.c.identity_id == identities.c.id
)
_DIAGNOSES = select(identities.c.address_hash, diagnoses.c.answers).join(
    diagnoses, diagnoses.c.contact_id == identities.c.contact_id
)
