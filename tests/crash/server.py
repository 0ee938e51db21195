"""A server of ours as a process of its own, which can be killed and started again at the same address."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.settings import PREFIX
from tests.chat import KEYS, MODELS
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER

ROOT = Path(__file__).parents[2]
PUBLIC_URL = "https://arraigo.example"
TICK = 0.01  # seconds between two looks at whether a process is ready
PATIENCE = 180.0  # seconds that a process may take to start or to stop on a busy machine


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def answering(port: int, alive: Callable[[], bool]) -> None:
    """Return once a server answers at a port. Raises `ServerDied`."""
    deadline = time.monotonic() + PATIENCE
    while not await _answers(port):
        if not alive() or time.monotonic() > deadline:
            raise ServerDied
        await asyncio.sleep(TICK)


async def _answers(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
    except OSError:
        return False
    return answer.startswith(b"HTTP/1.1 200")


class ServerDied(Exception):
    """It ended, or did not answer in time; its log says why."""


class Server:
    """`python -m bot serve` on `database_url`, with WhatsApp through the Twilio at `twilio_url`."""

    program = "bot"  # the module that is run

    def __init__(self, folder: Path, database_url: str, twilio_url: str, *options: str, **settings: str) -> None:
        """`folder`: where it runs and writes its log. `settings`: more of them, `rate="100"` and the like."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder, self._options = folder, options
        self._settings = {
            "database_url": database_url,
            "public_url": PUBLIC_URL,
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": AUTH_TOKEN,
            "twilio_whatsapp_from": WHATSAPP_SENDER,
            "twilio_api_url": twilio_url,
            "twilio_rate": "2000",
            **{name: key.get_secret_value() for name, key in KEYS.items()},
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.up = asyncio.Event()

    @property
    def webhook(self) -> str:
        """Where Twilio posts messages."""
        return f"{self.url}/webhooks/twilio"

    @property
    def log(self) -> Path:
        """What the process wrote."""
        return self._folder / f"server-{self.port}.log"

    async def start(self) -> float:
        """Start it; returns once it takes connections, with the seconds that this took."""
        begun = time.monotonic()
        self.process = process = self._spawn()
        try:
            await answering(self.port, lambda: process.poll() is None)
        except ServerDied:
            raise ServerDied(self.log.read_text()) from None
        self.up.set()
        return time.monotonic() - begun

    def kill(self) -> None:
        """`kill -9`: no handler runs, nothing is finished."""
        process = self._running()
        self.up.clear()
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL

    async def stop(self) -> int:
        """Ask it to stop, which may take what it is sending; its exit status."""
        process = self._running()
        self.up.clear()
        process.terminate()
        return await asyncio.to_thread(process.wait, PATIENCE)

    def memory(self) -> float:
        """MB that it holds (the resident set)."""
        status = Path(f"/proc/{self._running().pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def cpu(self) -> float:
        """Seconds of the processor that it has used."""
        times = Path(f"/proc/{self._running().pid}/stat").read_text().rpartition(")")[2].split()
        return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", self.program, "serve", "--port", str(self.port), *self._options]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._folder, env=self._environment(), stdout=log, stderr=subprocess.STDOUT
            )

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise RuntimeError("the server was never started")
        return self.process

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        inherited["PYTHONPATH"] = str(ROOT)
        return (
            inherited
            | {f"{PREFIX}MODELS_DIR": str(MODELS)}
            | {PREFIX + name.upper(): value for name, value in self._settings.items()}
        )
