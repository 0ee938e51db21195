"""The door to the database: who is answered what, whatever goes wrong beside them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.database import Database, DatabaseAway
from db.tables import sources

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def add(code: str, connection: Connection) -> str:
    connection.execute(insert(sources).values(code=code, name="", created_at=NOW))
    return code


def fail(code: str, error: BaseException, connection: Connection) -> None:
    add(code, connection)
    raise error


def codes(connection: Connection) -> list[str]:
    return list(connection.scalars(select(sources.c.code).order_by(sources.c.code)))


@contextmanager
def held_up(database: Database) -> Iterator[None]:
    """Keep every writing thread busy, so that what is asked meanwhile has to wait in line."""
    threads = 1 if database.dialect == "sqlite" else 8
    busy, go = threading.Barrier(threads + 1), threading.Event()

    def wait(_: Connection) -> None:
        busy.wait()
        go.wait()

    callers = [threading.Thread(target=database.write_now, args=(wait,)) for _ in range(threads)]
    for caller in callers:
        caller.start()
    busy.wait()
    try:
        yield
    finally:
        go.set()
        for caller in callers:
            caller.join()


async def all_at_once(database: Database, works: list[Any]) -> list[Any]:
    """Hand in works that then wait together; what each of their callers got, errors too."""
    with held_up(database):
        asked = asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)
        await asyncio.sleep(0)
    return list(await asked)


async def test_what_is_written_is_there_to_read(database: Database) -> None:
    assert await database.write(partial(add, "a")) == "a"
    assert await database.read(codes) == ["a"]


async def test_each_caller_of_a_group_gets_its_own_answer(database: Database) -> None:
    works = [partial(add, "a"), partial(fail, "b", KeyError("b")), partial(add, "c"), partial(add, "c")]
    first, second, *both = await all_at_once(database, works)
    assert first == "a"
    assert isinstance(second, KeyError)
    assert sorted(type(answer).__name__ for answer in both) == ["IntegrityError", "str"]
    assert await database.read(codes) == ["a", "c"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12))
def test_only_what_was_answered_is_stored(database: Database, plan: list[tuple[int, bool]]) -> None:
    database.write_now(lambda c: c.execute(sources.delete()))
    works = [partial(add, str(n)) if good else partial(fail, str(n), ValueError()) for n, good in plan]
    answers = asyncio.run(all_at_once(database, works))
    assert database.read_now(codes) == sorted(answer for answer in answers if isinstance(answer, str))
    assert {answer for answer in answers if isinstance(answer, str)} == {str(n) for n, good in plan if good}
    assert {type(answer) for answer in answers} <= {str, ValueError, IntegrityError}


async def test_what_the_database_refused_in_company_is_tried_once_alone(sqlite_url: str) -> None:
    database, calls = Database(sqlite_url), []

    def refused(connection: Connection) -> None:
        calls.append("refused")
        connection.execute(text("SELECT * FROM nothing"))

    def mistaken(_: Connection) -> None:
        calls.append("mistaken")
        raise ValueError

    answers = await all_at_once(database, [refused, mistaken, partial(add, "a")])
    assert [type(answer).__name__ for answer in answers] == ["OperationalError", "ValueError", "str"]
    assert calls == ["refused", "mistaken", "refused"]
    database.close()


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(), KeyboardInterrupt()])
def test_no_error_stops_the_thread(database: Database, error: BaseException) -> None:
    with pytest.raises((RuntimeError, SystemExit, KeyboardInterrupt)):
        database.write_now(partial(fail, "a", error))
    assert database.write_now(partial(add, "b")) == "b"
    assert database.read_now(codes) == ["b"]


async def test_a_cancelled_caller_harms_nobody(database: Database) -> None:
    with held_up(database):
        leaving = asyncio.ensure_future(database.write(partial(add, "a")))
        staying = asyncio.ensure_future(database.write(partial(add, "b")))
        await asyncio.sleep(0)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
    assert await staying == "b"
    assert await database.read(codes) == ["b"]


def test_answers_for_a_loop_that_is_gone_are_dropped(database: Database) -> None:
    loop = asyncio.new_event_loop()
    with held_up(database):
        asked = loop.create_task(database.write(partial(add, "a")))
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(asyncio.sleep(0))
        asked._log_destroy_pending = False  # type: ignore[attr-defined]  # it is abandoned on purpose
        loop.close()
    assert database.write_now(partial(add, "b")) == "b"


async def test_the_line_is_bounded(sqlite_url: str) -> None:
    database = Database(sqlite_url, waiting=2)
    answers = await all_at_once(database, [partial(add, code) for code in "abc"])
    assert [type(answer) for answer in answers] == [str, str, DatabaseAway]
    database.close()


async def test_closing_finishes_what_was_accepted(database: Database) -> None:
    with held_up(database):
        asked = asyncio.gather(*(database.write(partial(add, code)) for code in "abc"))
        await asyncio.sleep(0)
        closing = threading.Thread(target=database.close)
        closing.start()
    assert await asked == ["a", "b", "c"]
    closing.join()
    database.close()
    with pytest.raises(DatabaseAway, match="closed"):
        await database.write(partial(add, "d"))


def test_a_work_may_not_wait_for_another(database: Database) -> None:
    with pytest.raises(RuntimeError, match="the connection it was given"):
        database.write_now(lambda _: database.write_now(codes))


def test_a_work_may_not_commit(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(RuntimeError, match="must not commit"):
        database.write_now(lambda c: c.commit())
    assert database.write_now(partial(add, "a")) == "a"
    database.close()


def test_a_reading_work_cannot_write_and_that_is_its_own_mistake(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        database.read_now(partial(add, "a"))


def test_no_value_shows_in_an_error(database: Database) -> None:
    database.write_now(partial(add, "a-secret"))
    with pytest.raises(IntegrityError) as caught:
        database.write_now(lambda c: c.execute(insert(sources).values(code="a-secret", name="Ana", created_at=NOW)))
    assert "Ana" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://a:b@/c?host=/nowhere"])
async def test_a_database_that_is_not_there_is_away(url: str) -> None:
    database = Database(url)
    for ask in (database.read, database.write):
        with pytest.raises(DatabaseAway):
            await ask(codes)
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://a/b"])
def test_an_address_we_do_not_serve_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///"):
        Database(url)


def test_locked_beyond_patience_is_away_and_passes(database_url: str) -> None:
    database, other = Database(database_url, patience=0.1), Database(database_url)
    other.write_now(partial(add, "a"))
    rename = update(sources).where(sources.c.code == "a").values(name="b")
    with held_up(other):
        pass
    locked, go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        connection.execute(rename)
        locked.set()
        go.wait()

    holding = threading.Thread(target=other.write_now, args=(hold,))
    holding.start()
    locked.wait()
    with pytest.raises(DatabaseAway):
        database.write_now(lambda c: c.execute(rename).rowcount)
    assert database.read_now(codes) == ["a"]
    go.set()
    holding.join()
    assert database.write_now(lambda c: c.execute(rename).rowcount) == 1
    for each in (database, other):
        each.close()


def test_a_broken_connection_is_replaced_unseen(postgres_url: str) -> None:
    database = Database(postgres_url, writers=1)
    mine = database.write_now(lambda c: c.scalar(select(func.pg_backend_pid())))
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (mine,))
    assert database.write_now(lambda c: c.scalar(select(func.pg_backend_pid()))) != mine
    database.close()


def test_a_deadlock_is_tried_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    database.write_now(lambda c: [add("a", c), add("b", c)])
    meeting, tries = threading.Barrier(2), []

    def change(first: str, second: str, connection: Connection) -> None:
        tries.append(first)
        for code in (first, second):
            connection.execute(update(sources).where(sources.c.code == code).values(name=first))
            if len(tries) <= 2 and code == first:
                meeting.wait()

    async def both() -> None:
        await asyncio.gather(*(database.write(partial(change, *pair)) for pair in ("ab", "ba")))

    asyncio.run(both())
    assert len(tries) >= 3
    database.close()
