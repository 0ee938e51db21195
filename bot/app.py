"""The wiring: settings and keys in, a running bot out. The only module that knows every part."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection
from starlette.applications import Starlette

from bot import engines, providers
from bot import keys as key_files
from bot import world as facts
from bot.assessing import following
from bot.booking import followups, reminding
from bot.booking.due import rules as booking_rules
from bot.cases import checkin
from bot.cases import due as case_rules
from bot.cases import work as case_work
from bot.cases.desk import Desk
from bot.cases.metrics import CaseMetrics, alerts_state
from bot.certificates import verification
from bot.certificates.papers import Papers
from bot.certificates.web import RATE, OnlyVerification, Verification
from bot.channels.base import Channel
from bot.inbox import commands, files
from bot.inbox.deps import Deps
from bot.inbox.inbox import Inbox
from bot.media import Fetcher
from bot.panel.app import panel_routes
from bot.panel.casework.live import Hub
from bot.panel.passwords import Passwords
from bot.panel.services import PanelServices, UserLeft
from bot.sender.lag import lag
from bot.sender.loop import Sender
from bot.sender.metrics import Metrics
from bot.settings import Settings
from bot.staffroom.room import StaffRoom
from bot.staffroom.room import rules as staff_rules
from bot.web.app import create_app
from bot.web.limits import Buckets
from bot.web.services import Services
from db import content, migrate
from db.crypto import Cipher, Hasher
from db.database import Database
from db.engines import is_sqlite
from flows import plantillas
from flows.audios import Audios
from flows.catalogo import FLOWS, HOME
from flows.core.copy import Copy
from flows.core.engine import Engine
from flows.plantillas import Form
from nlu.model.examples import LEARNED
from nlu.places import Gazetteer
from nlu.plain import PlainEngine
from nlu.trades import TradeNames
from scheduler.clock import Clock
from scheduler.due import Rule
from scheduler.retention import RULES

if TYPE_CHECKING:
    from bot.approvals.reviews import Reviews
    from bot.approvals.watch import Watch
    from bot.rasa import Rasa

LATE: Final = 60.0  # seconds; a reply that waits longer means that the sender is not keeping up
TEXTS: Final = Path(__file__).parent.parent / "flows" / "textos"

log = structlog.get_logger()


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
        trades, lines = content.load_trades(), content.load_lines()
        staff = self.settings.staff_hours if self._staff_chat else None
        return facts.World(
            gazetteer=Gazetteer(content.load_geo()),
            trades=trades,
            bands=content.load_bands(),
            trade_names=TradeNames(content.raw_trades()),
            fallback_numbers=lines.fallback,
            abroad_numbers=lines.abroad,
            first_numbers=lines.by_case,
            office=self.settings.office,
            hours=staff,
            hours_in_words=facts.in_both(staff, self.copy),
            zone=self.settings.timezone,
            audios=Audios.load(),
        )

    @property
    def _staff_chat(self) -> str:
        """Where staff are alerted; "" where no alert would leave."""
        return self.settings.telegram_staff_chat if self.settings.telegram_token else ""

    @cached_property
    def rules(self) -> PlainEngine:
        return PlainEngine(self.world.trade_names, self.world.gazetteer)

    @cached_property
    def nlu(self) -> engines.Local:
        beside = self.settings.data_dir / "nlu"
        return engines.Local(self.settings.models_dir or beside, beside / LEARNED, self.rules)

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
            desk=self.desk,
            papers=self.papers,
        )

    @cached_property
    def desk(self) -> Desk:
        settings = self.settings
        return Desk(
            cipher=self.cipher,
            copy=self.copy,
            zone=settings.timezone,
            hours=settings.staff_hours,
            staff_chat=self._staff_chat,
            telegram=bool(settings.telegram_token),
            public_url=settings.public_url,
        )

    @cached_property
    def staff_room(self) -> StaffRoom:
        return StaffRoom(self.database, self.desk, self.clock, on_queued=self.wake)

    @cached_property
    def due_rules(self) -> Mapping[str, Rule]:
        """Everything that the clock does."""
        cases = case_rules.rules(self.desk, CaseMetrics(self.registry))
        unasked = {**reminding.rules(self.deps, self.templates), **followups.rules(self.deps, self.templates)}
        bookings = {**booking_rules(), **unasked}
        return {**checkin.rules(self.deps), **bookings, **cases, **staff_rules(self.desk), **RULES}

    @cached_property
    def inbox(self) -> Inbox:
        remote = self.rasa.engine if self.rasa and self.settings.nlu == "rasa" else None
        return Inbox(self.database, self.deps, providers.judge, on_queued=self.wake, remote=remote)

    @cached_property
    def rasa(self) -> Rasa | None:
        """Rasa beside the local engine, where there is one to ask: docs/adr/0009."""
        if not self.settings.rasa_url:
            return None
        from bot.rasa import Rasa

        return Rasa(self.settings, self.nlu, self.rules, self.registry)

    def wake(self) -> None:
        """Something may be due to leave or to be fetched: look now."""
        for name in ("sender", "fetcher"):
            worker = self.__dict__.get(name)
            if isinstance(worker, Sender | Fetcher):
                worker.wake()

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels that are on and that something has to be sent through."""
        return providers.channels(
            self.settings, self.database, self.twilio_account, self.desk, self.clock, self.templates
        )

    @property
    def twilio_account(self) -> bytes:
        """The keyed hash under which we keep what is at Twilio."""
        return self.hasher.of("twilio account", self.settings.twilio_account_sid)

    @cached_property
    def templates(self) -> Mapping[str, Form]:
        return plantillas.written()

    @cached_property
    def reviews(self) -> Reviews | None:
        return providers.reviews(self.settings, self.database, self.twilio_account, self.templates)

    @cached_property
    def watch(self) -> Watch | None:
        """What asks after templates under review; None where WhatsApp is off."""
        if self.reviews is None:
            return None
        from bot.approvals.watch import Watch

        return Watch(self.reviews, self.clock)

    @cached_property
    def sender(self) -> Sender:
        return Sender(
            self.database,
            self.channels,
            self.cipher,
            self.clock,
            self.random,
            judge=providers.judge,
            worker=f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}",
            metrics=Metrics(self.registry),
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        return Fetcher(self.database, self.channels, self.cipher, self.clock)

    async def carry(self) -> None:
        """Send what is to leave and fetch what was sent to us, until `stop_carrying`."""
        watching = [self.watch.run()] if self.watch else []
        await asyncio.gather(self.sender.run(), self.fetcher.run(), *watching)

    async def carry_once(self, now: datetime) -> dict[str, dict[str, int]]:
        """Send and fetch what is due at `now`; says how much. Raises `DatabaseAway`."""
        asked = {"templates": {"changed": await self.watch.look(now)}} if self.watch else {}
        sent, fetched = await self.sender.run_once(now), await self.fetcher.run_once(now)
        return {"sent": dict(sent), "files": dict(fetched), **asked}

    def stop_carrying(self) -> None:
        """Begin to stop: `carry` returns once what is under way is finished."""
        self.sender.stop()
        self.fetcher.stop()
        if self.watch:
            self.watch.stop()

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords()

    @cached_property
    def on_user_left(self) -> tuple[UserLeft, ...]:
        """What hands over the work of somebody whose account is closed."""
        return (case_work.hand_over,)

    @cached_property
    def panel(self) -> PanelServices:
        return PanelServices(
            database=self.database,
            deps=self.deps,
            care=Cipher(self.keys.care),
            secret=Hasher(self.keys.secret),
            passwords=self.passwords,
            zone=self.settings.timezone,
            public_url=self.settings.public_url,
            live=Hub(self.database, self.clock),
            wake=self.wake,
            papers=self.papers,
            on_user_left=self.on_user_left,
            on_evaluated=(following.follow,),
        )

    def due_clock(self) -> Clock:
        """What wakes everything that is due; not started yet."""
        return Clock(self.database, self.clock, rules=self.due_rules, on_done=self.wake)

    def web(self, *, sender: bool = True, scheduler: bool = True) -> Starlette:
        """The web application; with the sender and the scheduler running beside it."""
        _ = self.nlu.engine  # nobody who writes waits for it
        extra = [*panel_routes(self.panel), *self.verification.routes()]
        app = create_app(self._services(), extra, lifespan=self._beside(sender=sender, scheduler=scheduler))
        app.add_middleware(OnlyVerification, address=self.papers.address, public_url=self.settings.public_url)
        return app

    @cached_property
    def papers(self) -> Papers:
        address = self.settings.verify_url or self.settings.public_url or "http://127.0.0.1:8000"
        return Papers(self.cipher, self.world.trades, address, self.settings.issuer)

    @cached_property
    def verification(self) -> Verification:
        async def lookup(written: str) -> verification.Verified | None:
            return await self.database.read(lambda connection: verification.verify(connection, self.cipher, written))

        return Verification(lookup, self.papers, Buckets(RATE, time.monotonic))

    def _beside(self, *, sender: bool, scheduler: bool) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            carrying = asyncio.create_task(self.carry()) if sender else None
            clock = self.due_clock() if scheduler else None
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
        return Services(
            inbox=self.inbox,
            ready=self.ready,
            notes=self.notes,
            public_url=self.settings.public_url,
            clock=self.clock,
            twilio=providers.twilio_webhook(self.settings),
            telegram=providers.telegram_webhook(self.settings, self.channels, self.staff_room),
            links=providers.links(self.settings),
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
        behind = await self.database.read(self._behind)
        return {
            "database": "ok",
            "migrations": "ok" if current else "run: arraigo migrate",
            "nlu": self._understands(),
            "sender": "ok" if behind < LATE else f"replies wait for {behind:.0f} s",
            "alertas": await self.database.read(lambda c: alerts_state(c, self.desk, self.clock())),
        }

    def notes(self) -> dict[str, str]:
        """What is worth knowing of parts that the bot does without."""
        return {"rasa": self.rasa.state} if self.rasa and self.settings.nlu == "rasa" else {}

    def _understands(self) -> str:
        if self.nlu.by_rules_alone:
            return "rules alone: the model could not be trained; the log says why"
        return "ok" if self.nlu.parse("hola", now=self.clock()).intent.name == "greet" else "does not understand «hola»"

    def _behind(self, connection: Connection) -> float:
        """Seconds that the oldest reply has waited, over all channels that are on."""
        now = self.clock()
        return max((lag(connection, name, now).get(1, 0.0) for name in self.channels), default=0.0)

    async def close(self) -> None:
        """Let go of everything."""
        for channel in self.__dict__.get("channels", {}).values():
            await channel.close()
        if reviews := self.__dict__.get("reviews"):
            await reviews.close()
        if rasa := self.__dict__.get("rasa"):
            await rasa.close()
        if "database" in self.__dict__:
            await asyncio.to_thread(self.database.close)
