"""What the staff do in their chat, read apart from what people write to the bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from telegram import Message, Update

from bot.channels.telegram.content import clean, content

CASE_BUTTON: Final = "caso:"  # how the data of every button on an alert begins, wherever it hangs


@dataclass(frozen=True, slots=True)
class StaffUpdate:
    """A text, or a tap (`callback`, `data`), of one of the staff. `user` is their Telegram id."""

    update_id: int
    chat: str
    user: str
    text: str | None = None  # None: something that is no text
    thread: int | None = None  # the topic
    reply_to: int | None = None  # the number of the message that is answered
    callback: str | None = None
    data: str = ""


def is_staff(update: Update, staff_chat: str) -> bool:
    """Whether an update, of whatever kind, belongs to the staff and to no conversation."""
    query = update.callback_query
    if query is not None and str(query.data or "").startswith(CASE_BUTTON):
        return True
    chat = update.effective_chat
    name = f"@{chat.username}".lower() if chat is not None and chat.username else None
    return chat is not None and staff_chat != "" and (str(chat.id) == staff_chat or name == staff_chat.lower())


def staff_update(update: Update) -> StaffUpdate | None:
    """What they did; None for joins, edits and Telegram's own notes."""
    query = update.callback_query
    if query is not None:
        chat = str(query.message.chat.id) if query.message is not None else ""
        user, data = str(query.from_user.id), clean(query.data or "")
        return StaffUpdate(update.update_id, chat, user, callback=clean(query.id), data=data)
    return _written(update.update_id, update.message) if update.message is not None else None


def _written(update_id: int, message: Message) -> StaffUpdate | None:
    """An admin who hides behind the group counts as somebody: they are told that we do not know them."""
    sender = message.from_user
    if sender is None or (sender.is_bot and message.sender_chat is None) or content(message) is None:
        return None
    answered = message.reply_to_message
    return StaffUpdate(
        update_id,
        str(message.chat.id),
        str(sender.id),
        clean(message.text) if message.text is not None else None,
        message.message_thread_id if message.is_topic_message else None,
        answered.message_id if answered is not None else None,
    )
