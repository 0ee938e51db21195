"""Puts a session into the database, so that a conversation goes on from there."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from bot.inbox.answer import STATE
from db.tables import conversations, identities
from flows.core.session import Session
from tests.chat import Chat


def put_session(chat: Chat, session: Session) -> None:
    """Write the stored state of somebody who has written before."""
    app = chat.bot.app
    key = app.hasher.of(chat.channel, chat.address)
    mine = select(identities.c.id).where(identities.c.channel == chat.channel, identities.c.address_hash == key)
    sealed = app.cipher.seal(session.to_json(), STATE)

    def write(connection: Connection) -> None:
        connection.execute(update(conversations).where(conversations.c.identity_id.in_(mine)).values(state_enc=sealed))

    app.database.write_now(write)
