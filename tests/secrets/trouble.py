"""Providers whose refusals quote a person, and a database that fails with words in its mouth."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from aiohttp import web

from tests.crash.test_away import removed_file, stopped_server
from tests.fakes.telegram import Refusal
from tests.fakes.twilio import Fault
from tests.secrets.panel import log_in
from tests.secrets.running import Scene


async def providers(scene: Scene) -> None:
    """Twilio and Telegram refuse, and say whom and what."""
    marks, twilio, telegram = scene.marks, scene.twilio, scene.telegram
    for code, status in ((21211, 400), (63016, 400), (0, 400), (30008, 500), (21610, 400)):
        said = {"code": code, "message": f"{marks['echo.phone']} {marks['echo.twilio']}", "status": status}
        twilio.fail(Fault(status=status, body=json.dumps(said).encode()))
        assert await scene.whatsapp("echo.phone", "hola") == 200
        await scene.until(lambda: not twilio._faults)
    twilio.fail(Fault(status=502, body=f"<html>{marks['echo.page']}".encode()))
    assert await scene.whatsapp("echo.phone", "hola") == 200
    blocked = (
        (403, f"Forbidden: bot was blocked by the user {marks['echo.telegram']}"),
        (400, f"Bad Request: chat not found {marks['echo.chat']}"),
        (400, f"Bad Request: can't parse {marks['echo.parse']}"),
        (500, f"Internal Server Error {marks['echo.server']}"),
    )
    for number, (code, description) in enumerate(blocked):
        person = int(marks["echo.person"]) + number
        telegram.person(person).refusal = Refusal(code, description)
        assert await scene.telegram_posts(telegram.text_update(person, "hola")) == 200
        await scene.until(lambda person=person: any(_asked(c.params, person) for c in telegram.calls))  # type: ignore[misc]
    telegram.failures.append(web.Response(status=502, text=marks["echo.proxy"]))
    assert await scene.telegram_posts(telegram.text_update(int(marks["rosa"]), "hola")) == 200
    telegram.files["x"] = ("a/x", b"")
    await scene.until(lambda: not telegram.failures)


def _asked(params: dict[str, object], person: int) -> bool:
    return str(params.get("chat_id")) == str(person)


async def away(scene: Scene) -> None:
    """The database goes while everybody writes."""
    marks = scene.marks
    trouble = removed_file if scene.database_url.startswith("sqlite") else stopped_server
    async with scene.browser("panel:facilitator") as browser:
        await log_in(browser, "facilitator")
        await browser.get("/panel/personas")
        with trouble(scene.server, scene.database_url):
            answers = await asyncio.gather(
                scene.whatsapp("away.phone", marks["away.whatsapp"], ProfileName=marks["away.profile"]),
                scene.telegram_posts(scene.telegram.text_update(int(marks["away.id"]), marks["away.telegram"])),
                scene.webchat(marks["away.session"], text=marks["away.webchat"]),
                scene.ask("GET", f"/webchat/messages?session={marks['away.session']}"),
                scene.ask("GET", "/readyz", place="operators"),
            )
            assert set(answers) == {503}
            assert (await browser.post("/panel/personas", buscar=marks["away.search"])).status_code == 503
            async with scene.browser("entrance") as stranger:
                await stranger.get("/panel/entrar")
                await stranger.post("/panel/entrar", correo=marks["away.email"], clave=marks["away.password"])


async def broken(scene: Scene) -> None:
    """The database refuses rows, and its message quotes what it was given."""
    marks = scene.marks
    with refusing(scene.database_url, "messages", marks["broken.database"]):
        assert await scene.whatsapp("broken.phone", marks["broken.whatsapp"]) >= 500
        assert await scene.telegram_posts(scene.telegram.text_update(70999, marks["broken.telegram"])) >= 500
        assert await scene.webchat(marks["broken.session"], text=marks["broken.webchat"]) >= 500
    async with scene.browser("panel:coordinator") as browser:
        await log_in(browser, "coordinator")
        await browser.get("/panel/personas")
        with refusing(scene.database_url, "audit_log", marks["broken.panel"]):
            assert (await browser.post("/panel/personas", buscar=marks["broken.search"])).status_code >= 500


@contextmanager
def refusing(url: str, table: str, words: str) -> Iterator[None]:
    """Until the end, no row goes into a table: the database says these words, and on PostgreSQL the row itself."""
    if url.startswith("sqlite:///"):
        body = f"CREATE TRIGGER refusing BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        with _file(url, body):
            yield
        return
    says = f"BEGIN RAISE EXCEPTION '{words} %', NEW USING DETAIL = NEW::text; END"
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $${says}$$".encode())
        operator.execute(
            f"CREATE TRIGGER refusing BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()".encode()
        )
        try:
            yield
        finally:
            operator.execute(f"DROP TRIGGER refusing ON {table}".encode())
            operator.execute(b"DROP FUNCTION refuse")


@contextmanager
def _file(url: str, trigger: str) -> Iterator[None]:
    operator = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
    try:
        operator.execute(trigger)
        yield
        operator.execute("DROP TRIGGER refusing")
    finally:
        operator.close()


def make_due(url: str) -> None:
    """Every open case has waited long: the next look of the scheduler alerts."""
    past = "'2026-01-01 00:00:00.000000+00:00'"
    statement = f"UPDATE handoffs SET next_at = {past}, due_at = {past} WHERE state <> 'closed'"  # noqa: S608 - ours
    if url.startswith("sqlite:///"):
        operator = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        operator.execute(statement)
        operator.close()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


async def starting(scene: Scene) -> None:
    """A second start, whose first look at what is due meets a database that refuses."""
    make_due(scene.database_url)
    with refusing(scene.database_url, "case_events", scene.marks["broken.scheduler"]):
        await scene.server.stop()
        await scene.server.start()
        await scene.until(lambda: b"due_failed" in scene.server.log.read_bytes())
