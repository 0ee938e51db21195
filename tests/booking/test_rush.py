"""Two servers, two hundred people whose last «sí» comes at the same moment, twenty places."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, func, select

from bot.app import App
from bot.channels.base import Inbound
from bot.settings import Settings
from db import migrate
from db.database import Database
from db.tables import appointments, handoffs, messages, slots
from tests.booking.conftest import Town, check
from tests.chat import KEYS, MODELS
from tests.crash.server import Server
from tests.crash.traffic import BusyTwilio, Traffic, address

PEOPLE, PLACES, AT_ONCE = 200, 20, 8
COOK, ALONE = "everyday_cook", ("--no-sender", "--no-scheduler")
WELCOME = ("hola", "1", "34", "San Miguel")
WISH = ("quiero una cita de cocina en San Miguel", "lo más pronto")
ASKED = "cita.confirmar.sin_diagnostico"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with its places, filled in."""
    embedded = f"sqlite:///{tmp_path / 'arraigo.db'}"
    found = embedded if request.param == "sqlite" else str(request.getfixturevalue("blank_postgres_url"))
    migrate.prepare(found)
    return found


def build(url: str, now: datetime) -> tuple[int, list[int]]:
    """One centre; the slot that everybody wants, and the others."""
    database = Database(url)
    town = Town(database, now)
    here = town.centre("a", COOK, latitude=13.48, longitude=-88.18)
    day = (now + timedelta(days=7)).date()
    first, *others = (
        town.slot(here, datetime.combine(day, time(hour), ZoneInfo("America/El_Salvador")), places, trade=COOK)
        for hour, places in ((9, PLACES), (11, 100), (14, 100))
    )
    database.close()
    return first, others


async def lead(app: App, people: Sequence[str]) -> None:
    """Everybody comes to the last question."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def talk(person: str) -> None:
        async with at_once:
            for number, words in enumerate((*WELCOME, *WISH)):
                phone = person.removeprefix("whatsapp:")
                inbound = Inbound("whatsapp", f"{person}-{number}", person, phone=phone, text=words)
                outcome = await app.inbox.receive(inbound)
        assert [reply.key for _, reply in outcome.replies][-1] == ASKED

    await asyncio.gather(*map(talk, people))


async def rush(folder: Path, url: str, people: Sequence[str]) -> None:
    """Half of them say yes at one server, half at the other."""
    async with (
        BusyTwilio() as twilio,
        Server(folder, url, twilio.url, *ALONE) as one,
        Server(folder, url, twilio.url, *ALONE) as other,
        aiohttp.ClientSession() as session,
    ):
        ways = [Traffic(twilio, Random(1), server) for server in (one, other)]
        yes = [ways[number % 2].deliver(session, twilio.form(person, "sí")) for number, person in enumerate(people)]
        await asyncio.gather(*yes)


def told(connection: Connection) -> Counter[str]:
    counted = (
        select(messages.c.key, func.count().label("said")).where(messages.c.key.is_not(None)).group_by(messages.c.key)
    )
    return Counter({row.key: int(row.said) for row in connection.execute(counted)})


def test_twenty_have_a_place_and_everybody_else_is_told_other_times(url: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    slot, others = build(url, now)
    people = [address(number) for number in range(PEOPLE)]
    app = App(Settings(data_dir=tmp_path, models_dir=MODELS, database_url=SecretStr(url), **KEYS))
    asyncio.run(lead(app, people))
    app.database.close()

    asyncio.run(rush(tmp_path, url, people))

    database = Database(url)
    said = database.read_now(told)
    assert said["mi_cita.ver.texto"] == PLACES
    assert said["cita.otras_horas.texto"] == PEOPLE - PLACES
    assert [key for key in said if "fallo" in key] == []
    booked = select(slots.c.booked).where(slots.c.id.in_([slot, *others])).order_by(slots.c.id)
    assert database.read_now(lambda c: c.scalars(booked).all()) == [PLACES, 0, 0]
    count = partial(Connection.scalar, statement=select(func.count()).select_from(appointments))
    assert database.read_now(count) == PLACES
    failed = partial(Connection.scalar, statement=select(func.count()).select_from(handoffs))
    assert database.read_now(failed) == 0  # an event that could not be answered would have called a person
    database.read_now(check)
    database.close()
