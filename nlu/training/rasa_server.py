"""Trains a Rasa model and runs a Rasa server in processes of their own, for figures and tests."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, NamedTuple

LAUNCH = Path(__file__).parent.parent / "rasa" / "launch.py"
_PATIENCE = 240.0  # seconds until a server answers; a quiet machine needs 15 to 50
_LOOK = 0.5


class RasaFailed(RuntimeError):
    """Rasa could not train or start; the message ends with what it said last."""


class Address(NamedTuple):
    """Where a server answers, and to whom."""

    url: str
    token: str


def train(python: Path, data: Path, config: Path, out: Path) -> None:
    """Write the model `out` (.tar.gz) of a folder of YAML. Raises `RasaFailed`."""
    command = [str(python), str(LAUNCH), "train", f"--data={data}", f"--config={config}", f"--out={out}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or not out.exists():
        raise RasaFailed(_last(done.stderr or done.stdout))


@contextmanager
def serving(python: Path, model: Path) -> Iterator[Address]:
    """A server on loopback that has loaded the model; it ends with the block. Raises `RasaFailed`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = Address(f"http://127.0.0.1:{port}", secrets.token_urlsafe(24))
    command = [str(python), str(LAUNCH), "serve", f"--model={model}", f"--port={port}"]
    environment = os.environ | {"ARRAIGO_RASA_TOKEN": address.token}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)  # noqa: S603
        try:
            _wait(process, address, said)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: Address, said: IO[str]) -> None:
    until = monotonic() + _PATIENCE
    while not _ready(address):
        if process.poll() is not None or monotonic() > until:
            said.seek(0)
            raise RasaFailed(_last(said.read()))
        sleep(_LOOK)


def _ready(address: Address) -> bool:
    try:
        with urllib.request.urlopen(f"{address.url}/status?token={address.token}", timeout=5) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _last(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-5:]) or "Rasa said nothing"
