"""`arraigo channels setup`: are the providers ready, and does a test message arrive?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from bot.channels.base import Outgoing, SendError
from bot.cli.common import Failed, wired
from flows.core.reply import Reply

if TYPE_CHECKING:
    from bot.app import App
    from bot.channels.telegram import TelegramChannel
    from bot.channels.twilio import TwilioChannel

channels = typer.Typer(help="WhatsApp, SMS and Telegram.", no_args_is_help=True)


@channels.command()
def setup(
    to: Annotated[str, typer.Option(help="Send a test message here: a phone as +503…, or a Telegram chat id.")] = "",
) -> None:
    """Verify credentials, set Telegram's webhook, print what Twilio's console needs, send a test message."""
    with wired() as app:
        if not app.channels:
            raise Failed("no channel is on: fill in the Twilio or Telegram settings (see .env.example)")
        if not asyncio.run(_setup(app, to)):
            raise SystemExit(1)


async def _setup(app: App, to: str) -> bool:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.twilio import TwilioChannel

    fine = True
    for name, channel in app.channels.items():
        print(f"{name}:")
        if isinstance(channel, TelegramChannel):
            fine &= await _telegram(app, channel)
        elif isinstance(channel, TwilioChannel):
            fine &= await _twilio(app, channel)
    if to:
        fine &= await _test(app, to)
    for channel in app.channels.values():
        await channel.close()
    return fine


async def _telegram(app: App, channel: TelegramChannel) -> bool:
    settings = app.settings
    url = f"{settings.public_url}/webhooks/telegram" if settings.public_url else ""
    if url and settings.telegram_secret:
        try:
            await channel.set_webhook(url, settings.telegram_secret.get_secret_value())
        except SendError as error:
            return _say(False, f"Telegram did not take the webhook: {error}")
    found = await channel.verify_credentials(url, settings.telegram_staff_chat)
    return _say_all(found)


async def _twilio(app: App, channel: TwilioChannel) -> bool:
    from bot.channels.twilio.webhook import WEBHOOK_OPTIONS

    fine = _say_all(await channel.verify_credentials())
    print("  In Twilio's console, at the sender:")
    print(f"    When a message comes in (POST): {app.settings.public_url}/webhooks/twilio{WEBHOOK_OPTIONS}")
    print(f"    Status callback (POST):         {app.settings.public_url}/webhooks/twilio/status")
    return fine


async def _test(app: App, to: str) -> bool:
    name = "whatsapp" if to.startswith("+") else "telegram"
    channel = app.channels.get(name)
    if channel is None:
        return _say(False, f"{name} is off: no test message was sent")
    reply = Reply("comun.prueba", app.copy.common("prueba", {}))
    try:
        await channel.send(Outgoing(f"whatsapp:{to}" if name == "whatsapp" else to, reply))
    except SendError as error:
        return _say(False, f"the test message was not taken: {type(error).__name__} {error}")
    return _say(True, "the test message is on its way")


class Finding(Protocol):
    """One thing that a channel looked at; where it is not `ok`, the text says what to do."""

    @property
    def ok(self) -> bool: ...

    @property
    def text(self) -> str: ...


def _say_all(found: Sequence[Finding]) -> bool:
    lines = [_say(finding.ok, finding.text) for finding in found]
    return all(lines)


def _say(fine: bool, text: str) -> bool:
    print(f"  {'✓' if fine else '✗'} {text}")
    return fine


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(channels, name="channels")
