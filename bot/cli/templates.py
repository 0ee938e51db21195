"""`arraigo templates`: hand WhatsApp's reviewers what the bot says unasked, and see what they said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from bot.channels.base import OperatorNeeded, Rejected, SendError
from bot.cli.common import Failed, wired

if TYPE_CHECKING:
    from bot.app import App
    from bot.approvals.kept import Standing
    from bot.approvals.reviews import Reviews

templates = typer.Typer(help="Messages that WhatsApp takes at any hour, once approved.", no_args_is_help=True)


@templates.command()
def push() -> None:
    """Make at Twilio what is missing there, and hand it in. A changed text is a new template. Safe to repeat."""
    with wired() as app:
        _show(_done(app, lambda reviews: reviews.push(app.clock())))


@templates.command()
def status() -> None:
    """Ask Twilio what became of each."""
    with wired() as app:
        _show(_done(app, lambda reviews: reviews.refresh(app.clock())))


def _done(app: App, work: Callable[[Reviews], Awaitable[Sequence[Standing]]]) -> Sequence[Standing]:
    reviews = app.reviews
    if reviews is None:
        raise Failed(
            "WhatsApp is off: set ARRAIGO_TWILIO_ACCOUNT_SID, ARRAIGO_TWILIO_AUTH_TOKEN, ARRAIGO_TWILIO_WHATSAPP_FROM"
        )

    async def run() -> Sequence[Standing]:
        try:
            return await work(reviews)
        finally:
            await reviews.close()

    try:
        return asyncio.run(run())
    except SendError as error:
        raise Failed(_why(error)) from None


def _why(error: SendError) -> str:
    if isinstance(error, OperatorNeeded):
        return f"Twilio refused us (code {error.code}): check ARRAIGO_TWILIO_ACCOUNT_SID and ARRAIGO_TWILIO_AUTH_TOKEN"
    if isinstance(error, Rejected):
        return (
            f"Twilio refused a template (code {error.code}): see https://www.twilio.com/docs/api/errors/{error.code}; "
            "what was handed in before stays"
        )
    return f"Twilio does not answer ({error.code}): run it again; what was handed in stays"


def _show(found: Sequence[Standing]) -> None:
    table = Table("template", "language", "state", "name at WhatsApp", "reason", box=None)
    for one in found:
        table.add_row(one.name, one.language, one.state, one.official, one.rejection)
    Console(soft_wrap=True).print(table)
    if any(one.state == "rejected" for one in found):
        print("Rejected: change the text in flows/plantillas and push again.")


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(templates, name="templates")
