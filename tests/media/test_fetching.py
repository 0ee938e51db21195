"""Files that people send come in, are sealed and kept; what cannot be had is let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from bot.channels.base import Media, MediaGone
from bot.media import Bounds, Fetcher, claims
from bot.media.fetcher import MOST_BYTES
from db.database import Database
from db.erasure import erase
from db.tables import contacts
from tests.fakes.provider import FakeProvider
from tests.fakes.telegram import Refusal
from tests.fakes.twilio import Fault
from tests.media.conftest import ADDRESSES, Desk

SHARP = Bounds(beat=0.0)
AWAY = Fault(status=503, body=b"", path="/Media/ME" + f"{1:032x}")


async def test_a_picture_on_whatsapp(desk: Desk) -> None:
    await desk.sends_by_whatsapp(b"\xff\xd8picture")
    assert await desk.once() == {"stored": 1}
    row = await desk.row()
    assert (row.state, row.mime, row.size, row.source_enc, row.lease_until) == ("stored", "image/jpeg", 9, None, None)
    assert desk.content(row) == b"\xff\xd8picture"
    assert len(desk.twilio.deleted) == 1  # Twilio would keep it for ever
    assert await desk.once() == {}


async def test_a_voice_note_on_telegram(desk: Desk) -> None:
    await desk.sends_by_telegram(b"OggS")
    assert await desk.once() == {"stored": 1}
    row = await desk.row()
    assert (row.state, row.kind, row.mime, row.size, row.source_enc) == ("stored", "voice", "audio/ogg", 4, None)
    assert desk.content(row) == b"OggS"


async def test_nothing_of_a_file_can_be_read_in_the_table(small_desk: Desk) -> None:
    await small_desk.sends_by_whatsapp(b"a face")
    assert b"twilio" not in (await small_desk.row()).source_enc
    await small_desk.once()
    assert b"a face" not in (await small_desk.row()).content_enc


@pytest.mark.parametrize(("excess", "state"), [(0, "stored"), (1, "gone")])
async def test_the_size_is_capped(small_desk: Desk, excess: int, state: str) -> None:
    await small_desk.sends_by_whatsapp(b"x" * (MOST_BYTES + excess))
    assert await small_desk.once() == {state: 1}
    row = await small_desk.row()
    assert (row.state, row.source_enc) == (state, None)
    assert len(small_desk.twilio.deleted) == 1  # the provider need not keep it either
    await small_desk.sends_by_telegram(b"x" * (MOST_BYTES + excess))
    assert await small_desk.once() == {state: 1}


async def test_a_size_that_the_provider_misstates_changes_nothing(small_desk: Desk) -> None:
    small_desk.telegram.files["f"] = ("video/f.mp4", b"x" * (MOST_BYTES + 1))
    await small_desk.sends("telegram", Media("video", "f", "video/mp4", 10))
    assert await small_desk.once() == {"gone": 1}


async def test_what_the_provider_has_no_more_is_gone(desk: Desk) -> None:
    await desk.sends_by_whatsapp(b"x")
    desk.twilio.files.clear()
    await desk.sends("telegram", Media("image", "AgACnothing", "image/jpeg"))
    assert await desk.once() == {"gone": 2}
    assert {(row.state, row.source_enc, row.content_enc) for row in await desk.rows()} == {("gone", None, None)}


async def test_a_provider_that_is_away_is_asked_again_later_and_later(desk: Desk) -> None:
    await desk.sends_by_whatsapp(b"x")
    waits = []
    for _ in range(4):
        desk.twilio.fail(AWAY)
        assert await desk.once() == {"retry": 1}
        row = await desk.row()
        waits.append((row.lease_until - desk.bot.now).total_seconds() / 60)
        desk.bot.now = row.lease_until - timedelta(seconds=1)
        assert await desk.once() == {}
        desk.bot.wait(seconds=1)
    assert waits == [1, 6, 36, 216]
    assert await desk.once() == {"stored": 1}


async def test_after_five_tries_it_is_gone(desk: Desk) -> None:
    await desk.sends_by_whatsapp(b"x")
    desk.twilio.fail(AWAY, times=5)
    seen = []
    while (await desk.row()).state == "pending":
        seen.append(await desk.once())
        desk.bot.wait(hours=5)
    assert seen == [{"retry": 1}] * 4 + [{"gone": 1}]
    assert (await desk.row()).source_enc is None


async def test_telegram_names_how_long_to_wait(small_desk: Desk) -> None:
    await small_desk.sends_by_telegram(b"OggS")
    small_desk.telegram.failures.append(Refusal(429, "Too Many Requests: retry after 300", retry_after=300))
    assert await small_desk.once() == {"retry": 1}
    assert (await small_desk.row()).lease_until == small_desk.bot.now + timedelta(seconds=300)


async def test_a_deletion_at_twilio_that_fails_costs_nothing(small_desk: Desk) -> None:
    await small_desk.sends_by_whatsapp(b"x")
    small_desk.twilio.fail(Fault(status=503, body=b"", path=".json"))
    with capture_logs() as logs:
        assert await small_desk.once() == {"stored": 1}
    assert [line["event"] for line in logs] == ["file_not_deleted_at_provider", "file_fetched"]


async def test_the_logs_say_nothing_of_the_person(small_desk: Desk) -> None:
    await small_desk.sends_by_whatsapp(b"a face")
    await small_desk.sends_by_telegram(b"a voice")
    small_desk.twilio.fail(AWAY)
    with capture_logs() as logs:
        await small_desk.once()
    assert len(logs) == 3
    for secret in (*ADDRESSES.values(), "70001234", "twilio.com", "Media", "voice/file", "a face", "a voice"):
        assert secret not in repr(logs)


@pytest.mark.parametrize("channel", ["webchat", "terminal"])
async def test_a_channel_without_files_lets_go_after_a_day(desk: Desk, channel: str) -> None:
    await desk.sends(channel, Media("image", "somewhere", "image/jpeg"))
    desk.bot.wait(hours=23)
    assert await desk.once() == {}
    desk.bot.wait(hours=1)
    assert await desk.once() == {"gone": 1}
    row = await desk.row()
    assert (row.state, row.source_enc) == ("gone", None)


async def test_a_channel_that_is_off_waits_a_day_to_be_turned_on(small_desk: Desk) -> None:
    app = small_desk.bot.app
    await small_desk.sends_by_whatsapp(b"x")
    off = Fetcher(app.database, {}, app.cipher, app.clock)
    assert await off.run_once(small_desk.bot.now) == {}
    assert await small_desk.once() == {"stored": 1}


async def test_what_was_claimed_and_abandoned_is_fetched_once_the_lease_is_over(desk: Desk) -> None:
    await desk.sends_by_whatsapp(b"x")
    database, now = desk.bot.app.database, desk.bot.now
    lease = now + timedelta(minutes=5)
    (lost,) = await database.write(lambda c: claims.claim(c, ["whatsapp"], now, 10, lease))
    assert await desk.once() == {}
    desk.bot.now = lease
    assert await desk.once() == {"stored": 1}
    late = await database.write(lambda c: claims.keep(c, lost, b"late", "image/png", 4))
    assert (late, desk.content(await desk.row())) == (claims.UNWANTED, b"x")


async def test_a_file_that_takes_every_process_down_is_let_go(desk: Desk) -> None:
    await desk.sends_by_whatsapp(b"x")
    for attempt in range(1, claims.MOST_TRIES + 1):
        now = desk.bot.now
        lease = now + timedelta(minutes=5)
        work = partial(claims.claim, channels=["whatsapp"], due=now, limit=10, lease_until=lease)
        (row,) = await desk.bot.app.database.write(work)
        assert row.attempts == attempt
        desk.bot.now = lease
    assert await desk.once() == {"gone": 1}


async def test_who_was_overtaken_decides_nothing_any_more(small_desk: Desk) -> None:
    await small_desk.sends_by_whatsapp(b"x")
    database, now = small_desk.bot.app.database, small_desk.bot.now
    (slow,) = await database.write(lambda c: claims.claim(c, ["whatsapp"], now, 1, now))
    (quick,) = await database.write(lambda c: claims.claim(c, ["whatsapp"], now, 1, now + timedelta(minutes=5)))
    await database.write(lambda c: claims.drop(c, slow))
    await database.write(lambda c: claims.put_back(c, slow, now, 0))
    row = await small_desk.row()
    assert (row.state, row.attempts, row.lease_until) == ("pending", quick.attempts, now + timedelta(minutes=5))


async def test_two_at_once_fetch_nothing_twice(desk: Desk) -> None:
    app = desk.bot.app
    for number in range(12):
        await desk.sends_by_whatsapp(b"x%d" % number)
    other = Database(app.database.url)
    second = Fetcher(other, app.channels, app.cipher, app.clock)
    tallies = await asyncio.gather(desk.fetcher.run_once(desk.bot.now), second.run_once(desk.bot.now))
    other.close()
    assert sum(tally["stored"] for tally in tallies) == 12
    assert {row.attempts for row in await desk.rows()} == {1}


class HeldFiles(FakeProvider):
    """A provider that has begun to hand a file over, and waits. `gone`: it has none after all."""

    def __init__(self, gone: bool = False) -> None:
        super().__init__("telegram")
        self.asked, self.go_on, self.gone = asyncio.Event(), asyncio.Event(), gone

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        self.asked.set()
        await self.go_on.wait()
        if self.gone:
            raise MediaGone
        return b"OggS", "audio/ogg"


@asynccontextmanager
async def working(fetcher: Fetcher) -> AsyncIterator[Fetcher]:
    """It runs beside the test."""
    running = asyncio.create_task(fetcher.run())
    yield fetcher
    fetcher.stop()
    await running


def of(desk: Desk, channel: HeldFiles, bounds: Bounds = SHARP) -> Fetcher:
    app = desk.bot.app
    return Fetcher(app.database, {"telegram": channel}, app.cipher, app.clock, bounds)


@pytest.mark.parametrize("gone", [False, True])
async def test_erasing_somebody_whose_file_is_on_its_way_stores_nothing(desk: Desk, gone: bool) -> None:
    app, channel = desk.bot.app, HeldFiles(gone)
    await desk.sends_by_telegram(b"OggS")
    with capture_logs() as logs:
        async with working(of(desk, channel)):
            await channel.asked.wait()
            contact = await app.database.read(lambda c: c.scalars(select(contacts.c.id)).one())
            await app.database.write(lambda c: erase(c, contact, desk.bot.now))
            channel.go_on.set()
    assert await desk.rows() == []
    assert [line["outcome"] for line in logs] == ["gone" if gone else "unwanted"]


async def test_it_fetches_as_soon_as_it_is_woken(small_desk: Desk) -> None:
    channel = HeldFiles()
    channel.go_on.set()
    async with working(of(small_desk, channel, Bounds(beat=0.0, idle=3600.0))) as fetcher:
        small_desk.bot.app.__dict__["fetcher"] = fetcher  # whom the inbox wakes after a commit
        await asyncio.sleep(0)
        await small_desk.sends_by_telegram(b"OggS")
        await asyncio.wait_for(channel.asked.wait(), 30)
    assert (await small_desk.row()).state == "stored"


async def test_stopping_finishes_what_is_under_way(small_desk: Desk) -> None:
    channel = HeldFiles()
    await small_desk.sends_by_telegram(b"OggS")
    async with working(of(small_desk, channel)) as fetcher:
        await channel.asked.wait()
        fetcher.stop()
        channel.go_on.set()
    assert (await small_desk.row()).state == "stored"


async def test_what_does_not_end_in_time_is_left_to_the_next(small_desk: Desk) -> None:
    channel = HeldFiles()
    await small_desk.sends_by_telegram(b"OggS")
    async with working(of(small_desk, channel, Bounds(beat=0.0, patience=0.0))):
        await channel.asked.wait()
    row = await small_desk.row()
    assert (row.state, row.attempts) == ("pending", 1)
    small_desk.bot.now = row.lease_until
    assert await small_desk.once() == {"stored": 1}


async def test_a_download_that_hangs_is_given_up(small_desk: Desk) -> None:
    await small_desk.sends_by_telegram(b"OggS")
    fetcher = of(small_desk, HeldFiles(), Bounds(timeout=0.01))
    assert await fetcher.run_once(small_desk.bot.now) == {"retry": 1}


async def test_it_outlives_a_database_that_is_away(small_desk: Desk) -> None:
    app, channel = small_desk.bot.app, HeldFiles()
    looked, again = count(1), asyncio.Event()

    def clock() -> datetime:
        if next(looked) > 2:  # each look asks twice
            again.set()
        return small_desk.bot.now

    channel.go_on.set()
    await small_desk.sends_by_telegram(b"OggS")
    await app.database.write(lambda c: c.execute(text("ALTER TABLE media RENAME TO elsewhere")))
    fetcher = Fetcher(app.database, {"telegram": channel}, app.cipher, clock, Bounds(beat=0.0, idle=0.01))
    with capture_logs() as logs:
        async with working(fetcher):
            await asyncio.wait_for(again.wait(), 30)
            await app.database.write(lambda c: c.execute(text("ALTER TABLE elsewhere RENAME TO media")))
            await asyncio.wait_for(channel.asked.wait(), 30)
    assert logs[0]["event"] == "files_wait_for_database"
    assert (await small_desk.row()).state == "stored"


def test_a_lease_outlasts_a_download() -> None:
    with pytest.raises(ValueError, match="outlast"):
        Bounds(lease=10, timeout=10)


async def test_a_page_that_calls_itself_a_document_is_not_kept(desk: Desk) -> None:
    await desk.sends_by_telegram(b"<script>", "documents/file_1.html", "text/html")
    assert await desk.once() == {"gone": 1}
    assert (await desk.row()).content_enc is None
