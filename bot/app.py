"""The wiring: settings and keys in, a running bot out. The only module that knows every part."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final, cast

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection
from starlette.applications import Starlette

from bot import keys as key_files
from bot import world as facts
from bot.channels.base import Channel, SendError, Status
from bot.inbox import commands, files
from bot.inbox.deps import Deps
from bot.inbox.inbox import Inbox
from bot.media import Fetcher
from bot.sender.lag import lag
from bot.sender.loop import Sender
from bot.sender.metrics import Metrics
from bot.settings import Settings
from bot.web.app import create_app
from bot.web.services import Links, Services, Telegram
from db import content, migrate
from db.crypto import Cipher, Hasher
from db.database import Database
from db.engines import is_sqlite
from flows.catalogo import FLOWS, HOME
from flows.core.copy import Copy
from flows.core.engine import Engine
from nlu.places import Gazetteer
from nlu.plain import PlainEngine
from nlu.trades import TradeNames
from scheduler.clock import Clock

LATE: Final = 60.0  # seconds; a reply that waits longer means that the sender is not keeping up
TEXTS: Final = Path(__file__).parent.parent / "flows" / "textos"


def utc_now() -> datetime:
    """The clock of everything that is not a test."""
    return datetime.now(UTC)


@dataclass
class App:
    """All parts of one process, each made when it is first needed."""

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    random: Random = field(default_factory=lambda: Random(secrets.randbits(64)))
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    @cached_property
    def keys(self) -> key_files.Keys:
        return key_files.load(self.settings)

    @cached_property
    def cipher(self) -> Cipher:
        return Cipher(self.keys.data)

    @cached_property
    def hasher(self) -> Hasher:
        return Hasher(self.keys.hash)

    @cached_property
    def database(self) -> Database:
        """The database; an embedded one is brought up to date, a shared one is the operator's to migrate."""
        _ = self.keys
        if is_sqlite(self.settings.database):
            migrate.prepare(self.settings.database)
        return Database(self.settings.database)

    @cached_property
    def copy(self) -> Copy:
        return Copy.load(TEXTS)

    @cached_property
    def world(self) -> facts.World:
        trades = content.load_trades()
        staff = self.settings.staff_hours if self._staff_chat else None
        return facts.World(
            gazetteer=Gazetteer(content.load_geo()),
            trades=trades,
            bands=content.load_bands(),
            trade_names=TradeNames(content.raw_trades()),
            fallback_numbers=content.load_lines().fallback,
            office=self.settings.office,
            hours=staff,
            hours_in_words=facts.in_words(staff, self.copy),
            zone=self.settings.timezone,
        )

    @property
    def _staff_chat(self) -> str:
        """Where staff are alerted; "" where no alert would leave."""
        return self.settings.telegram_staff_chat if self.settings.telegram_token else ""

    @cached_property
    def nlu(self) -> PlainEngine:
        return PlainEngine(self.world.trade_names, self.world.gazetteer)

    @cached_property
    def engine(self) -> Engine:
        return Engine(FLOWS, HOME)

    @cached_property
    def deps(self) -> Deps:
        return Deps(
            cipher=self.cipher,
            hasher=self.hasher,
            engine=self.engine,
            copy=self.copy,
            commands=commands.load(self.copy),
            nlu=self.nlu,
            world=self.world,
            clock=self.clock,
            random=self.random,
            staff_chat=self._staff_chat,
        )

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.database, self.deps, judge, on_queued=self._wake)

    def _wake(self) -> None:
        for name in ("sender", "fetcher"):
            worker = self.__dict__.get(name)
            if isinstance(worker, Sender | Fetcher):
                worker.wake()

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels that are on and that something has to be sent through."""
        return {channel.name: channel for channel in [*self._twilio(), *self._telegram()]}

    def _twilio(self) -> list[Channel]:
        settings = self.settings
        if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.public_url):
            return []
        from bot.channels.twilio import SqlContents, TwilioChannel

        account = self.hasher.of("twilio account", settings.twilio_account_sid)
        contents = SqlContents(self.database, account, self.clock)
        senders = {"whatsapp": settings.twilio_whatsapp_from, "sms": settings.twilio_sms_from}
        return [
            TwilioChannel(
                name=name,
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token.get_secret_value(),
                sender=sender,
                public_url=settings.public_url,
                contents=contents,
                list_label=self.copy.common("ver_opciones", {}),
                status_callback=f"{settings.public_url}/webhooks/twilio/status",
                api_url=settings.twilio_api_url or None,
                rate=settings.twilio_rate,
            )
            for name, sender in senders.items()
            if sender
        ]

    def _telegram(self) -> list[Channel]:
        settings = self.settings
        if not settings.telegram_token:
            return []
        from bot.channels.telegram import TelegramChannel

        token = settings.telegram_token.get_secret_value()
        return [TelegramChannel(token, settings.telegram_api_url or None, public_url=settings.public_url)]

    @cached_property
    def sender(self) -> Sender:
        return Sender(
            self.database,
            self.channels,
            self.cipher,
            self.clock,
            self.random,
            judge=judge,
            worker=f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}",
            metrics=Metrics(self.registry),
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        return Fetcher(self.database, self.channels, self.cipher, self.clock)

    async def carry(self) -> None:
        """Send what is to leave and fetch what was sent to us, until `stop_carrying`."""
        await asyncio.gather(self.sender.run(), self.fetcher.run())

    async def carry_once(self, now: datetime) -> dict[str, dict[str, int]]:
        """Send and fetch what is due at `now`; says how much. Raises `DatabaseAway`."""
        sent, fetched = await self.sender.run_once(now), await self.fetcher.run_once(now)
        return {"sent": dict(sent), "files": dict(fetched)}

    def stop_carrying(self) -> None:
        """Begin to stop: `carry` returns once what is under way is finished."""
        self.sender.stop()
        self.fetcher.stop()

    def web(self, *, sender: bool = True, scheduler: bool = True) -> Starlette:
        """The web application; with the sender and the scheduler running beside it."""
        return create_app(self._services(), lifespan=self._beside(sender=sender, scheduler=scheduler))

    def _beside(self, *, sender: bool, scheduler: bool) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            carrying = asyncio.create_task(self.carry()) if sender else None
            clock = Clock(self.database, self.clock) if scheduler else None
            if clock:
                clock.start()
            yield
            if clock:
                await asyncio.to_thread(clock.stop)
            if carrying:
                self.stop_carrying()
                await carrying
            await self.close()

        return lifespan

    def _services(self) -> Services:
        settings, twilio, telegram = self.settings, None, None
        if settings.twilio_auth_token and settings.public_url:
            from bot.channels.twilio import TwilioWebhook

            twilio = TwilioWebhook(settings.twilio_auth_token.get_secret_value(), settings.public_url)
        if settings.telegram_token and settings.telegram_secret:
            from bot.channels.telegram import TelegramChannel, TelegramWebhook

            channel = cast(TelegramChannel, self.channels["telegram"])
            telegram = Telegram(TelegramWebhook(settings.telegram_secret.get_secret_value()), channel)
        return Services(
            inbox=self.inbox,
            ready=self.ready,
            public_url=settings.public_url,
            clock=self.clock,
            twilio=twilio,
            telegram=telegram,
            links=Links(whatsapp=_wa_me(settings.twilio_whatsapp_from), telegram=_t_me(settings.telegram_bot)),
            offered=self.offered,
            registry=self.registry,
        )

    async def offered(self, token: str) -> bytes | None:
        """The file behind the secret part of a link; None if it never was or is over."""
        now = self.clock()
        return await self.database.read(lambda connection: files.offered(connection, self.cipher, token, now))

    async def ready(self) -> dict[str, str]:
        """Part by part: «ok», or what is wrong with it."""
        current = await self.database.read(migrate.is_current)
        understood = self.nlu.parse("hola", now=self.clock())
        behind = await self.database.read(self._behind)
        return {
            "database": "ok",
            "migrations": "ok" if current else "run: arraigo migrate",
            "nlu": "ok" if understood.intent.name == "greet" else "does not understand «hola»",
            "sender": "ok" if behind < LATE else f"replies wait for {behind:.0f} s",
        }

    def _behind(self, connection: Connection) -> float:
        """Seconds that the oldest reply has waited, over all channels that are on."""
        now = self.clock()
        return max((lag(connection, name, now).get(1, 0.0) for name in self.channels), default=0.0)

    async def close(self) -> None:
        """Let go of everything."""
        for channel in self.__dict__.get("channels", {}).values():
            await channel.close()
        if "database" in self.__dict__:
            await asyncio.to_thread(self.database.close)


def judge(status: Status) -> SendError | None:
    """What a provider's error code in a failed status means."""
    if status.channel in ("whatsapp", "sms") and status.error:
        from bot.channels.twilio.errors import by_code

        return by_code(status.error)
    return None


def _wa_me(sender: str) -> str:
    return f"https://wa.me/{sender.removeprefix('whatsapp:').lstrip('+')}" if sender else ""


def _t_me(bot: str) -> str:
    return f"https://t.me/{bot}" if bot else ""
