"""The way into the conversation, for every channel: one event, one transaction."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.channels.base import Inbound, Status
from bot.inbox import answer, outgoing
from bot.inbox.deps import Deps
from bot.inbox.foresight import Foresight
from bot.inbox.outcome import Outcome
from bot.sender.results import Judge, apply_status
from db.database import Database, DatabaseAway
from db.tables import conversations, events, identities, messages
from flows.core.reply import Reply
from nlu.understanding import Remote

if TYPE_CHECKING:
    from bot.channels.telegram import Stopped

TRIES: Final = 3  # two first messages of one stranger at once: one of them finds the other's record on its next try

log = structlog.get_logger()


class Inbox:
    """Takes in events and tells what was said. Every method may raise `DatabaseAway`."""

    def __init__(
        self,
        database: Database,
        deps: Deps,
        judge: Judge,
        on_queued: Callable[[], None] = lambda: None,
        remote: Remote | None = None,
    ) -> None:
        """`on_queued` is called after each commit that may have put something into the outbox.

        `remote` is asked before each transaction, where there is one; else `deps.nlu` understands alone.
        """
        self._database, self._deps, self._judge, self._on_queued = database, deps, judge, on_queued
        self._foresight = Foresight(database, deps, remote) if remote else None

    async def receive(self, inbound: Inbound) -> Outcome:
        """Take in one event and return when it is committed. The same event again gives the same outcome."""
        if self._foresight is None:
            return await self._receive(inbound, self._deps)
        async with self._foresight.about(inbound) as deps:
            return await self._receive(inbound, deps)

    async def _receive(self, inbound: Inbound, deps: Deps) -> Outcome:
        for _ in range(TRIES):
            try:
                return await self._take(inbound, answer.answer, deps)
            except IntegrityError:
                continue
            except (DatabaseAway, DBAPIError):
                raise
            except Exception as error:  # the edge: whatever a flow does wrong, the person is answered, staff get a case
                log.error(  # noqa: TRY400 - a traceback may quote what a person wrote
                    "event_failed", channel=inbound.channel, error=type(error).__name__, at=_where(error)
                )
                break
        return await self._take(inbound, answer.apologise, deps)

    async def _take(
        self, inbound: Inbound, work: Callable[[Connection, Inbound, Deps], Outcome], deps: Deps
    ) -> Outcome:
        outcome = await self._database.write(lambda connection: work(connection, inbound, deps))
        self._on_queued()
        return outcome

    async def status(self, status: Status) -> None:
        """Note what became of a message of ours."""
        await self._database.write(lambda c: apply_status(c, status, self._deps.clock(), self._judge))

    async def transcript(self, session: str, after: int) -> tuple[tuple[int, Reply], ...]:
        """What the web chat `session` was told after message `after`, oldest first; nothing for a stranger."""
        key = self._deps.hasher.of("webchat", session)

        def read(connection: Connection) -> tuple[tuple[int, Reply], ...]:
            rows = connection.execute(
                select(messages.c.id, messages.c.body_enc)
                .join(conversations, messages.c.conversation_id == conversations.c.id)
                .join(identities, conversations.c.identity_id == identities.c.id)
                .where(identities.c.channel == "webchat", identities.c.address_hash == key)
                .where(messages.c.id > after, messages.c.direction == "out", messages.c.body_enc.is_not(None))
                .order_by(messages.c.id)
                .limit(500)
            )
            return tuple((row.id, outgoing.opened(row.body_enc, self._deps.cipher)) for row in rows)

        return await self._database.read(read)

    async def stopped(self, stopped: Stopped) -> None:
        """Note that a person blocked the bot at the provider, or let it in again."""
        key = self._deps.hasher.of("telegram", stopped.address)
        at = None if stopped.lifted else self._deps.clock()
        await self._database.write(
            lambda c: c.execute(
                update(identities)
                .where(identities.c.channel == "telegram", identities.c.address_hash == key)
                .values(stopped_at=at)
            )
        )

    async def keep_aside(self, channel: str, update_id: int | None, raw: bytes) -> None:
        """Keep an authentic webhook call that could not be read, sealed, for an engineer to look at."""
        now = self._deps.clock()
        reference = self._deps.hasher.of("aside", raw.hex()).hex()[:24]

        def keep(connection: Connection) -> None:
            known = select(events.c.id).where(events.c.channel == channel, events.c.provider_id == f"aside:{reference}")
            if connection.scalar(known) is None:
                connection.execute(
                    insert(events).values(
                        created_at=now,
                        channel=channel,
                        provider_id=f"aside:{reference}",
                        kind="unreadable",
                        processed_at=now,
                        payload_enc=self._deps.cipher.seal(raw[:65536], "event"),
                    )
                )

        await self._database.write(keep)
        log.warning("update_kept_aside", channel=channel, update=update_id, reference=reference)


def _where(error: BaseException) -> str:
    """Where an error came from. Its message stays out of the log: it may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
