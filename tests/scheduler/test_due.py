"""Looking for what is due: together, in spite of a failure, by a command, by a clock."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from structlog.testing import capture_logs

from bot.channels.base import Inbound, Media
from bot.settings import PREFIX
from db.database import Database, DatabaseAway
from db.tables import contacts, conversations, media
from scheduler import retention
from scheduler.clock import Clock
from scheduler.due import run_due
from tests.chat import KEYS, START, Bot, bot
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, TwilioFake
from tests.ops.project import ROOT
from tests.scheduler.test_retention import crowd, expected

TOMORROW = START + timedelta(days=1)
LONG = 60.0  # seconds that something may take on a busy machine


# --- several at once, and failures -----------------------------------------------------------------------


def test_several_machines_at_once_take_everything_once(running: Bot) -> None:
    people, rows = 3 * retention.PEOPLE, 3 * retention.BATCH
    over = crowd(running, people, rows)
    machines = [Database(running.app.database.url, patience=LONG) for _ in range(3)]
    with ThreadPoolExecutor(len(machines)) as pool:
        tallies = list(pool.map(lambda machine: run_due(machine, over), machines))
    for machine in machines:
        machine.close()
    late = run_due(running.app.database, over)  # what one skipped because another held it
    total = {name: sum(tally[name] for tally in [*tallies, late]) for name in late}
    assert total == expected(people, rows)
    assert run_due(running.app.database, over) == dict.fromkeys(retention.RULES, 0)


def test_a_rule_that_fails_does_not_keep_the_others_from_their_work(running: Bot) -> None:
    over = crowd(running, 1, 1)
    running.app.database.write_now(lambda c: c.execute(text("ALTER TABLE media RENAME COLUMN expires_at TO gone_at")))
    with pytest.raises(ExceptionGroup) as caught:
        run_due(running.app.database, over)
    assert len(caught.value.exceptions) == 1
    left = running.rows(select(func.count()).select_from(contacts).where(~contacts.c.consent_kept))
    assert left[0][0] == 0


def test_a_database_that_is_away_is_said_at_once(database: Database) -> None:
    database.close()
    with pytest.raises(DatabaseAway):
        run_due(database, START)


# --- the clock -------------------------------------------------------------------------------------------


class Ticks:
    """A clock's `now` that counts how often it was asked, and can be held."""

    def __init__(self, now: datetime = TOMORROW) -> None:
        self.now, self.asked = now, threading.Semaphore(0)
        self.free = threading.Event()
        self.free.set()

    def __call__(self) -> datetime:
        self.asked.release()
        assert self.free.wait(LONG)
        return self.now

    def until(self, times: int) -> None:
        for _ in range(times):
            assert self.asked.acquire(timeout=LONG)


def unkept(database: Database) -> None:
    def work(connection: Any) -> None:
        one = insert(contacts).values(created_at=START, code="P", channel_first="sms").returning(contacts.c.id)
        contact = connection.scalars(one).one()
        connection.execute(insert(conversations).values(created_at=START, contact_id=contact, expires_at=START))

    database.write_now(work)


def people(database: Database) -> int:
    return database.read_now(lambda c: c.scalars(select(func.count()).select_from(contacts)).one())


def test_the_first_look_is_at_once(database: Database) -> None:
    unkept(database)
    ticks = Ticks()
    clock = Clock(database, ticks)  # the second look would be in a minute
    with capture_logs() as logs:
        clock.start()
        ticks.until(1)
        clock.stop()
    assert people(database) == 0
    assert [line["event"] for line in logs] == ["due_done"]
    assert logs[0]["forget_unkept"] == 1


def test_it_looks_again_and_again_and_stops(database: Database) -> None:
    before = set(threading.enumerate())
    ticks = Ticks()
    clock = Clock(database, ticks, every=0.01)
    clock.start()
    ticks.until(3)
    clock.stop()
    assert [thread for thread in set(threading.enumerate()) - before if thread.is_alive()] == []


def test_stopping_finishes_what_is_under_way(database: Database) -> None:
    unkept(database)
    ticks = Ticks()
    ticks.free.clear()
    clock = Clock(database, ticks)
    clock.start()
    ticks.until(1)
    stopping = threading.Thread(target=clock.stop)
    stopping.start()
    assert stopping.is_alive()
    ticks.free.set()
    stopping.join(LONG)
    assert people(database) == 0


