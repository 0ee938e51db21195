"""A light load client in a process of its own: `python -m tests.bench.load URL PLAN` prints one JSON object.

The plan is a JSON list of conversations, each a list of HTTP requests as they go over the wire.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 32


class Connection(asyncio.Protocol):
    """Takes one conversation after another, and its messages one by one."""

    def __init__(self, conversations: Iterator[list[str]], took: list[float], statuses: set[bytes]) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._conversations, self._took, self._statuses = conversations, took, statuses
        self._requests: Iterator[str] = iter(())
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self._took.append(time.perf_counter() - self._sent_at)
        self._statuses.add(head[9:12])
        self._received = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._requests, None)
        while request is None:
            conversation = next(self._conversations, None)
            if conversation is None:
                self.done.set_result(None)
                self._transport.close()
                return
            self._requests = iter(conversation)
            request = next(self._requests, None)
        self._sent_at = time.perf_counter()
        self._transport.write(request.encode())


async def run(url: str, plan: list[list[str]]) -> dict[str, Any]:
    """Send everything over `CONNECTIONS` connections."""
    address, conversations = urlsplit(url), iter(plan)
    took: list[float] = []
    statuses: set[bytes] = set()
    loop, begun, cpu = asyncio.get_running_loop(), time.perf_counter(), time.process_time()
    opened = [
        await loop.create_connection(
            lambda: Connection(conversations, took, statuses), str(address.hostname), address.port or 80
        )
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    seconds = time.perf_counter() - begun
    if statuses != {b"200"}:
        raise RuntimeError(f"answers other than 200: {statuses}")
    took.sort()
    return {
        "messages": len(took),
        "per_second": round(len(took) / seconds),
        "p50_ms": round(statistics.median(took) * 1000, 1),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
        "client_cpu_us": round((time.process_time() - cpu) / len(took) * 1e6),
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(run(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))))
