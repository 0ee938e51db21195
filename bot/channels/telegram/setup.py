"""Setting a bot up at Telegram, and what is wrong with it in words for an operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram import Bot, WebhookInfo
from telegram.constants import ChatAction, UpdateType
from telegram.error import InvalidToken, TelegramError

UPDATES = (UpdateType.MESSAGE, UpdateType.CALLBACK_QUERY, UpdateType.MY_CHAT_MEMBER)
_PORTS = {None, 80, 88, 443, 8443}  # https://core.telegram.org/bots/api#setwebhook


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. Where it is not `ok`, the text says what to do."""

    ok: bool
    text: str


async def set_webhook(bot: Bot, url: str, secret: str) -> None:
    """Have the updates that we read posted to `url`; what waited in the meantime is delivered too."""
    await bot.set_webhook(url, secret_token=secret, allowed_updates=list(UPDATES))


async def set_commands(bot: Bot, commands: Mapping[str, str]) -> None:
    """The menu beside the text field: name and description, in order."""
    await bot.set_my_commands(list(commands.items()))


async def findings(bot: Bot, webhook_url: str, staff_chat: str) -> list[Finding]:
    """Look at the token, then at the webhook (if `webhook_url`) and the staff's chat (if `staff_chat`)."""
    found = [await _account(bot)]
    if not found[0].ok:
        return found
    if webhook_url:
        found += await _webhook(bot, webhook_url)
    if staff_chat:
        found.append(await _staff(bot, staff_chat))
    return found


async def _account(bot: Bot) -> Finding:
    try:
        me = await bot.get_me()
    except InvalidToken:
        return Finding(False, "Telegram does not know this token: copy ARRAIGO_TELEGRAM_TOKEN anew from @BotFather.")
    except TelegramError as error:
        return Finding(False, f"Telegram cannot be reached ({error.message}): check network and proxy, try again.")
    return Finding(True, f"The token belongs to @{me.username}.")


async def _webhook(bot: Bot, wanted: str) -> list[Finding]:
    where = urlsplit(wanted)
    if where.scheme != "https" or where.port not in _PORTS:
        return [Finding(False, "Telegram posts to https on port 443, 80, 88 or 8443 only: mend ARRAIGO_PUBLIC_URL.")]
    try:
        info = await bot.get_webhook_info()
    except TelegramError as error:
        return [Finding(False, f"Telegram does not tell its webhook ({error.message}): try again.")]
    return _of_info(info, wanted)


def _of_info(info: WebhookInfo, wanted: str) -> list[Finding]:
    if info.url != wanted:
        return [Finding(False, f"The webhook is {info.url or 'not set'}: run `arraigo channels setup`.")]
    found = [Finding(True, f"The webhook is set; {info.pending_update_count} updates are waiting.")]
    if info.last_error_date is not None:
        when = info.last_error_date.strftime("%Y-%m-%d %H:%M UTC")
        found.append(
            Finding(info.pending_update_count == 0, f"Last failed delivery {when}: {info.last_error_message}.")
        )
    return found


async def _staff(bot: Bot, chat: str) -> Finding:
    try:
        await bot.send_chat_action(chat, ChatAction.TYPING)
    except TelegramError as error:
        return Finding(
            False,
            f"The staff's chat ({error.message}): add the bot to it, check ARRAIGO_TELEGRAM_STAFF_CHAT.",
        )
    return Finding(True, "The staff's chat is there (20 messages a minute at most).")
