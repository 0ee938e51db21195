"""A provider that takes everything at once, in a process of its own: `python -m tests.bench.provider` prints its port.

It reads no more of a request than where it ends, so that what is measured is the sender.
"""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import Any

import uvloop

_NUMBERS = count(1)


class Provider(asyncio.Protocol):
    """Answers each request with 201 and an id of its own, as Twilio does."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if end and len(rest) >= length:
            self._received = rest[length:]
            body = json.dumps({"sid": f"SM{next(_NUMBERS):032x}", "status": "queued", "error_code": None}).encode()
            self._transport.write(
                b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )


async def serve() -> None:
    """Until it is killed."""
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
