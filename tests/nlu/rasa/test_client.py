"""The client against a server that delays, dies, lies and talks nonsense; nobody waits longer than agreed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from nlu.rasa.breaker import Breaker
from nlu.rasa.client import FAILURES, Outcome, RasaClient
from tests.fakes.rasa import HANG, Behaviour, FakeRasa, http, parsed
from tests.nlu.rasa.test_breaker import Clock

TEXT, TOKEN = "me llamo Rosa Pérez", "un-secreto-de-prueba"
KNOWN = {"greet", "thanks"}


@asynccontextmanager
async def asking(
    url: str, *, patience: float = 5.0, breaker: Breaker | None = None
) -> AsyncIterator[tuple[RasaClient, list[Outcome]]]:
    """A client, and what became of its questions."""
    outcomes: list[Outcome] = []
    client = RasaClient(
        url,
        TOKEN,
        KNOWN,
        breaker or Breaker(Clock()),
        patience=patience,
        told=lambda outcome, seconds: outcomes.append(outcome),
    )
    try:
        yield client, outcomes
    finally:
        await client.close()


def nowhere() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


async def test_the_ranking_comes_back_over_one_kept_connection_with_the_token() -> None:
    async with FakeRasa() as rasa, asking(rasa.url) as (client, outcomes):
        for _ in range(3):
            answer = await client.ask(TEXT)
            assert answer
            assert answer.intents[0].name == "greet"
    assert (rasa.asked, rasa.tokens, rasa.connections) == ([TEXT] * 3, [[TOKEN]] * 3, 1)
    assert outcomes == ["ok"] * 3


GOOD = http(parsed(TEXT, greet=0.9, thanks=0.1))
WRONG: dict[str, tuple[Outcome, bytes]] = {
    "unauthorised": ("token", http(b'{"status": "failure"}', 401)),
    "forbidden": ("token", http(b"", 403)),
    "no model": ("status", http(b'{"status": "failure"}', 409)),
    "its own fault": ("status", http(b"Internal Server Error", 500)),
    "elsewhere": ("status", http(b"", 302, "Location: http://127.0.0.1:1/\r\n")),
    "nothing": ("bad_answer", http(b"")),
    "a page": ("bad_answer", http(b"<html></html>")),
    "half an answer": ("bad_answer", http(parsed(TEXT, greet=0.9)[:-9])),
    "cut off": ("bad_answer", GOOD[:-9].replace(b"X\r\n", b"X\r\nConnection: close\r\n", 1)),
    "no length": ("bad_answer", http(b"", 200).replace(b"Content-Length: 0", b"Content-Length: many")),
    "another language": ("bad_answer", b"220 mail.example.org ESMTP\r\nConnection: close\r\n\r\n"),
    "somebody else's": ("bad_answer", http(parsed("otra cosa", greet=0.9))),
    "far too much": ("bad_answer", http(b" " * (2 << 20) + parsed(TEXT, greet=0.9))),
    "another model's": ("unknown_intent", http(parsed(TEXT, weather=0.9, greet=0.1))),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_answer_is_none(case: str) -> None:
    outcome, sent = WRONG[case]
    async with FakeRasa(lambda text: sent) as rasa, asking(rasa.url) as (client, outcomes):
        assert await client.ask(TEXT) is None
    assert outcomes == [outcome]


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-", GOOD[:-9]])
async def test_whoever_stalls_is_left_when_the_time_is_over(before: bytes) -> None:
    async with FakeRasa(lambda text: before + HANG) as rasa, asking(rasa.url, patience=0.05) as (client, outcomes):
        assert await client.ask(TEXT) is None
    assert outcomes == ["timeout"]


async def test_a_kept_connection_that_died_costs_one_more_try_and_nothing_else() -> None:
    turns: list[bytes | None] = [GOOD, None, GOOD]
    async with FakeRasa(lambda text: turns.pop(0)) as rasa, asking(rasa.url) as (client, outcomes):
        assert await client.ask(TEXT)
        assert await client.ask(TEXT)
    assert (outcomes, len(rasa.asked), rasa.connections) == (["ok", "ok"], 3, 2)


async def test_who_always_hangs_up_is_asked_twice_and_not_again() -> None:
    hangs_up: Behaviour = lambda text: None  # noqa: E731
    async with FakeRasa(hangs_up) as rasa, asking(rasa.url) as (client, outcomes):
        assert await client.ask(TEXT) is None
    assert (outcomes, rasa.connections) == (["connection"], 2)


async def test_both_tries_share_the_time() -> None:
    turns: list[bytes | None] = [None, HANG]
    async with FakeRasa(lambda text: turns.pop(0)) as rasa, asking(rasa.url, patience=0.05) as (client, outcomes):
        assert await client.ask(TEXT) is None
    assert (outcomes, turns) == (["timeout"], [])


@pytest.mark.parametrize("url", [nowhere(), "http://rasa.invalid:5005"], ids=["nobody listens", "no such host"])
async def test_where_nobody_answers(url: str) -> None:
    async with asking(url) as (client, outcomes):
        assert await client.ask(TEXT) is None
    assert outcomes == ["connection"]


async def test_after_failures_in_a_row_it_is_left_in_peace_and_tried_once_when_the_pause_is_over() -> None:
    clock = Clock()
    broken = Breaker(clock, failures=2, pause=10.0)
    async with FakeRasa(lambda text: http(b"", 500)) as rasa, asking(rasa.url, breaker=broken) as (client, outcomes):
        for _ in range(4):
            await client.ask(TEXT)
        assert (outcomes, len(rasa.asked)) == (["status", "status", "skipped", "skipped"], 2)
        clock.now += 10
        rasa.behave = lambda text: GOOD
        rasa.open.clear()
        probe = asyncio.create_task(client.ask(TEXT))
        rasa.arrived.clear()
        await rasa.arrived.wait()
        assert await client.ask(TEXT) is None
        rasa.open.set()
        assert await probe
        assert await client.ask(TEXT)
    assert outcomes[4:] == ["skipped", "ok", "ok"]


async def test_a_model_of_other_intents_is_no_failure_of_the_server() -> None:
    broken = Breaker(Clock(), failures=1)
    sent = WRONG["another model's"][1]
    async with FakeRasa(lambda text: sent) as rasa, asking(rasa.url, breaker=broken) as (client, outcomes):
        await client.ask(TEXT)
        await client.ask(TEXT)
    assert outcomes == ["unknown_intent"] * 2
    assert not FAILURES & set(outcomes)


async def test_a_question_that_is_given_up_counts_for_nothing() -> None:
    broken = Breaker(Clock(), failures=1)
    async with FakeRasa() as rasa, asking(rasa.url, breaker=broken) as (client, outcomes):
        rasa.open.clear()
        asked = asyncio.create_task(client.ask(TEXT))
        await rasa.arrived.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    assert (outcomes, broken.allows()) == ([], True)


async def test_neither_texts_nor_the_token_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for _, sent in WRONG.values():
        async with FakeRasa(lambda text, sent=sent: sent) as rasa, asking(rasa.url) as (client, _):  # type: ignore[misc]
            await client.ask(TEXT)
    async with asking(nowhere()) as (client, _):
        await client.ask(TEXT)
    assert TEXT not in caplog.text
    assert TOKEN not in caplog.text
