"""How long a server takes from the command to the first answer, and what it holds then."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

from bot.settings import PREFIX
from tests.bench.inbound import NOBODY, ROOT
from tests.crash.server import Server, answering, free_port


async def cold(folder: Path, url: str, times: int) -> dict[str, Any]:
    """The first start, which makes the database, and the quickest of some later ones."""
    server = Server(folder, url, NOBODY)
    starts = []
    for _ in range(1 + times):
        seconds = await server.start()
        starts.append({"seconds": round(seconds, 2), "cpu_seconds": server.cpu(), "memory_mb": round(server.memory())})
        await server.stop()
    first, *later = starts
    return {"first": first, "again": min(later, key=lambda start: start["seconds"])}


async def make_run(folder: Path) -> dict[str, Any] | str:
    """`make run` where everything is installed: seconds to the first answer."""
    ask = await asyncio.create_subprocess_exec("make", "-q", ".venv/.runtime", cwd=ROOT, stdout=subprocess.DEVNULL)
    if await ask.wait():
        return "not measured: `make install` has work to do here"
    port, figures = free_port(), {}
    environment = os.environ | {PREFIX + "DATA_DIR": str(folder / "make-run")}
    for name in ("first", "again"):
        begun = time.monotonic()
        command = ("make", "run", f"PORT={port}")
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        await answering(port, partial(_alive, process))
        figures[name] = round(time.monotonic() - begun, 2)
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
    return figures


def _alive(process: asyncio.subprocess.Process) -> bool:
    return process.returncode is None
