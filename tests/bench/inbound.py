"""How many answers a second a server takes in, from Twilio's signed webhook to the commit."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.app import App
from bot.channels.base import Inbound
from bot.settings import Settings
from flows.core.reply import Option
from tests.chat import KEYS
from tests.crash.server import PUBLIC_URL, Server
from tests.crash.traffic import address
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER

WELCOME = ("hola", "1", "34", "Guazapa", "1", "albañil")  # up to the first question of a diagnosis
ANSWERS = 10  # of each diagnosis; every fourth is typed, the others are taps
TYPED = "con ayuda"
ROOT = Path(__file__).parents[2]
PATH = "/webhooks/twilio"
NOBODY = "http://127.0.0.1:9"  # a Twilio that need not be there
WARM_UP = 10  # conversations before the clock runs


async def measure(folder: Path, url: str, conversations: int, *options: str) -> dict[str, Any]:
    """Messages a second, milliseconds, and what the server needed of the processor and of memory for them."""
    people = await _plan(folder, url, WARM_UP + conversations)
    async with Server(folder, url, NOBODY, *options) as server:
        await _load(server.url, folder, people[:WARM_UP])
        before = server.cpu()
        figures = await _load(server.url, folder, people[WARM_UP:])
        spent = (server.cpu() - before) / figures["messages"]
        return figures | {"server_cpu_us": round(spent * 1e6), "memory_mb": round(server.memory())}


async def _load(url: str, folder: Path, conversations: list[list[str]]) -> dict[str, Any]:
    plan = folder / "plan.json"
    plan.write_text(json.dumps(conversations))
    command = [sys.executable, "-m", "tests.bench.load", url, str(plan)]
    client = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    out, _ = await client.communicate()
    figures: dict[str, Any] = json.loads(out)
    return figures


async def _plan(folder: Path, url: str, conversations: int) -> list[list[str]]:
    """The requests of people who are about to answer a diagnosis; lets them come so far."""
    app = App(Settings(data_dir=folder, database_url=SecretStr(url), **KEYS))
    numbers, places = count(), asyncio.Semaphore(32)

    async def begin(number: int) -> list[str]:
        async with places:
            who = address(number)
            for text in WELCOME:
                inbound = Inbound("whatsapp", f"SM-begin-{next(numbers)}", who, text=text, phone=who.partition(":")[2])
                outcome = await app.inbox.receive(inbound)
            return list(_answers(who, outcome.replies[-1][1].options, numbers))

    try:
        return await asyncio.gather(*map(begin, range(conversations)))
    finally:
        await app.close()


def _answers(who: str, shown: tuple[Option, ...], numbers: Iterator[int]) -> Iterator[str]:
    """The answers of one person: what is tapped is known beforehand, for each question's id is the next number."""
    serial = int(shown[0].id.partition(".")[0], 36)
    for number in range(ANSWERS):
        if number % 4 == 3:
            yield _request(next(numbers), who, Body=TYPED)
            continue
        option = shown[number % 3]
        identifier = f"{_base36(serial + number)}.{option.id.partition('.')[2]}"
        tap = {"MessageType": "button", "ButtonPayload": identifier, "ButtonText": option.title}
        yield _request(next(numbers), who, Body=option.title, **tap)


def _request(number: int, who: str, **fields: str) -> str:
    sid = f"SM{number:032x}"
    form = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Persona",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": who.partition("+")[2],
        "SmsStatus": "received",
        "To": WHATSAPP_SENDER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": who,
        "ApiVersion": "2010-04-01",
        **fields,
    }
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + PATH, form)
    body = urlencode(form)
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: arraigo.example\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: {signature}\r\n\r\n{body}"
    )


def _base36(value: int) -> str:
    digits = ""
    while value:
        value, rest = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
