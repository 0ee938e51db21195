"""`TelegramChannel`: sends replies and fetches files through the Bot API."""

from __future__ import annotations

import mimetypes

import httpx
import structlog
from telegram import Bot, LinkPreviewOptions
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import Limits, Media, MediaGone, Outgoing, Retry
from bot.channels.telegram import setup
from bot.channels.telegram.errors import is_group, nobody_there, send_error
from bot.channels.telegram.group import TelegramGroup
from bot.channels.telegram.render import Attachment, Markup, Screen, screen, words
from bot.channels.telegram.transport import STAND_IN, transport

API = "https://api.telegram.org"
_CONNECT, _READ, _WRITE, _POOL = 10.0, 20.0, 10.0, 10.0  # seconds
_BRIEF = 3.0  # seconds: for what helps only at once
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

log = structlog.get_logger(__name__)


class TelegramChannel:
    """A bot's way to people. Implements `bot.channels.base.Channel`.

    `rate` is for all chats together. A chat takes about one message a second and a group, such as the
    staff's, 20 a minute (https://core.telegram.org/bots/faq): who sends to a group keeps to that.
    """

    name = "telegram"
    limits = Limits(
        text=4096,
        text_with_options=4096,
        buttons=100,
        button_title=40,
        rows=100,
        row_title=40,
        extras={"option_id_bytes": 64, "caption": 1024, "start_payload": 64},
    )

    def __init__(self, token: str, api_url: str | None = None, rate: float = 30, public_url: str = "") -> None:
        """`api_url`: in place of https://api.telegram.org. `public_url`: what media paths are below."""
        base = (api_url or API).rstrip("/")
        wire = transport(token, base)
        self.rate = rate
        self._public_url = public_url
        self._words = words()
        self._request = HTTPXRequest(
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            write_timeout=_WRITE,
            pool_timeout=_POOL,
            httpx_kwargs={"transport": wire},
        )
        self._files = httpx.AsyncClient(transport=wire, timeout=httpx.Timeout(_READ, connect=_CONNECT, pool=_POOL))
        self._bot = Bot(
            STAND_IN,
            base_url=base + "/bot",
            base_file_url=base + "/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def send(self, message: Outgoing) -> str:
        """Send one reply; returns the id of the message with its text, unique within the chat.

        A file that Telegram cannot fetch goes as a link: the words arrive in any case.
        """
        shown = screen(message.reply, self._public_url, self._words, private=not is_group(message.address))
        try:
            sent = await self._send_screen(message.address, shown)
        except TelegramError as error:
            raise send_error(error, message.address) from error
        if shown.location is not None:
            await self._offer_location(message, shown.location)
        return sent

    async def _send_screen(self, chat: str, shown: Screen) -> str:
        if shown.fits_caption:
            sent = await self._attach(chat, shown.attachments[0], shown.text, shown.markup)
            if sent:
                return sent
            shown = shown.with_links(shown.attachments)
        refused = [file for file in shown.attachments if not await self._attach(chat, file)]
        shown = shown.with_links(tuple(refused))
        answer = await self._bot.send_message(
            chat, shown.text, reply_markup=shown.markup, link_preview_options=_NO_PREVIEW
        )
        return str(answer.message_id)

    async def _attach(
        self, chat: str, file: Attachment, caption: str | None = None, markup: Markup | None = None
    ) -> str | None:
        """Send one file by its address. None: Telegram refuses this file."""
        try:
            if file.photo:
                answer = await self._bot.send_photo(chat, file.url, caption=caption, reply_markup=markup)
            else:
                answer = await self._bot.send_document(chat, file.url, caption=caption, reply_markup=markup)
        except BadRequest as error:
            if nobody_there(error):
                raise
            return None
        return str(answer.message_id)

    async def _offer_location(self, message: Outgoing, keyboard: Markup) -> None:
        """A convenience after a question that has arrived: not worth asking the question twice."""
        try:
            await self._bot.send_message(message.address, self._words.location_hint, reply_markup=keyboard)
        except TelegramError as error:
            log.warning("telegram_hint_lost", reference=message.reference, error=type(error).__name__)

    @property
    def group(self) -> TelegramGroup:
        """The same bot in groups."""
        return TelegramGroup(self._bot)

    async def answer_callback(self, callback: str, text: str = "") -> bool:
        """Stop a tapped button's spinner, and show a `text` (200 characters at most).

        False: it was too late, or Telegram is away; nothing to do.
        """
        try:
            await self._bot.answer_callback_query(
                callback,
                text[:200] or None,
                show_alert=bool(text),
                connect_timeout=_BRIEF,
                read_timeout=_BRIEF,
                pool_timeout=_BRIEF,
            )
        except TelegramError:
            return False
        return True

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        """Download a file (Telegram serves bots up to 20 MB). The type is a guess: Telegram names none."""
        if media.size is not None and media.size > at_most:
            raise MediaGone("too large")
        try:
            file = await self._bot.get_file(media.source)
        except RetryAfter as error:
            raise send_error(error, "-") from error
        except InvalidToken as error:
            raise Retry("401") from error
        except BadRequest as error:
            raise MediaGone(error.message) from error
        except TelegramError as error:
            raise Retry(type(error).__name__) from error
        if not file.file_path:
            raise MediaGone("Telegram keeps it no more")
        content = await self._download(file.file_path, at_most)
        return content, media.mime or mimetypes.guess_type(file.file_path)[0] or "application/octet-stream"

    async def _download(self, url: str, at_most: int) -> bytes:
        content = bytearray()
        try:
            async with self._files.stream("GET", url) as answer:
                if answer.status_code in {400, 404, 410}:
                    raise MediaGone(f"{answer.status_code}")
                answer.raise_for_status()
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > at_most:
                        raise MediaGone("too large")
        except httpx.HTTPError as error:
            raise Retry(type(error).__name__) from error
        return bytes(content)

    async def set_webhook(self, url: str, secret: str) -> None:
        """Tell Telegram where to post updates, with which secret (1-256 of A-Za-z0-9_-), and our commands.

        Raises `SendError`, with what Telegram says as its code.
        """
        try:
            await setup.set_webhook(self._bot, url, secret)
            await setup.set_commands(self._bot, self._words.commands)
        except TelegramError as error:
            raise send_error(error, "") from error

    async def verify_credentials(self, webhook_url: str = "", staff_chat: str = "") -> list[setup.Finding]:
        """Whether the token, the webhook and the staff's chat are right, in words for an operator."""
        return await setup.findings(self._bot, webhook_url, staff_chat)

    async def close(self) -> None:
        """Let go of connections."""
        await self._files.aclose()
        await self._request.shutdown()
