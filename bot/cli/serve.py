"""Commands that keep running: serve, sender, scheduler."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Annotated, Final

import typer
import uvicorn
from starlette.applications import Starlette

from bot.cli import users
from bot.cli.common import Failed, log_to_stderr, wired
from bot.settings import load_or_exit

if TYPE_CHECKING:
    from bot.app import App

ROLE: Final = "ARRAIGO_SERVE_WITHOUT"  # how a worker process learns which parts it leaves out
GRACE: Final = 5  # seconds for open requests at a shutdown

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", envvar="PORT", min=1, max=65535)]
Workers = Annotated[int, typer.Option(help="Processes; more than one needs PostgreSQL to pay.", min=1, max=64)]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    sender: Annotated[bool, typer.Option("--sender/--no-sender", help="Send messages from here.")] = True,
    scheduler: Annotated[bool, typer.Option("--scheduler/--no-scheduler", help="Do what is due from here.")] = True,
) -> None:
    """Webhooks, chat, panel and API; with the sender and the scheduler beside them."""
    settings = load_or_exit()
    _listens(host, port)
    without = [name for name, on in (("sender", sender), ("scheduler", scheduler)) if not on]
    os.environ[ROLE] = ",".join(without)
    here = f"http://{host}:{port}"
    print(f"Arraigo: {here}/ · chat: {here}/chat · panel: {here}/panel/", flush=True)
    if settings.database_url is None:  # a shared one gets its first account with `arraigo users add`
        users.first_login()
        _settle_trial()
    for line in settings.off():
        print(f"  {line}", flush=True)
    uvicorn.run(
        "bot.cli.serve:worker",
        factory=True,
        host=host,
        port=port,
        workers=workers if workers > 1 else None,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        backlog=2048,
    )


def _settle_trial() -> None:
    """Where the program is only tried, there are centres to book at; where it is no longer, they are closed."""
    from bot import demo

    with wired() as app:
        trial, trades, now = demo.is_trial(app.settings), sorted(app.world.trades), app.clock()
        app.database.write_now(lambda connection: demo.settle(connection, trades, now, trial=trial))


def _listens(host: str, port: int) -> None:
    """Raises `Failed` where nobody can listen; uvicorn would only say so in a log."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error
        raise Failed(f"cannot listen on {host}:{port} ({why}): give another --port or --host") from None


def worker() -> Starlette:
    """One process's web application; uvicorn calls it."""
    from bot.app import App

    settings = load_or_exit()
    log_to_stderr(settings)
    without = os.environ.get(ROLE, "").split(",")
    gc.disable()
    made = App(settings).web(sender="sender" not in without, scheduler="scheduler" not in without)
    gc.freeze()  # what is loaded by now stays: a collection that walks through all of it holds everybody up for 0.1 s
    gc.enable()
    return made


def sender() -> None:
    """Send what is to leave and fetch files, until stopped. Run as many as you like on one PostgreSQL."""
    with wired() as app:
        asyncio.run(_carry(app))


async def _carry(app: App) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop_carrying)
    try:
        await app.carry()
    finally:
        await app.close()


def scheduler() -> None:
    """Do what is due, each minute, until stopped. Run as many as you like on one PostgreSQL."""
    with wired() as app:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        clock = app.due_clock()
        clock.start()
        stopped.wait()
        clock.stop()


def add(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (serve, sender, scheduler):
        app.command()(command)
