"""What Telegram's refusals mean for the sender."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import (
    BadAddress,
    ContactStopped,
    OperatorNeeded,
    Rejected,
    Retry,
    SendError,
    Throttled,
)

# Descriptions as the Bot API server words them: https://github.com/tdlib/telegram-bot-api (Client.cpp)
_NOBODY = (
    "chat not found",
    "user not found",
    "chat_id is empty",
    "peer_id_invalid",
    "group chat was upgraded",
)
_TOLD = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation",
    "bot was kicked",
    "bot is not a member",
    "not enough rights",
    "message text is empty",
    "text must be non-empty",
    "message is too long",
    "caption is too long",
    "reply markup is too long",
    "button_data_invalid",
    "can't parse entities",
    "wrong type of the web page content",
    "failed to get http url content",
    "chat is not a forum",
    "message thread not found",
    "topic_closed",
    "secret token contains unallowed characters",
    "secret token is too long",
    "https url must be provided",
    "unauthorized",
)


def send_error(error: TelegramError, address: str) -> SendError:
    """The decision in a refusal to send to `address`.

    A flood answer from a group (20 messages a minute) says nothing about everybody else, so it holds back
    that message alone. A time-out leaves open whether the message arrived: at worst it arrives twice.
    """
    match error:
        case RetryAfter():
            return (Retry if is_group(address) else Throttled)("429", after=_seconds(error.retry_after))
        case Forbidden():
            return ContactStopped(_code("403", error))
        case ChatMigrated():
            return BadAddress(f"400 migrated to {error.new_chat_id}")
        case InvalidToken():
            return OperatorNeeded(_code("401", error))
        case BadRequest():
            return (BadAddress if nobody_there(error) else Rejected)(_code("400", error))
        case TimedOut():
            return Retry("timed out")
    return Retry(type(error).__name__)


def is_group(address: str) -> bool:
    """Whether an address is a group or channel: their numbers are negative, their names start with @."""
    return address.startswith(("-", "@"))


def nobody_there(error: BadRequest) -> bool:
    """Whether a refusal is about the chat and not about the message."""
    return any(words in error.message.lower() for words in _NOBODY)


def _seconds(wait: int | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _code(status: str, error: TelegramError) -> str:
    """What is kept and logged of a refusal: the rest of what Telegram says may quote a person or their words."""
    said = error.message.lower()
    known = next((words for words in (*_NOBODY, *_TOLD) if words in said), "")
    begins = said.find(known)
    return f"{status} {error.message[begins : begins + len(known)]}".rstrip()
