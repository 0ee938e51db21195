"""The whole bot behind a real port, in this process: for real browsers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from bot.app import App
from bot.settings import Settings
from tests.chat import KEYS, MODELS
from tests.web.conftest import bound_port


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve on an embedded database in `folder`; gives the address."""
    app = App(Settings(data_dir=folder, models_dir=MODELS, **KEYS))
    config = uvicorn.Config(
        app.web(), port=0, access_log=False, log_level="warning", timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound_port(server, thread)}"
    finally:
        server.should_exit = True
        thread.join()
