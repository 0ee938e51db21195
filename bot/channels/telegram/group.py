"""`TelegramGroup`: messages and topics in a group, as the Bot API has them."""

from __future__ import annotations

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.errors import nobody_there, send_error
from flows.core.reply import Option, Reply

TEXT, TOPIC_NAME = 4096, 128  # characters: https://core.telegram.org/bots/api#sendmessage, #createforumtopic
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class ThreadGone(Exception):
    """The topic was deleted by hand."""


class TelegramGroup:
    """A group that the bot is in. Every method raises `SendError`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def create_topic(self, chat: str, name: str) -> int | None:
        """A new topic's number; None where the chat has no topics, or the bot may not make any."""
        try:
            topic = await self._bot.create_forum_topic(chat, name[:TOPIC_NAME])
        except BadRequest as error:
            if nobody_there(error):
                raise send_error(error, chat) from error
            return None
        except TelegramError as error:
            raise send_error(error, chat) from error
        return topic.message_thread_id

    async def post(self, chat: str, reply: Reply, thread: int | None = None, reply_to: int | None = None) -> int:
        """Send a text with its buttons; returns the message's number. Raises also `ThreadGone`."""
        to = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        try:
            sent = await self._bot.send_message(
                chat,
                reply.text[:TEXT],
                message_thread_id=thread,
                reply_parameters=to,
                reply_markup=_buttons(reply.options),
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            if "thread not found" in error.message.lower():
                raise ThreadGone from error
            raise send_error(error, chat) from error
        except TelegramError as error:
            raise send_error(error, chat) from error
        return sent.message_id

    async def edit(self, chat: str, message: int, reply: Reply) -> None:
        """Let a message say something else. One that says so already, or is gone, is left."""
        try:
            await self._bot.edit_message_text(
                reply.text[:TEXT], chat, message, reply_markup=_buttons(reply.options), link_preview_options=_NO_PREVIEW
            )
        except TelegramError as error:
            _unless_done(error, chat)

    async def close_topic(self, chat: str, thread: int) -> None:
        """Nobody but admins writes there any more."""
        try:
            await self._bot.close_forum_topic(chat, thread)
        except TelegramError as error:
            _unless_done(error, chat)

    async def reopen_topic(self, chat: str, thread: int) -> None:
        """Everybody may write there again."""
        try:
            await self._bot.reopen_forum_topic(chat, thread)
        except TelegramError as error:
            _unless_done(error, chat)

    async def delete_topic(self, chat: str, thread: int) -> None:
        """The topic goes, and every message in it."""
        try:
            await self._bot.delete_forum_topic(chat, thread)
        except TelegramError as error:
            _unless_done(error, chat)


_DONE = ("not modified", "topic_not_modified", "message to edit not found", "thread not found", "topic_id_invalid")


def _unless_done(error: TelegramError, chat: str) -> None:
    if not (isinstance(error, BadRequest) and any(words in error.message.lower() for words in _DONE)):
        raise send_error(error, chat) from error


def _buttons(options: tuple[Option, ...]) -> InlineKeyboardMarkup | None:
    row = [InlineKeyboardButton(option.title, callback_data=option.id) for option in options]
    return InlineKeyboardMarkup([row]) if row else None
