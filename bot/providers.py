"""The channels that the settings turn on: what messages leave through, and how their providers come in.

A provider's library is loaded only where its channel is on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from bot.cases.desk import Desk
from bot.channels.base import Channel, SendError, Status
from bot.settings import Settings
from bot.staffroom.group import StaffGroup
from bot.web.services import Links, StaffPort, Telegram, TwilioPort
from db.database import Database
from flows.core.copy import Copy
from flows.plantillas import Form

if TYPE_CHECKING:
    from bot.approvals.reviews import Reviews


def channels(
    settings: Settings,
    database: Database,
    account: bytes,
    desk: Desk,
    clock: Callable[[], datetime],
    forms: Mapping[str, Form],
) -> dict[str, Channel]:
    """By name. `account`: the keyed hash of the Twilio account, under which its content resources are kept."""
    made = [*_twilio(settings, database, account, desk.copy, clock, forms), *_telegram(settings, database, desk, clock)]
    return {channel.name: channel for channel in made}


def _twilio(
    settings: Settings,
    database: Database,
    account: bytes,
    copy: Copy,
    clock: Callable[[], datetime],
    forms: Mapping[str, Form],
) -> Iterator[Channel]:
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.public_url):
        return
    from bot.approvals.kept import SqlTemplates
    from bot.channels.twilio import SqlContents, TwilioChannel

    contents = SqlContents(database, account, clock)
    for name, sender in (("whatsapp", settings.twilio_whatsapp_from), ("sms", settings.twilio_sms_from)):
        if sender:
            yield TwilioChannel(
                name=name,
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token.get_secret_value(),
                sender=sender,
                public_url=settings.public_url,
                contents=contents,
                templates=SqlTemplates(database, account, forms),
                list_label=copy.common("ver_opciones", {}),
                status_callback=f"{settings.public_url}/webhooks/twilio/status",
                api_url=settings.twilio_api_url or None,
                rate=settings.twilio_rate,
            )


def reviews(settings: Settings, database: Database, account: bytes, forms: Mapping[str, Form]) -> Reviews | None:
    """What hands templates in and asks what became of them; None where WhatsApp is off."""
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_whatsapp_from):
        return None
    from bot.approvals.reviews import Reviews
    from bot.channels.twilio.client import TwilioClient

    token = settings.twilio_auth_token.get_secret_value()
    client = TwilioClient(settings.twilio_account_sid, token, settings.twilio_api_url or None)
    return Reviews(client, database, account, forms)


def _telegram(settings: Settings, database: Database, desk: Desk, clock: Callable[[], datetime]) -> Iterator[Channel]:
    if settings.telegram_token:
        from bot.channels.telegram import TelegramChannel

        token = settings.telegram_token.get_secret_value()
        channel = TelegramChannel(token, settings.telegram_api_url or None, public_url=settings.public_url)
        yield channel
        if desk.staff_chat:
            yield StaffGroup(channel, database, desk, clock)


def twilio_webhook(settings: Settings) -> TwilioPort | None:
    """What reads Twilio's calls; None where they are not to come."""
    if not (settings.twilio_auth_token and settings.public_url):
        return None
    from bot.channels.twilio import TwilioWebhook

    return TwilioWebhook(settings.twilio_auth_token.get_secret_value(), settings.public_url)


def telegram_webhook(settings: Settings, known: Mapping[str, Channel], staff: StaffPort) -> Telegram | None:
    """What reads Telegram's calls; None where they are not to come."""
    if not (settings.telegram_token and settings.telegram_secret):
        return None
    from bot.channels.telegram import TelegramChannel, TelegramWebhook

    channel = cast(TelegramChannel, known["telegram"])
    webhook = TelegramWebhook(settings.telegram_secret.get_secret_value(), settings.telegram_staff_chat)
    return Telegram(webhook, channel, staff)


def links(settings: Settings) -> Links:
    """Where the public pages lead to a chat."""
    number = settings.twilio_whatsapp_from.removeprefix("whatsapp:").lstrip("+")
    bot = settings.telegram_bot
    return Links(whatsapp=f"https://wa.me/{number}" if number else "", telegram=f"https://t.me/{bot}" if bot else "")


def judge(status: Status) -> SendError | None:
    """What a provider's error code in a failed status means."""
    if status.channel in ("whatsapp", "sms") and status.error:
        from bot.channels.twilio.errors import by_code

        return by_code(status.error)
    return None
