"""How long the panel takes for the list of cases and a case's page in a country's database.

`python -m tests.bench.panel` fills SQLite and PostgreSQL with 100 000 people and a million messages and prints one
JSON object: milliseconds of a request, from the web application's door to the whole page. On a busy machine only
`cpu_ms`, what the processor did for it, says much.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import Connection, bindparam, insert, text

from bot.cases import work
from bot.inbox import outgoing
from bot.panel.casework import live
from db import migrate
from db.tables import UtcDateTime, case_notes, handoffs, identities
from flows.core.reply import Reply
from tests.panel.casework import Office
from tests.panel.conftest import PUBLIC_URL, Browser, house_on

PEOPLE, MESSAGES, CASES = 100_000, 1_000_000, 20_000
OPEN: Final = 400  # cases that wait or are in somebody's hands
STAFF: Final = 40
LONG: Final = 80  # messages more, of each person with an open case
LOOKS: Final = 200  # requests of each kind
BATCH: Final = 10_000

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)"
FILL: Final[Mapping[str, str]] = {
    "contacts": """
        INSERT INTO contacts (id, created_at, code, country, department, language, channel_first)
        {numbers} SELECT i, :at, 'P' || i, CASE i % 3 WHEN 0 THEN 'SV' WHEN 1 THEN 'GT' ELSE 'HN' END,
        'Departamento ' || (i % 20), CASE i % 10 WHEN 0 THEN 'kek' ELSE 'es' END, 'whatsapp' FROM n""",
    "conversations": """
        INSERT INTO conversations (id, created_at, contact_id, identity_id, last_inbound_at)
        {numbers} SELECT i, :at, i, i, :at FROM n""",
    "messages": """
        INSERT INTO messages (created_at, conversation_id, direction, author, key, body_enc)
        {numbers} SELECT :at, 1 + (i * CAST(7919 AS BIGINT)) % :people, CASE i % 2 WHEN 0 THEN 'in' ELSE 'out' END,
        CASE i % 2 WHEN 0 THEN 'person' ELSE 'bot' END, 'menu.inicio.texto', :body FROM n""",
    "long": """
        INSERT INTO messages (created_at, conversation_id, direction, author, key, body_enc)
        {numbers} SELECT :at, :cases - (i % :open), 'out', 'staff', 'equipo.respuesta.texto', :body FROM n""",
    "outbox": """
        INSERT INTO outbox (created_at, message_id, identity_id, conversation_id, channel, address_enc, priority, state)
        SELECT :at, id, conversation_id, conversation_id, 'whatsapp', :body, 1, 'delivered' FROM messages
        WHERE author <> 'person' AND (author = 'staff' OR id <= :many)""",
    "case_events": """
        INSERT INTO case_events (created_at, handoff_id, kind)
        {numbers} SELECT :at, 1 + i % :cases, CASE i % 4 WHEN 0 THEN 'alerted' ELSE 'answered' END FROM n""",
    "audit_log": """
        INSERT INTO audit_log (created_at, user_id, action, entity, entity_id, contact_id)
        {numbers} SELECT :at, 1 + i % 2, 'case.seen', 'handoffs', 1 + i % :cases, 1 + i % :cases FROM n""",
}
_HOW_MANY: Final = {"outbox": MESSAGES // 10, "case_events": 8 * CASES, "audit_log": 10 * CASES, "long": OPEN * LONG}


def fill(office: Office, people: int, messages: int, cases: int) -> float:
    """Everything that a year leaves behind; returns the seconds it took. The newest `OPEN` cases are open."""
    begun, app, now = time.perf_counter(), office.house.bot.app, office.house.bot.now
    body = outgoing.sealed(
        Reply("x", "Buenos días. Le escribo por lo que preguntó ayer del curso de soldadura."), app.cipher
    )
    opened = min(OPEN, cases)
    values = {"at": now - timedelta(hours=1), "body": body, "people": people, "cases": cases, "open": opened}
    sizes = {"contacts": people, "conversations": people, "messages": messages}
    sizes |= {name: many * cases // CASES for name, many in _HOW_MANY.items()} | {"long": opened * LONG}

    def run(name: str) -> None:
        app.database.write_now(lambda c: _run(c, FILL[name], values | {"many": sizes[name]}))

    run("contacts")
    for first in range(1, people + 1, BATCH):
        numbers = range(first, min(first + BATCH, people + 1))
        address = app.cipher.seal("whatsapp:+50370000000", "address")
        rows = [_identity(number, address, now) for number in numbers]
        app.database.write_now(lambda c, rows=rows: c.execute(insert(identities), rows).rowcount)  # type: ignore[misc]
    run("conversations")
    app.database.write_now(
        lambda c: c.execute(insert(handoffs), [_case(n, cases, now) for n in range(1, cases + 1)]).rowcount
    )
    note = {"created_at": now, "body_enc": app.cipher.seal("Prefiere la tarde.", "case note")}
    noted = [note | {"handoff_id": number} for number in range(cases - opened + 1, cases + 1)]
    app.database.write_now(lambda c: c.execute(insert(case_notes), noted).rowcount)
    for name in ("messages", "long", "outbox", "case_events", "audit_log"):
        run(name)
    app.database.write_now(lambda c: c.execute(text("ANALYZE")).rowcount)
    return round(time.perf_counter() - begun, 1)


def _run(connection: Connection, statement: str, values: Mapping[str, Any]) -> int:
    numbered = text(statement.format(numbers=_NUMBERS))
    used = {name: value for name, value in values.items() if f":{name}" in numbered.text}
    return connection.execute(numbered.bindparams(bindparam("at", type_=UtcDateTime())), used).rowcount


def _identity(number: int, address: bytes, now: Any) -> dict[str, Any]:
    row = {"id": number, "created_at": now, "contact_id": number, "channel": "whatsapp", "address_enc": address}
    return row | {"address_hash": number.to_bytes(32, "big"), "window_until": now + timedelta(hours=20)}


def _case(number: int, cases: int, now: Any) -> dict[str, Any]:
    waits = number > cases - OPEN
    row = {"id": number, "created_at": now, "contact_id": number, "conversation_id": number, "code": f"C{number}"}
    row |= {"reason": "self_harm" if number % 25 == 0 else "person", "country": ("SV", "GT", "HN")[number % 3]}
    row |= {"priority": 1 if number % 25 == 0 else 3, "state": "open" if waits else "closed", "language": "es"}
    row |= {"outcome": None if waits else "attended", "closed_at": None if waits else now, "wished_at": now}
    return row | {
        "due_at": now + timedelta(minutes=number % 600),
        "next_at": now,
        "waiting_since": now if waits else None,
    }


@asynccontextmanager
async def at_work(office: Office, role: str) -> AsyncIterator[Browser]:
    """Somebody logged in, without the page being drawn for nothing."""
    transport = httpx.ASGITransport(office.house.web, client=("190.5.1.1", 4000))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        browser = Browser(client)
        await browser.log_in(f"{role}@example.org")
        yield browser


async def measure(office: Office, ana: int, cases: int, looks: int) -> dict[str, Any]:
    """The list and the pages, as a facilitator with 40 cases and as a coordinator, who sees everything."""
    now, mine = office.house.bot.now, range(cases, cases - min(STAFF, cases), -1)
    for case in mine:
        office.house.bot.app.database.write_now(lambda c, case=case: work.claim(c, case, ana, now))  # type: ignore[misc]
    figures: dict[str, Any] = {}
    newest = range(cases, max(cases - OPEN, 0), -1)
    for role, pages in (("facilitator", mine), ("coordinator", newest)):
        async with at_work(office, role) as browser:
            figures[role] = {
                "list": await timed(browser, ["/panel/casos"] * looks),
                "case": await timed(browser, [f"/panel/casos/{pages[n % len(pages)]}" for n in range(looks)]),
            }
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        await office.house.bot.app.database.read(lambda c: live.take(c, set(mine), now))
        took.append((time.perf_counter() - begun) * 1000)
    return figures | {"look_of_all_open_pages_ms": round(statistics.median(took), 1)}


async def timed(browser: Browser, paths: list[str]) -> dict[str, float]:
    """One request after the other; the first ones, which load templates, are not counted."""
    took, size, cpu = [], 0, 0.0
    for number, path in enumerate(paths[:5] + paths):
        cpu = time.process_time() if number == 5 else cpu
        begun = time.perf_counter()
        answer = await browser.get(path)
        took.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        size = len(answer.content)
    counted, cpu = sorted(took[5:]), (time.process_time() - cpu) / len(paths) * 1000
    p95 = counted[int(len(counted) * 0.95)]
    return {
        "p50_ms": round(statistics.median(counted), 1),
        "p95_ms": round(p95, 1),
        "cpu_ms": round(cpu, 1),
        "bytes": size,
    }


def on(folder: Path, url: str, people: int, messages: int, cases: int, looks: int = LOOKS) -> dict[str, Any]:
    """All figures of one database."""
    with house_on(folder, url, PUBLIC_URL) as house:
        office = Office(house)
        ana, _ = office.staff("facilitator"), office.staff("coordinator")
        filled = fill(office, people, messages, cases)
        return {"fill_seconds": filled, **asyncio.run(measure(office, ana, cases, looks)), "load": os.getloadavg()}


def main() -> None:
    """Print the figures."""
    from tests.bench import postgresql  # a server that is not on every machine

    parser = argparse.ArgumentParser(prog="python -m tests.bench.panel", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, postgresql.cluster(Path(name)) as cluster:
        figures = {}
        for kind, url in (("sqlite", f"sqlite:///{name}/bench.db"), ("postgresql", cluster.database("bench"))):
            migrate.prepare(url)
            figures[kind] = on(Path(name, kind), url, given.people, given.messages, min(CASES, given.people))
        print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