def test_it_never_looks_twice_at_the_same_time(database: Database) -> None:
    ticks = Ticks()
    ticks.free.clear()
    clock = Clock(database, ticks, every=0.01)
    clock.start()
    ticks.until(1)
    assert not ticks.asked.acquire(timeout=0.1)
    ticks.free.set()
    ticks.until(1)
    clock.stop()


def test_it_waits_for_a_database_that_is_away(sqlite_url: str) -> None:
    database = Database(sqlite_url, patience=0.01)
    unkept(database)
    ticks = Ticks()
    clock = Clock(database, ticks, every=0.01)
    somebody = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    with capture_logs() as logs:
        clock.start()
        ticks.until(3)
        somebody.execute("ROLLBACK")
        ticks.until(3)
        clock.stop()
    somebody.close()
    assert logs[0]["event"] == "scheduler_waits_for_database"
    assert logs[-1]["event"] == "due_done"
    assert people(database) == 0
    database.close()


def test_it_outlives_a_mistake_of_ours(database: Database) -> None:
    database.write_now(lambda c: c.execute(text("ALTER TABLE media RENAME COLUMN expires_at TO gone_at")))
    ticks = Ticks()
    clock = Clock(database, ticks, every=0.01)
    with capture_logs() as logs:
        clock.start()
        ticks.until(3)
        clock.stop()
    assert {line["event"] for line in logs} == {"due_failed"}


# --- the command -----------------------------------------------------------------------------------------


async def run_command(folder: Path, url: str, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """`python -m bot …` as a process of its own: exit code, stdout, stderr."""
    given = {"database_url": url, "log_level": "info", **{name: key.get_secret_value() for name, key in KEYS.items()}}
    environment = {f"{PREFIX}{name.upper()}": value for name, value in (given | settings).items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def whatsapp(twilio: TwilioFake) -> Mapping[str, str]:
    return {
        "public_url": "https://arraigo.example",
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_whatsapp_from": WHATSAPP_SENDER,
        "twilio_api_url": twilio.url,
    }


async def test_the_command_forgets_sends_and_fetches(tmp_path: Path, database_url: str) -> None:
    async with TwilioFake() as twilio:
        with bot(tmp_path, database_url) as made:
            picture = Media("image", twilio.add_file(b"x", "image/png"), "image/png")
            said = Inbound("whatsapp", "e1", "whatsapp:+50370001234", text="hola", media=(picture,))
            await made.app.inbox.receive(said)
            await made.app.inbox.receive(Inbound("webchat", "e2", "sesion-de-prueba-01", text="hola"))
            await made.app.database.write(
                lambda c: c.execute(conversations.update().where(conversations.c.id == 2).values(expires_at=START))
            )
        moment = (START + timedelta(hours=1)).isoformat()
        code, out, err = await run_command(tmp_path, database_url, "run-due", "--now", moment, **whatsapp(twilio))
        assert code == 0, err
        done = json.loads(out)
        assert done.pop("sent") == {"sent": len(twilio.messages)}
        assert done.pop("files") == {"stored": 1}
        assert done.pop("templates") == {"changed": 0}
        assert {name: count for name, count in done.items() if count} == {"forget_unkept": 1}
        assert done.keys() > retention.RULES.keys()
        assert twilio.messages
        assert "+50370001234" not in err
        assert "Unclosed" not in err
        with bot(tmp_path, database_url) as made:
            assert made.rows(select(media.c.state)) == [("stored",)]


async def test_the_command_without_any_channel(tmp_path: Path, sqlite_url: str) -> None:
    code, out, _ = await run_command(tmp_path, sqlite_url, "run-due")
    done = json.loads(out)
    assert (code, done.pop("sent"), done.pop("files"), set(done.values())) == (0, {}, {}, {0})


@pytest.mark.parametrize("moment", ["tomorrow", "2026-11-22", "2026-11-22T10:00:00"])
async def test_a_moment_that_is_none_is_one_line_that_says_what_to_write(
    tmp_path: Path, sqlite_url: str, moment: str
) -> None:
    code, out, err = await run_command(tmp_path, sqlite_url, "run-due", "--now", moment)
    assert (code, out) == (2, "")
    assert moment in err
