"""How long the panel takes for the agenda and the workshop in a database of 100 000 appointments.

`python -m tests.bench.agenda` fills SQLite and PostgreSQL and prints one JSON object: milliseconds of a request, from
the web application's door to the whole page. On a busy machine only `cpu_ms` says much.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, text

from bot.people.names import NAME
from db import migrate
from db.tables import appointments, centre_staff, contacts, reminders, slots
from tests.bench.panel import at_work, timed
from tests.panel.conftest import PUBLIC_URL, house_on
from tests.panel.workshop import WELDER, Workshop

APPOINTMENTS: Final = 100_000
CENTRES, A_DAY, PLACES, AHEAD = 10, 11, 5, 90  # centres; times a day at each; places of a time; days that lie ahead
LOOKS: Final = 100
BATCH: Final = 5_000


def fill(workshop: Workshop, many: int) -> float:
    """Half a year of appointments, half of them ahead; returns the seconds it took."""
    begun, now, database = time.perf_counter(), workshop.now, workshop.house.bot.app.database
    for number in range(CENTRES):
        workshop.centre(f"Taller {number}")
    name = workshop.house.bot.app.cipher.seal("Marta Alicia Ramos de Hernández", NAME)
    person = {"created_at": now, "country": "SV", "channel_first": "whatsapp", "name_enc": name}
    times = -(-many // PLACES)

    def at(slot: int) -> Any:
        day, hour = divmod((slot - 1) // CENTRES, A_DAY)
        return now + timedelta(days=AHEAD - day, minutes=50 * (hour - 5))

    def appointment(number: int) -> dict[str, Any]:
        slot = 1 + (number - 1) % times
        row = {"id": number, "created_at": now, "contact_id": number, "slot_id": slot, "trade": WELDER}
        past = "attended" if number * 7919 // 10 % 50 else "booked"
        return row | {"code": f"B{number}", "state": "booked" if at(slot) > now else past}

    made = {
        contacts: ({"id": n, "code": f"B{n}", **person} for n in range(1, many + 1)),
        slots: (
            {"id": n, "created_at": now, "centre_id": 1 + n % CENTRES, "trade": WELDER, "starts_at": at(n)}
            | {"ends_at": at(n) + timedelta(hours=1), "capacity": PLACES, "booked": PLACES}
            for n in range(1, times + 1)
        ),
        appointments: (appointment(n) for n in range(1, many + 1)),
        reminders: (
            {"created_at": now, "appointment_id": n, "kind": "one_day", "due_at": now}
            | {"state": "sent" if n * 7919 // 10 % 500 else "blocked", "closed_at": now}
            for n in range(1, many + 1)
        ),
    }
    for table, rows in made.items():
        every: Iterator[dict[str, Any]] = iter(rows)
        while some := list(islice(every, BATCH)):
            database.write_now(lambda c, t=table, r=some: c.execute(insert(t), r).rowcount)  # type: ignore[misc]
    database.write_now(lambda c: c.execute(text("ANALYZE")).rowcount)
    return round(time.perf_counter() - begun, 1)


async def measure(workshop: Workshop, looks: int) -> dict[str, Any]:
    """A coordinator's agenda, «hoy» and the list of centres; an evaluator's agenda and telephone."""
    figures: dict[str, Any] = {}
    day = workshop.now.date()
    pages = [f"/panel/agenda?centro={1 + n % CENTRES}&dia={day + timedelta(days=n % 20)}" for n in range(looks)]
    async with at_work(workshop.office, "coordinator") as browser:
        figures["agenda"] = await timed(browser, pages)
        figures["today"] = await timed(browser, ["/panel/"] * looks)
        figures["centres"] = await timed(browser, ["/panel/centros"] * looks)
        figures["hours"] = await timed(browser, ["/panel/centros/1/horas"] * looks)
    async with at_work(workshop.office, "eva") as browser:
        figures["evaluator"] = await timed(browser, ["/panel/agenda"] * looks)
        figures["workshop"] = await timed(browser, ["/panel/taller/datos"] * looks)
    return figures


def on(folder: Path, url: str, many: int, looks: int = LOOKS) -> dict[str, Any]:
    """All figures of one database."""
    with house_on(folder, url, PUBLIC_URL) as house:
        workshop = Workshop(house)
        workshop.office.staff("coordinator", "SV")
        filled = fill(workshop, many)
        eva = workshop.evaluator(1)
        workshop.add(centre_staff, centre_id=2, user_id=eva)
        return {"fill_seconds": filled, **asyncio.run(measure(workshop, looks)), "load": os.getloadavg()}


def main() -> None:
    """Print the figures."""
    from tests.bench import postgresql  # a server that is not on every machine

    parser = argparse.ArgumentParser(prog="python -m tests.bench.agenda", description=__doc__)
    parser.add_argument("--appointments", type=int, default=APPOINTMENTS)
    parser.add_argument("--looks", type=int, default=LOOKS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, postgresql.cluster(Path(name)) as cluster:
        figures = {}
        for kind, url in (("sqlite", f"sqlite:///{name}/bench.db"), ("postgresql", cluster.database("bench"))):
            migrate.prepare(url)
            figures[kind] = on(Path(name, kind), url, given.appointments, given.looks)
        print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
