"""Sending through Twilio: the `Channel` for WhatsApp and, by another name, for SMS."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.channels.base import BadAddress, Limits, Media, NoTemplate, Outgoing, Rejected, Retry, WindowClosed
from bot.channels.twilio.client import TwilioClient
from bot.channels.twilio.contents import Contents, ContentStore
from bot.channels.twilio.errors import CONTENT_GONE, by_code
from bot.channels.twilio.render import LIMITS, Content, Part, interactive, plain
from bot.channels.twilio.setup import Finding, verify
from bot.channels.twilio.templates import NO_TEMPLATES, TemplateStore, content_variables

_PREFIX = "whatsapp:"


class TwilioChannel:
    """People on WhatsApp (`name="whatsapp"`) or on SMS (`name="sms"`), through one sender of ours."""

    limits: Limits = LIMITS

    def __init__(
        self,
        *,
        name: str,
        account_sid: str,
        auth_token: str,
        sender: str,
        public_url: str,
        contents: ContentStore,
        templates: TemplateStore = NO_TEMPLATES,
        list_label: str,
        status_callback: str = "",
        api_url: str | None = None,
        rate: float = 80.0,
        language: str = "es",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sender`: E.164, with or without `whatsapp:`. `list_label`: title of the button that opens a list,
        at most 20 characters. `status_callback`: full URL. `api_url`: in place of every https://*.twilio.com.
        """
        self.name, self.rate = name, rate
        self._whatsapp = name == "whatsapp"
        self._sender = (_PREFIX if self._whatsapp else "") + sender.removeprefix(_PREFIX)
        self._public_url = public_url.rstrip("/")
        self._client = TwilioClient(account_sid, auth_token, api_url)
        self._contents = Contents(self._client, contents, clock)
        self._templates = templates
        self._list_label, self._language = list_label, language
        self._callback = [("StatusCallback", status_callback)] if status_callback else []

    async def send(self, message: Outgoing) -> str:
        """Give a message to Twilio; the id of its last part. Raises `SendError`.

        A text beyond 1600 characters, and files, go as several messages. If a later one fails, the whole is
        tried again: a part may come twice, none is lost.
        """
        if message.address.startswith(_PREFIX) is not self._whatsapp:
            raise BadAddress
        if self._whatsapp and not message.window_open:
            return await self._send_template(message)
        try:
            return await self._send_freely(message)
        except WindowClosed:  # it closed before we thought
            if message.reply.template is None:
                raise
            return await self._send_template(message)

    async def _send_freely(self, message: Outgoing) -> str:
        if self._whatsapp and (content := interactive(message.reply, self._language, self._list_label)):
            sid = await self._contents.sid(content)
            if sid and (provider_id := await self._send_content(message.address, content, sid)):
                return provider_id
        return await self._send_plain(message)

    async def fetch(self, media: Media, at_most: int) -> tuple[bytes, str]:
        """Download a file of at most so many bytes: content and MIME type. Raises `MediaGone`, `Retry`."""
        from bot.channels.twilio import media as files

        return await files.fetch(self._client, media, at_most)

    async def delete_media(self, media: Media) -> None:
        """Delete a file at Twilio once it is stored here; else Twilio keeps it. Raises `SendError`."""
        from bot.channels.twilio import media as files

        await files.delete(self._client, media)

    async def verify_credentials(self) -> list[Finding]:
        """Whether account and sender are ready, for `arraigo channels setup`. Raises nothing."""
        return await verify(self._client, self._sender)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _send_template(self, message: Outgoing) -> str:
        """Send what was approved for this message, in place of its text."""
        template = message.reply.template
        if template is None:
            raise WindowClosed
        sid = await self._templates.approved(template.name, template.language)
        if sid is None:
            raise NoTemplate(template.name)
        fields = [("ContentSid", sid)]
        if template.variables:
            fields.append(("ContentVariables", content_variables(template.variables)))
        return await self._post(message.address, fields)

    async def _send_content(self, address: str, content: Content, sid: str) -> str | None:
        """Send with buttons; None if Twilio refuses, for then the person gets plain text."""
        fields = [("ContentSid", sid), ("ContentVariables", content.variables)]
        try:
            return await self._post(address, fields)
        except Rejected as refusal:
            if refusal.code in CONTENT_GONE:
                await self._contents.drop(content)
            return None

    async def _send_plain(self, message: Outgoing) -> str:
        parts = plain(message.reply, self._public_url, links=not self._whatsapp)
        if not parts:
            raise Rejected("empty")
        for part in parts:
            provider_id = await self._post(message.address, _fields(part))
        return provider_id

    async def _post(self, address: str, fields: list[tuple[str, str]]) -> str:
        form = [("To", address), ("From", self._sender), *fields, *self._callback]
        answer = await self._client.post_form("api", f"{self._client.account_path}/Messages.json", form)
        if answer.get("error_code") and answer.get("status") in ("failed", "undelivered"):
            code = str(answer["error_code"])
            raise by_code(code) or Rejected(code)
        sid = answer.get("sid")
        if not isinstance(sid, str) or not sid:
            raise Retry("answer")
        return sid


def _fields(part: Part) -> list[tuple[str, str]]:
    body = [("Body", part.text)] if part.text else []
    return body + ([("MediaUrl", part.media)] if part.media else [])
