"""Is the process alive, is it ready, and its figures for Prometheus."""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.web.services import Services

READY_SECONDS = 5.0
NO_STORE = {"Cache-Control": "no-store"}


class Health:
    """The three addresses that operators' tools ask."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def healthz(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=NO_STORE)

    async def readyz(self, _: Request) -> Response:
        """200 when every part says "ok", else 503; which part, and what is wrong with it, is in the body.

        Notes tell of parts that the bot does without.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                parts = await self.services.ready()
        except TimeoutError:
            parts = {"ready": f"no answer within {READY_SECONDS:.0f} seconds"}
        ready = all(state == "ok" for state in parts.values())
        body = {"status": "ready" if ready else "not ready", "parts": parts, "notes": self.services.notes()}
        return JSONResponse(body, 200 if ready else 503, NO_STORE)

    async def metrics(self, _: Request) -> Response:
        figures = generate_latest(self.services.registry)
        return Response(figures, headers=NO_STORE | {"Content-Type": CONTENT_TYPE_LATEST})
