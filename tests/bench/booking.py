"""`python -m tests.bench.booking`: how long each step of booking takes among many appointments, as one JSON object."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from bot.booking import book, calendar, places, times, waitlist
from bot.booking.errors import BookingError
from db import migrate
from db.content import load_trades
from db.database import Database
from db.tables import appointments, availabilities, centre_trades, centres, contacts, slots
from tests.bench import postgresql

NOW: Final = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CENTRES, PER_SLOT, BATCH = 50, 10, 5_000
ROUNDS: Final = 300


def fill(connection: Connection, many: int) -> None:
    """So many appointments, nine of ten in the past, and eight weeks ahead of which a third is full."""
    trades = sorted(load_trades())
    _places(connection, trades)
    people = [{"created_at": NOW, "code": f"B{n}", "channel_first": "sms", "consent_kept": True} for n in range(many)]
    for first in range(0, many, BATCH):
        connection.execute(insert(contacts), people[first : first + BATCH])
    calendar.fill(connection, NOW)
    ahead = list(connection.scalars(select(slots.c.id).order_by(slots.c.id)))
    past = _past(connection, trades, (many - many // 10) // PER_SLOT)
    ids = list(connection.scalars(select(contacts.c.id).order_by(contacts.c.id)))
    full = Random(1).sample(ahead, many // 10 // PER_SLOT)
    states = [(slot, "attended") for slot in past] + [(slot, "booked") for slot in full]
    rows = [
        {
            "created_at": NOW,
            "contact_id": ids[at * PER_SLOT + place],
            "slot_id": slot,
            "code": f"{at}-{place}",
            "trade": "bench",
            "state": state,
        }
        for at, (slot, state) in enumerate(states)
        for place in range(PER_SLOT)
    ]
    for first in range(0, len(rows), BATCH):
        connection.execute(insert(appointments), rows[first : first + BATCH])
    for slot, _ in states:
        connection.execute(slots.update().where(slots.c.id == slot).values(booked=PER_SLOT))


def _places(connection: Connection, trades: list[str]) -> None:
    random = Random(1)
    for number in range(CENTRES):
        row: dict[str, Any] = {"code": f"c{number}", "name": f"Centro {number}", "country": "SV"}
        row |= {"latitude": 13.5 + random.random(), "longitude": -89 - random.random()}
        centre = connection.scalars(insert(centres).values(created_at=NOW, **row).returning(centres.c.id)).one()
        mine = {"created_at": NOW, "centre_id": centre}
        connection.execute(insert(centre_trades), [{**mine, "trade": trade} for trade in trades])
        week = {"minutes": 240, "capacity": PER_SLOT, "from_day": NOW.date(), "starts": "08:00"}
        hours = [{**mine, **week, "trade": trade, "weekday": (number + at) % 5} for at, trade in enumerate(trades)]
        connection.execute(insert(availabilities), hours)


def _past(connection: Connection, trades: list[str], many: int) -> list[int]:
    centre_ids = list(connection.scalars(select(centres.c.id)))
    rows = []
    for at in range(many):
        starts_at = NOW - timedelta(hours=12 * (1 + at // (len(trades) * len(centre_ids))))
        times_ = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=4)}
        centre, trade = centre_ids[at % len(centre_ids)], trades[at // len(centre_ids) % len(trades)]
        rows.append({"created_at": NOW, "centre_id": centre, "trade": trade, "capacity": PER_SLOT, **times_})
    made: list[int] = []
    for first in range(0, many, BATCH):
        new = insert(slots).returning(slots.c.id)
        made += connection.scalars(new, rows[first : first + BATCH])
    return made


def timed(work: Callable[[int], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Milliseconds of a call: half of all, 95 of 100, the worst."""
    spent = []
    for number in range(rounds):
        begun = time.perf_counter()
        work(number)
        spent.append((time.perf_counter() - begun) * 1000)
    spent.sort()
    return {
        "p50": round(spent[len(spent) // 2], 2),
        "p95": round(spent[int(len(spent) * 0.95)], 2),
        "worst": round(spent[-1], 2),
    }


def measure(url: str, many: int) -> dict[str, Any]:
    """Each step, as a conversation calls it: one transaction."""
    migrate.prepare(url)
    database = Database(url)
    database.write_now(lambda connection: fill(connection, many))
    trades, random = sorted(load_trades()), Random(2)
    homes = [(13.5 + random.random(), -89 - random.random()) for _ in range(ROUNDS)]
    centre_ids = database.read_now(lambda c: c.scalars(select(centres.c.id)).all())
    fresh = {"created_at": NOW, "channel_first": "sms", "consent_kept": True}

    def of(number: int) -> str:
        return trades[number % len(trades)]

    def here(connection: Connection, number: int) -> places.Place:
        return places.by_id(connection, centre_ids[number % len(centre_ids)])

    def open_times(connection: Connection, number: int) -> list[times.Free]:
        place = here(connection, number)
        day = times.days(connection, place, of(number), NOW)[0].day
        return times.times(connection, place, of(number), day, NOW)

    chosen = [database.read_now(lambda c, n=number: open_times(c, n)[0].slot_id) for number in range(ROUNDS)]  # type: ignore[misc]
    person = insert(contacts).returning(contacts.c.id)
    new = database.write_now(lambda c: [c.scalar(person.values(code=f"N{n}", **fresh)) for n in range(ROUNDS)])

    def books(number: int) -> None:
        with suppress(BookingError):
            database.write_now(lambda c: book.book(c, new[number], chosen[number], now=NOW, channel="sms"))

    figures = {
        "centres": timed(lambda n: database.read_now(lambda c: places.near(c, of(n), "SV", homes[n], NOW))),
        "days": timed(lambda n: database.read_now(lambda c: times.days(c, here(c, n), of(n), NOW))),
        "times": timed(lambda n: database.read_now(lambda c: open_times(c, n))),
        "book": timed(books),
        "fill_again": timed(lambda _: database.write_now(lambda c: calendar.fill(c, NOW)), 10),
        "offer": timed(lambda _: database.write_now(lambda c: waitlist.offer(c, NOW)), 10),
        "lapse": timed(lambda _: database.write_now(lambda c: waitlist.lapse(c, NOW)), 10),
    }
    database.close()
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.booking", description=__doc__)
    parser.add_argument("--appointments", type=int, default=100_000)
    many = parser.parse_args().appointments
    with tempfile.TemporaryDirectory() as name, postgresql.cluster(Path(name)) as cluster:
        urls = {"sqlite": f"sqlite:///{name}/bench.db", "postgresql": cluster.database("booking")}
        print(json.dumps({kind: measure(url, many) for kind, url in urls.items()}, indent=2))


if __name__ == "__main__":
    main()
