"""What operators plant on the command line, and everything that commands print."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from tests.secrets.running import Scene

PRINTS = (
    ("check", "--launch"),
    ("cases",),
    ("users", "list"),
    ("lines",),
    ("nlu", "misses"),
    ("run-due",),
)


async def printed(scene: Scene) -> None:
    """Commands that only tell or do what is due."""
    await two_at_a_time(scene.command(" ".join(arguments[:2]), *arguments) for arguments in PRINTS)


async def planted(scene: Scene) -> None:
    """Arguments and settings with secrets in them."""
    marks = scene.marks
    url = f"postgresql://{marks['cli.user']}:{marks['cli.password']}@127.0.0.1:9/none"
    bad = f"postgresql//{marks['cli.bad_password']}@[::1/none"
    runs: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
        ("parse", ("nlu", "parse", f"me llamo {marks['cli.parse']}"), {}),
        ("users add", ("users", "add", f"{marks['cli.email']}@example.org", "--role", "admin"), {}),
        ("users bad", ("users", "add", "x@example.org", "--role", marks["cli.role"], "--name", marks["cli.name"]), {}),
        ("link", ("link", "--source", f"Casa {marks['cli.link']}"), {}),
        ("setup", ("channels", "setup", "--to", marks["cli.to"]), {}),
        ("away", ("users", "list"), {"database_url": url}),
        ("bad url", ("cases",), {"database_url": bad}),
        ("bad key", ("cases",), {"data_key": marks["cli.key"], "twilio_rate": marks["cli.rate"]}),
        ("bad secret", ("cases",), {"telegram_secret": f"{marks['cli.secret']} ñ", "log_level": marks["cli.level"]}),
        ("bad token", ("channels", "setup"), {"telegram_token": f"1:{marks['cli.token']}"}),
        ("bad password", ("channels", "setup"), {"twilio_auth_token": marks["cli.auth"]}),
    )  # fmt: skip
    await two_at_a_time(scene.command(place, *arguments, **settings) for place, arguments, settings in runs)


async def two_at_a_time(runs: Iterable[Coroutine[Any, Any, int]]) -> None:
    """As many as the machine has places."""
    free = asyncio.Semaphore(2)

    async def in_turn(run: Coroutine[Any, Any, int]) -> None:
        async with free:
            await run

    await asyncio.gather(*map(in_turn, runs))
