"""A server that is killed again and again while people write to it, and what is found afterwards."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.channels.twilio import TwilioChannel
from bot.inbox.answer import STATE
from bot.inbox.outgoing import MESSAGE
from bot.sender.loop import Sender
from db.crypto import Cipher, Hasher
from db.database import Database
from db.tables import conversations, events, identities, messages, outbox
from flows.core.session import Session
from tests.chat import KEYS
from tests.crash.server import PUBLIC_URL, Server
from tests.crash.traffic import SCRIPT, Traffic, address
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, MemoryContents, TwilioFake

CIPHER = Cipher([KEYS["data_key"].get_secret_value()])
HASHER = Hasher(KEYS["hash_key"].get_secret_value())


@dataclass
class Aftermath:
    """What the storm left: at Twilio, and in the database."""

    twilio: TwilioFake
    database: Database
    people: list[str]
    acknowledged: list[str]
    in_flight: list[int] = field(default_factory=list)  # at each kill
    restarts: list[float] = field(default_factory=list)  # seconds

    @property
    def repeats(self) -> int:
        """How many messages people got twice."""
        return len(self.twilio.messages) - len(self.rows(select(outbox.c.id)))

    def rows(self, query: Any) -> list[Row[Any]]:
        """What is in the database."""
        return self.database.read_now(lambda connection: list(connection.execute(query)))

    def received(self, person: str) -> list[str]:
        """What a person read, in order, without repetitions."""
        return list(dict.fromkeys(sent.body for sent in self.twilio.messages if sent.to == person))

    def heard(self) -> dict[str, Counter[str]]:
        """How often each of a person's messages was taken in, by address and provider's id."""
        mine = _identity(messages.c.conversation_id)
        query = select(identities.c.address_hash, events.c.provider_id).select_from(mine)
        query = query.join(events, events.c.id == messages.c.event_id).where(messages.c.direction == "in")
        return self._counted(query)

    def said(self) -> dict[str, list[str]]:
        """The keys of what each person was answered, in order."""
        query = select(identities.c.address_hash, messages.c.key).select_from(_identity(messages.c.conversation_id))
        query = query.where(messages.c.direction == "out").order_by(messages.c.id)
        return {person: list(found.elements()) for person, found in self._counted(query).items()}
