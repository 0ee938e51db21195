"""WhatsApp and SMS through Twilio: `TwilioWebhook` reads what people send, `TwilioChannel` sends."""

from __future__ import annotations

from bot.channels.twilio.channel import TwilioChannel
from bot.channels.twilio.contents import ContentStore, SqlContents
from bot.channels.twilio.webhook import TwilioWebhook, Unreadable

__all__ = ["ContentStore", "SqlContents", "TwilioChannel", "TwilioWebhook", "Unreadable"]
