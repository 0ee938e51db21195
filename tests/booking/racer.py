"""One of two processes: its people all want the same time at once. Prints what each was told, as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection

from bot.booking import book
from bot.booking.errors import Full
from db.database import Database


class Told(TypedDict):
    """What one process's people were told."""

    booked: list[str]
    full: list[list[int]]  # the other times, by slot
    failed: list[str]


async def race(url: str, slot: int, people: range, now: datetime) -> Told:
    told: Told = {"booked": [], "full": [], "failed": []}
    database = Database(url, patience=20.0)

    async def wants(person: int) -> None:
        def work(connection: Connection) -> str:
            return book.book(connection, person, slot, now=now, channel="whatsapp").code

        try:
            told["booked"].append(await database.write(work))
        except Full as full:
            told["full"].append([free.slot_id for free in full.nearest])
        except Exception as error:
            told["failed"].append(repr(error))

    await database.read(lambda connection: None)
    print("ready", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(wants(person) for person in people))
    database.close()
    return told


if __name__ == "__main__":
    url, slot, first, last, now = sys.argv[1:]
    told = asyncio.run(race(url, int(slot), range(int(first), int(last) + 1), datetime.fromisoformat(now)))
    print(json.dumps(told))
