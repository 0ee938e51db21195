"""The loop: sends what is due, each person's messages in order, and outlives its database, provider and stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from bot.channels.base import BadAddress, OperatorNeeded, Outgoing, Rejected, Retry, Throttled, WindowClosed
from bot.sender.lane import Bounds
from bot.sender.loop import Sender
from bot.sender.metrics import Metrics
from db.database import Database, DatabaseAway, Work
from tests.fakes.provider import FakeProvider
from tests.sender.office import START, Office, T


@asynccontextmanager
async def running(*senders: Sender) -> AsyncIterator[None]:
    """The senders at work; stopped at the end."""
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for sender in senders:
            sender.stop()
        await asyncio.gather(*tasks)


async def test_one_round_sends_everything_that_is_due(office: Office) -> None:
    office.put(office.person(), "uno", "dos")
    office.put(office.person(), "mañana", not_before=START + timedelta(days=1))
    provider = FakeProvider()
    assert await office.sender(provider).run_once(START) == {"sent": 2}
    assert provider.texts == ["uno", "dos"]
    assert await office.sender(provider).run_once(START + timedelta(days=1)) == {"sent": 1}
    assert [message.reference for message in provider.sent] == ["1", "2", "3"]


async def test_one_round_keeps_the_rate(office: Office) -> None:
    office.put_all([(office.person(), "hola") for _ in range(25)])
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    assert await office.sender(FakeProvider(rate=10), sleep=sleep).run_once(START) == {"sent": 25}
    assert waits == [1.0, 1.0]


async def test_a_round_says_what_became_of_each(office: Office) -> None:
    for text in ("bien", "mal", "cerrado", "luego"):
        office.put(office.person(), text)
    provider = FakeProvider()
    provider.fail(Rejected("21617"), text="mal")
    provider.fail(WindowClosed("63016"), text="cerrado")
    provider.fail(Retry("30008"), text="luego")
    expected = {"sent": 1, "rejected": 1, "window": 1, "retry": 1}
    assert await office.sender(provider).run_once(START) == expected


async def test_the_provider_hears_whether_the_window_is_open(office: Office) -> None:
    office.put(office.person(window_until=START), "fuera")
    office.put(office.person(window_until=START + timedelta(seconds=1)), "dentro")
    provider = FakeProvider()
    await office.sender(provider).run_once(START)
    assert [message.window_open for message in provider.sent] == [False, True]


async def test_a_message_that_fails_is_not_overtaken_by_the_next(office: Office) -> None:
    person = office.person()
    rows = office.put(person, "uno", "dos", "tres")
    provider = FakeProvider()
    provider.fail(Retry("30008"), Retry("30008"), text="dos")
    sender = office.sender(provider)
    await sender.run_once(START)
    office.put(person, "cuatro")
    await sender.run_once(START)
    assert (provider.texts, office.fates(rows)) == (["uno"], ["sent", "pending", "pending"])
    for _ in range(2):
        await sender.run_once(office.clock.advance(60))
    assert provider.texts == ["uno", "dos", "tres", "cuatro"]


async def test_an_urgent_answer_does_not_wait_for_a_failing_broadcast(office: Office) -> None:
    person = office.person()
    office.put(person, "oferta", priority=3)
    provider = FakeProvider()
    provider.fail(Retry(), text="oferta")
    sender = office.sender(provider)
    await sender.run_once(START)
    office.put(person, "respuesta")
    await sender.run_once(START)
    assert provider.texts == ["respuesta"]


async def test_an_unknown_error_is_tried_again_and_stops_nobody_else(office: Office) -> None:
    [bad] = office.put(office.person(), "mal")
    [sealed_elsewhere] = office.put(office.person(), "ilegible", address_enc=b"?")
    [good] = office.put(office.person(), "bien")
    provider = FakeProvider()
    provider.fail(RuntimeError("+50370000000"), text="mal")
    office.set(sealed_elsewhere, address_enc=b"?")
    await office.sender(provider).run_once(START)
    assert provider.texts == ["bien"]
    assert [office.row(row).error_code for row in (bad, sealed_elsewhere, good)] == [
        "retry:RuntimeError",
        "retry:CannotOpen",
        None,
    ]


async def test_a_provider_that_never_answers_is_asked_again(office: Office) -> None:
    [row] = office.put(office.person(), "hola")
    provider = FakeProvider()
    provider.hold()
    await office.sender(provider, bounds=Bounds(timeout=0.01)).run_once(START)
    assert office.row(row).error_code == "retry:TimeoutError"


@pytest.mark.parametrize("error", [Throttled("20429"), OperatorNeeded("63007")])
async def test_a_closed_channel_sends_no_more_of_what_was_claimed(office: Office, error: Exception) -> None:
    rows = [office.put(office.person(), f"{n}")[0] for n in range(3)] + office.put(office.person(), "a", "b")
    provider = FakeProvider()
    provider.fail(error, text="0")
    tally = await office.sender(provider).run_once(START)
    assert tally == {"retry": 1, "released": 4}
    assert office.fates(rows) == ["pending"] * 5
    assert [office.row(row).attempts for row in rows] == [0] * 5


async def test_a_running_sender_sends_at_once_when_woken(office: Office) -> None:
    provider = FakeProvider()
    sender = office.sender(provider, bounds=Bounds(idle=60))
    async with running(sender):
        for n in range(3):
            await asyncio.to_thread(office.put, await asyncio.to_thread(office.person), f"{n}")
            sender.wake()
            async with asyncio.timeout(5):
                await provider.until_sent(n + 1)
    assert provider.texts == ["0", "1", "2"]


async def test_two_senders_at_work_never_send_a_message_twice(office: Office) -> None:
    people = [office.person() for _ in range(30)]
    rows = office.put_all([(people[n % 30], f"{n}") for n in range(300)], priority=1)
    provider = FakeProvider(rate=1e6)
    senders = [office.sender(provider, worker=name, bounds=Bounds(concurrency=20)) for name in "ab"]
    async with running(*senders), asyncio.timeout(30):
        await provider.until_sent(300)
    assert sorted(int(message.reference) for message in provider.sent) == rows
    assert set(office.fates(rows)) == {"sent"}
    assert {office.row(row).claimed_by for row in rows} == {"a", "b"}


async def test_each_person_reads_in_order_whatever_fails(office: Office) -> None:
    people = [office.person() for _ in range(5)]
    office.put_all([(people[n % 5], f"{n % 5} {n}") for n in range(60)], priority=1)
    provider = FakeProvider(rate=1e6)
    errors: list[Exception] = [Retry(), RuntimeError(), Throttled(), Retry("x", 3.0)]
    for n in range(0, 60, 3):
        provider.fail(errors[n % 4], text=f"{n % 5} {n}")
    sender = office.sender(provider)
    for _ in range(60):
        await sender.run_once(office.clock.advance(30))
    for person in "01234":
        read = [int(text.split()[1]) for text in provider.texts if text.startswith(f"{person} ")]
        assert read == sorted(read)
        assert len(read) == 12


async def test_stopping_finishes_what_is_being_sent_and_gives_back_the_rest(office: Office) -> None:
    rows = office.put(office.person(), "uno", "dos")
    provider = FakeProvider()
    provider.hold()
    sender = office.sender(provider)
    task = asyncio.create_task(sender.run())
    await provider.until_tried(1)
    sender.stop()
    await asyncio.sleep(0)
    provider.let_go()
    await task
    assert office.fates(rows) == ["sent", "pending"]
    assert office.row(rows[1]).attempts == 0


async def test_stopping_does_not_wait_for_ever(office: Office) -> None:
    rows = office.put(office.person(), "uno", "dos")
    provider = FakeProvider()
    provider.hold()
    sender = office.sender(provider, bounds=Bounds(patience=0.05))
    task = asyncio.create_task(sender.run())
    await provider.until_tried(1)
    sender.stop()
    await asyncio.sleep(0)
    await task
    assert office.fates(rows) == ["pending", "pending"]
    assert provider.sent == []


class SometimesAway(Database):
    """A database that is away for the next few writes."""

    away = 0

    async def write(self, work: Work[T]) -> T:
        if self.away:
            self.away -= 1
            raise DatabaseAway("the database is away; try again")
        return await super().write(work)


async def test_a_sender_outlives_its_database_and_stores_what_it_sent(office: Office) -> None:
    [row] = office.put(office.person(), "hola")
    database = SometimesAway(office.database.url)
    provider = FakeProvider()
    provider.hold()
    database.away = 1
    async with running(office.sender(provider, database=database)), asyncio.timeout(10):
        await provider.until_tried(1)
        database.away = 2
        provider.let_go()
    database.close()
    assert office.fates([row]) == ["sent"]
    assert provider.texts == ["hola"]


async def test_an_outcome_that_cannot_be_stored_does_not_hold_up_the_others(office: Office) -> None:
    provider = BrokenProvider()
    bad, good = [office.put(office.person(), text)[0] for text in ("mal", "bien")]
    await office.sender(provider).run_once(START)
    assert office.fates([bad, good]) == ["sending", "sent"]


class BrokenProvider(FakeProvider):
    """Gives one message an id that no database takes."""

    async def send(self, message: Outgoing) -> str:
        provider_id = await super().send(message)
        return object() if len(self.sent) == 1 else provider_id  # type: ignore[return-value]


async def test_figures_name_channels_and_causes_only(office: Office) -> None:
    registry = CollectorRegistry()
    office.put(office.person(), "bien")
    office.put(office.person(), "mal")
    office.put(office.person(), "tarde", not_before=START - timedelta(seconds=90), priority=2)
    provider = FakeProvider()
    provider.fail(Rejected("21617"), text="mal")
    provider.fail(OperatorNeeded("63007"), text="tarde")
    sender = office.sender(provider, metrics=Metrics(registry))
    await sender.run_once(START)
    office.put(office.person(), "otra", not_before=START - timedelta(seconds=90))
    await sender.measure()
    channel = {"channel": "whatsapp"}
    assert registry.get_sample_value("arraigo_outbox_sent_total", channel) == 1
    assert registry.get_sample_value("arraigo_outbox_retried_total", channel) == 1
    assert registry.get_sample_value("arraigo_outbox_failed_total", channel | {"cause": "rejected"}) == 1
    assert registry.get_sample_value("arraigo_outbox_in_flight", channel) == 0
    assert registry.get_sample_value("arraigo_outbox_halted", channel) == 1
    lags = [registry.get_sample_value("arraigo_outbox_lag_seconds", channel | {"priority": p}) for p in "123"]
    assert lags == [90, 0, 0]


def test_a_lease_shorter_than_an_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="lease"):
        Bounds(lease=10, timeout=20)


async def test_an_alert_that_staff_will_never_get_is_an_error_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    (row_id,) = office.put(None, "alerta")
    provider = FakeProvider()
    provider.fail(BadAddress("400 migrated"))
    await office.sender(provider).run_once(START)
    assert f"outbox {row_id}: an alert to staff" in caplog.text
