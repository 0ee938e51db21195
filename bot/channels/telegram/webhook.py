"""What Telegram posts to the webhook, read into what a person did."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update, User

from bot.channels.base import Inbound
from bot.channels.telegram.content import clean, content
from bot.channels.telegram.staff import StaffUpdate, is_staff, staff_update

CHANNEL = "telegram"
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)  # all that python-telegram-bot raises for JSON that is no update


class Unreadable(Exception):
    """Telegram sent something that this release cannot read: keep the body aside and answer 200.

    `update_id` is there whenever the body names one. The message never repeats the body.
    """

    def __init__(self, update_id: int | None, why: str) -> None:
        super().__init__(f"update {update_id}: {why}")
        self.update_id = update_id


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person blocked the bot, or (`lifted`) let it in again. The larger `provider_id` is the later."""

    channel: str
    provider_id: str
    address: str
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one update holds; an update that is no person's word to us holds nothing.

    `callback` is the id to answer at once (`TelegramChannel.answer_callback`), or the button keeps spinning.
    """

    update_id: int
    inbound: Inbound | None = None
    callback: str | None = None
    stopped: Stopped | None = None
    staff: StaffUpdate | None = None


class TelegramWebhook:
    """Checks and reads webhook calls. An empty `secret` lets nobody in.

    What happens in `staff_chat` is the staff's, and nobody's conversation, even where that chat is a private one.
    """

    def __init__(self, secret: str, staff_chat: str = "") -> None:
        self._secret, self._staff_chat = secret.encode(), staff_chat

    def verify(self, header: str | None) -> bool:
        """Whether `X-Telegram-Bot-Api-Secret-Token` is the secret given to `setWebhook`; in constant time."""
        given = (header or "").encode("utf-8", "replace")
        return bool(self._secret) and hmac.compare_digest(given, self._secret)

    def read(self, body: bytes) -> Reading:
        """Read one update; raises `Unreadable`, and nothing else whatever the body."""
        data = _parse(body)
        update_id = data.get("update_id")
        if not isinstance(update_id, int) or isinstance(update_id, bool):
            raise Unreadable(None, "no update_id")
        try:
            update = Update.de_json(data)
            if is_staff(update, self._staff_chat):
                return Reading(update.update_id, staff=staff_update(update))
            return _reading(update)
        except _MALFORMED as error:
            raise Unreadable(update_id, type(error).__name__) from None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(None, "no JSON") from None
    if not isinstance(data, dict):
        raise Unreadable(None, "no JSON object")
    return data


def _reading(update: Update) -> Reading:
    if update.message is not None:
        return Reading(update.update_id, _message(update.update_id, update.message))
    if update.callback_query is not None:
        return _tap(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return Reading(update.update_id, stopped=_membership(update.update_id, update.my_chat_member))
    return Reading(update.update_id)


def _message(update_id: int, message: Message) -> Inbound | None:
    if message.chat.type != "private" or message.from_user is None or _is_bot(message.from_user):
        return None
    found = content(message)
    if found is None:
        return None
    return Inbound(CHANNEL, str(update_id), _address(message.chat.id), **found)


def _tap(update_id: int, query: CallbackQuery) -> Reading:
    """A tapped button. The message it hangs on may be gone or too old to be shown to us."""
    callback = _text_id(query.id)
    elsewhere = query.message is None or query.message.chat.type != "private"
    if elsewhere or _is_bot(query.from_user) or query.data is None:
        return Reading(update_id, callback=callback)
    inbound = Inbound(CHANNEL, str(update_id), _address(query.from_user.id), option=clean(query.data))
    return Reading(update_id, inbound, callback)


def _membership(update_id: int, change: ChatMemberUpdated) -> Stopped | None:
    status = change.new_chat_member.status
    if change.chat.type != "private" or status not in {"kicked", "member"}:
        return None
    return Stopped(CHANNEL, str(update_id), _address(change.chat.id), lifted=status == "member")


def _is_bot(user: User) -> bool:
    _address(user.id)
    return bool(user.is_bot)


def _address(chat_id: object) -> str:
    if not isinstance(chat_id, int) or isinstance(chat_id, bool):
        raise TypeError("a chat id is a number")
    return str(chat_id)


def _text_id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a callback id is a text")
    return value
