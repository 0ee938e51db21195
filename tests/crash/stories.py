"""What is stored of people's conversations, to be held against the conversation as it goes in peace."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, select

from bot.inbox.answer import STATE
from bot.inbox.outgoing import MESSAGE
from db.crypto import Cipher, Hasher
from db.database import Database
from db.tables import conversations, diagnoses, events, identities, messages, outbox
from flows.core.session import Session
from tests.chat import KEYS, bot
from tests.crash.traffic import address

CIPHER = Cipher([KEYS["data_key"].get_secret_value()])
HASHER = Hasher(KEYS["hash_key"].get_secret_value())
OF_THE_MOMENT = {"empezo", "registro"}  # answers that hold a time or an id


@dataclass
class Story:
    """What is stored of one person, in order."""

    heard: list[str] = field(default_factory=list)  # MessageSid of what was taken in
    told: list[dict[str, Any]] = field(default_factory=list)  # the answers, as `Reply.to_json` gives them
    delivery: list[str] = field(default_factory=list)  # the state of each answer in the outbox
    diagnoses: list[dict[str, str]] = field(default_factory=list)  # answers by criterion
    session: Session = field(default_factory=Session)

    @property
    def texts(self) -> list[str]:
        """What the person was told."""
        return [reply["text"] for reply in self.told]

    @property
    def frames(self) -> list[tuple[Any, ...]]:
        """Where the conversation stands, without what differs from person to person."""
        return [
            (frame.flow, frame.step, {k: v for k, v in frame.answers.items() if k not in OF_THE_MOMENT}, frame.path)
            for frame in self.session.stack
        ]


def in_peace(folder: Path, lines: Sequence[str]) -> Story:
    """The conversation of one person to whom nothing happens."""
    with bot(folder) as running:
        person = address(0)
        chat = running.chat(person, "whatsapp", person.partition(":")[2])
        for line in lines:
            chat.says(line)
        return stories(running.app.database, [person])[person]


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
