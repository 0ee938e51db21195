"""Telegram: updates in through the webhook, messages out through the Bot API."""

from __future__ import annotations

import os

# python-telegram-bot 22 warns at every flood answer unless durations are timedeltas, its next default.
os.environ.setdefault("PTB_TIMEDELTA", "true")

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.group import TelegramGroup, ThreadGone
from bot.channels.telegram.setup import Finding
from bot.channels.telegram.staff import StaffUpdate
from bot.channels.telegram.webhook import Reading, Stopped, TelegramWebhook, Unreadable

__all__ = [
    "Finding",
    "Reading",
    "StaffUpdate",
    "Stopped",
    "TelegramChannel",
    "TelegramGroup",
    "TelegramWebhook",
    "ThreadGone",
    "Unreadable",
]
