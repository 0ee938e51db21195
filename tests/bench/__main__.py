"""`python -m tests.bench`: every figure that docs/adr/0005-speed.md speaks of, as one JSON object.

A figure says little on a busy machine; beside each stands the most that was possible in the same minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from db import migrate
from db.database import Database
from db.tables import outbox as rows
from tests.bench import inbound, outbox, postgresql, start, storage
from tests.crash.storm import storm
from tests.crash.traffic import SCRIPT, BusyTwilio, address

ALONE = ("--no-sender", "--no-scheduler")
CEILING_EVENTS, CALLERS = 3000, 32


def loop_us() -> float:
    """Microseconds for a sum of a thousand numbers: what this processor is worth just now."""
    begun = time.process_time()
    for _ in range(1000):
        sum(range(1000))
    return round((time.process_time() - begun) * 1000, 1)


class Bench:
    """One run, in a folder of its own."""

    def __init__(self, folder: Path, cluster: postgresql.Cluster, conversations: int) -> None:
        self._folder, self._cluster, self._conversations = folder, cluster, conversations
        self._numbers = count()

    def new(self, kind: str) -> str:
        """The address of a new database, up to date."""
        number = next(self._numbers)
        url = f"sqlite:///{self._folder}/{number}.db" if kind == "sqlite" else self._cluster.database(f"bench{number}")
        migrate.prepare(url)
        return url

    async def ceiling(self, kind: str) -> int:
        """Transactions a second with no SQLAlchemy: bare sqlite3 with group commit; pgbench."""
        url = storage.filled(self.new(kind))
        if kind == "postgresql":
            return await postgresql.ceiling(self._folder, url)
        path = Path(url.removeprefix("sqlite:///"))
        return round((await storage.bare(path, 0, CEILING_EVENTS, CALLERS))["events_per_second"])

    async def inbound(self, kind: str) -> dict[str, Any]:
        """Signed webhooks to the commit, between two looks at the ceiling."""
        before = await self.ceiling(kind)
        figures = await inbound.measure(self._folder, self.new(kind), self._conversations, *ALONE)
        return figures | {"ceiling_per_second": [before, await self.ceiling(kind)], "loop_us": loop_us()}

    async def outbox(self, kind: str) -> dict[str, Any]:
        """One sender: without HTTP, then with it."""
        url = self.new(kind)
        drained, sent = await outbox.drained(url, 10_000), await outbox.sent(url, 2_000)
        return {"drained": drained, "sent_by_http": sent, "loop_us": loop_us()}

    async def kill(self, kind: str) -> dict[str, Any]:
        """`kill -9` five times under 60 people: what was lost, and what came twice."""
        url, people = self.new(kind), [address(number) for number in range(60)]
        async with BusyTwilio() as twilio:
            after = await storm(self._folder, url, twilio, people, SCRIPT, kills=5, seed=Random().randrange(10**6))
            database = Database(url)
            stored = database.read_now(lambda connection: connection.scalar(select(func.count(rows.c.id)))) or 0
            unsent = database.read_now(
                lambda connection: connection.scalar(select(func.count(rows.c.id)).where(rows.c.state != "sent"))
            )
            database.close()
            return {
                "lost": unsent,
                "repeats": len(twilio.messages) - stored,
                "in_flight_at_kills": len(after.in_flight),
                "messages": stored,
                "restart_seconds": [round(seconds, 1) for seconds in after.restarts],
            }

    async def run(self) -> dict[str, Any]:
        """All of it."""
        kinds = ("sqlite", "postgresql")
        return {
            "machine": {"processors": os.cpu_count(), "load": os.getloadavg(), "loop_us": loop_us()},
            "inbound": {kind: await self.inbound(kind) for kind in kinds},
            "outbox": {kind: await self.outbox(kind) for kind in kinds},
            "kill": {kind: await self.kill(kind) for kind in kinds},
            "start": await start.cold(self._folder, f"sqlite:///{self._folder}/start.db", 3),
            "make_run": await start.make_run(self._folder),
            "load_at_the_end": os.getloadavg(),
        }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--conversations", type=int, default=200, help="diagnoses, of ten answers each")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, postgresql.cluster(Path(name)) as cluster:
        print(json.dumps(asyncio.run(Bench(Path(name), cluster, given.conversations).run()), indent=2))


if __name__ == "__main__":
    main()
