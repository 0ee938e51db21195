"""A Bot API server on loopback: as strict about what it takes as Telegram's, and remembers all of it.

Error texts are those of https://github.com/tdlib/telegram-bot-api (Client.cpp) and of its issues. Where
Telegram silently drops something (a button without a title), this server refuses it.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"  # the one in Telegram's documentation
BOT = {"id": 110201543, "is_bot": True, "first_name": "Arraigo", "username": "ArraigoBot"}
Json = dict[str, Any]

_WAYS_OUT = ("callback_data", "url", "web_app", "login_url", "switch_inline_query")


class Refusal(Exception):
    """What the server answers instead of a result."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.body: Json = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class Chat:
    """A chat the bot may write to; `refusal` is what it gets instead."""

    id: int
    kind: str = "private"
    forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)  # number -> open, closed
    refusal: Refusal | None = None
    sent_at: deque[float] = field(default_factory=lambda: deque(maxlen=20))

    def to_json(self) -> Json:
        name = {"first_name": "Rosa"} if self.kind == "private" else {"title": "Facilitadoras"}
        return {"id": self.id, "type": self.kind, **name}


@dataclass(frozen=True)
class Call:
    """A request that reached the server with the right token."""

    method: str
    params: Json


class FakeTelegram:
    """`async with FakeTelegram() as telegram`; give `telegram.url` as the API's address.

    Chats have to be introduced (`person`, `group`), as Telegram knows only chats that wrote to the bot.
    """

    def __init__(self, token: str = TOKEN, clock: Callable[[], float] = time.monotonic) -> None:
        self.token, self._clock = token, clock
        self.calls: list[Call] = []
        self.messages: list[Json] = []  # as sent, in order; with `chat_id` and `message_id`
        self.edits: list[Json] = []
        self.shown: list[str] = []  # what people who tapped were shown
        self.commands: list[Json] = []
        self.webhook: Json = {}
        self.files: dict[str, tuple[str, bytes]] = {}  # file id -> path, content
        self.web: set[str] = set()  # addresses that Telegram's servers can fetch
        self.failures: list[Refusal | web.Response] = []  # answers to the next calls, whatever they are
        self.callbacks: set[str] = set()  # not yet answered
        self._chats: dict[int, Chat] = {}
        self._sent_at: deque[float] = deque(maxlen=30)
        self._ids, self._updates = itertools.count(1), itertools.count(900_000_001)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def person(self, chat_id: int) -> Chat:
        """Somebody who wrote to the bot."""
        return self._chats.setdefault(chat_id, Chat(chat_id))

    def group(self, chat_id: int, *, forum: bool = False) -> Chat:
        """A supergroup the bot is in (a negative number), an admin where it is a forum."""
        return self._chats.setdefault(chat_id, Chat(chat_id, "supergroup", forum))

    def block(self, chat_id: int) -> None:
        """Somebody blocks the bot."""
        self.person(chat_id).refusal = Refusal(403, "Forbidden: bot was blocked by the user")

    def to(self, chat_id: int) -> list[Json]:
        """The messages a chat got."""
        return [message for message in self.messages if message["chat_id"] == chat_id]

    def update(self, **content: Json) -> Json:
        """An update with the next number."""
        return {"update_id": next(self._updates), **content}

    def text_update(self, chat_id: int, text: str, **more: Any) -> Json:
        """Somebody writes."""
        self.person(chat_id)
        return self.update(message={**self._said(chat_id), "text": text, **more})

    def tap_update(self, chat_id: int, title: str) -> Json:
        """Somebody taps the newest button of that title in their chat."""
        for message in reversed(self.to(chat_id)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if button["text"] == title:
                        return self._tap(chat_id, message, button["callback_data"])
        raise LookupError(f"no button {title!r} in this chat")

    def written_in(self, chat_id: int, user_id: int, text: str, thread: int | None = None, **more: Any) -> Json:
        """Somebody writes in a group, in one of its topics or not."""
        topic = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        return self.update(message={**self._said(chat_id), **_from(user_id), "text": text, **topic, **more})

    def tapped_in(self, chat_id: int, user_id: int, data: str) -> Json:
        """Somebody taps the newest button with this data, or what it ends with."""
        for message in reversed(self.to(chat_id)):
            for button in (b for row in message.get("reply_markup", {}).get("inline_keyboard", ()) for b in row):
                if button.get("callback_data", "").endswith(data):
                    update = self._tap(chat_id, message, button["callback_data"])
                    update["callback_query"] |= _from(user_id)
                    return update
        raise LookupError(f"no button {data!r} in this chat")

    async def deliver(self, update: Json) -> int:
        """Post an update to the webhook, as Telegram does; returns the HTTP status."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.webhook["url"], json=update, headers=headers) as answer,
        ):
            return answer.status

    def _said(self, chat_id: int) -> Json:
        sender = {"id": chat_id, "is_bot": False, "first_name": "Rosa", "language_code": "es"}
        chat = self.person(chat_id).to_json()
        return {"message_id": next(self._ids), "from": sender, "chat": chat, "date": 1_793_000_000}

    def _tap(self, chat_id: int, message: Json, data: str) -> Json:
        callback = f"43826{next(self._ids):014d}"
        self.callbacks.add(callback)
        said = self._said(chat_id)
        shown = {**said, "message_id": message["message_id"], "from": BOT, "text": message.get("text", "")}
        query = {
            "id": callback,
            "from": said["from"],
            "message": shown,
            "chat_instance": "-301",
            "data": data,
        }
        return self.update(callback_query=query)

    async def _call(self, request: web.Request) -> web.Response:
        params = await _params(request)
        try:
            return self._answer(request.match_info["token"], request.match_info["method"], params)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.body["error_code"])

    def _answer(self, token: str, method: str, params: Json) -> web.Response:
        if token != self.token:
            raise Refusal(401, "Unauthorized")
        self.calls.append(Call(method, params))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, web.Response):
                return failure
            raise failure
        answer = getattr(self, f"_on_{method.lower()}", None)
        if answer is None:
            raise Refusal(404, "Not Found: method not found")
        return web.json_response({"ok": True, "result": answer(params)})

    async def _file(self, request: web.Request) -> web.Response:
        for path, content in self.files.values():
            if (request.match_info["token"], request.match_info["path"]) == (self.token, path):
                return web.Response(body=content, content_type="application/octet-stream")
        return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)

    def _on_getme(self, _: Json) -> Json:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False}

    def _on_sendmessage(self, params: Json) -> Json:
        text = str(params.get("text", ""))
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        if not text.strip():
            raise Refusal(400, "Bad Request: text must be non-empty")
        if len(text) > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        return self._send(params, {"text": text})

    def _on_sendphoto(self, params: Json) -> Json:
        photo = {"file_id": "AgAC", "file_unique_id": "AQAD", "width": 90, "height": 90}
        return self._send_file(params, "photo", {"photo": [photo]})

    def _on_senddocument(self, params: Json) -> Json:
        if not str(params.get("document", "")).split("?")[0].endswith((".pdf", ".zip", ".gif")):
            raise Refusal(400, "Bad Request: wrong type of the web page content")
        return self._send_file(params, "document", {"document": {"file_id": "BQAC", "file_unique_id": "AgAD"}})

    def _send_file(self, params: Json, kind: str, shown: Json) -> Json:
        if len(str(params.get("caption", ""))) > 1024:
            raise Refusal(400, "Bad Request: message caption is too long")
        if params.get(kind) not in self.web:
            raise Refusal(400, "Bad Request: failed to get HTTP URL content")
        return self._send(params, shown)

    def _send(self, params: Json, shown: Json) -> Json:
        chat = self._chat(params)
        markup = params.get("reply_markup")
        if markup is not None:
            _check_markup(markup, chat)
        self._flood(chat)
        sent = {**params, "chat_id": chat.id, "message_id": next(self._ids)}
        self.messages.append(sent)
        thread = params.get("message_thread_id")
        if thread is not None and int(thread) not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        inline = {"reply_markup": markup} if isinstance(markup, dict) and "inline_keyboard" in markup else {}
        date, message_id = 1_793_000_000, sent["message_id"]
        return {
            "message_id": message_id,
            "from": BOT,
            "chat": chat.to_json(),
            "date": date,
            **shown,
            **inline,
        }

    def _chat(self, params: Json) -> Chat:
        named = str(params.get("chat_id", ""))
        if not named:
            raise Refusal(400, "Bad Request: chat_id is empty")
        chat = self._chats.get(int(named)) if re.fullmatch(r"-?\d{1,18}", named) else None
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.refusal is not None:
            raise chat.refusal
        return chat

    def _flood(self, chat: Chat) -> None:
        """30 messages a second; 20 a minute in a group (https://core.telegram.org/bots/faq)."""
        now = self._clock()
        spans = [(self._sent_at, 1.0)] + ([(chat.sent_at, 60.0)] if chat.kind != "private" else [])
        for sent_at, span in spans:
            if len(sent_at) == sent_at.maxlen and now - sent_at[0] < span:
                wait = int(span - (now - sent_at[0])) + 1
                raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        for sent_at, _ in spans:
            sent_at.append(now)

    def _on_sendchataction(self, params: Json) -> bool:
        self._chat(params)
        return True

    def _on_answercallbackquery(self, params: Json) -> bool:
        if params.get("callback_query_id") not in self.callbacks:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.callbacks.remove(params["callback_query_id"])
        if params.get("text"):
            self.shown.append(str(params["text"]))
        return True

    def _on_createforumtopic(self, params: Json) -> Json:
        chat = self._chat(params)
        if not chat.forum:
            raise Refusal(400, "Bad Request: the chat is not a forum")
        if not 1 <= len(str(params.get("name", ""))) <= 128:
            raise Refusal(400, "Bad Request: topic name is too long")
        number = next(self._ids)
        chat.topics[number] = "open"
        return {"message_thread_id": number, "name": params["name"], "icon_color": 7322096}

    def _topic(self, params: Json, state: str) -> bool:
        chat, number = self._chat(params), int(params["message_thread_id"])
        if number not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        if chat.topics[number] == state:
            raise Refusal(400, "Bad Request: TOPIC_NOT_MODIFIED")
        chat.topics[number] = state
        return True

    def _on_closeforumtopic(self, params: Json) -> bool:
        return self._topic(params, "closed")

    def _on_reopenforumtopic(self, params: Json) -> bool:
        return self._topic(params, "open")

    def _on_deleteforumtopic(self, params: Json) -> bool:
        return bool(self._chat(params).topics.pop(int(params["message_thread_id"])))

    def _on_editmessagetext(self, params: Json) -> Json:
        chat = self._chat(params)
        if str(params["message_id"]) not in {str(message["message_id"]) for message in self.to(chat.id)}:
            raise Refusal(400, "Bad Request: message to edit not found")
        self.edits.append(params)
        said = {"message_id": int(params["message_id"]), "from": BOT, "chat": chat.to_json(), "date": 1_793_000_000}
        return {**said, "text": params["text"]}

    def _on_getfile(self, params: Json) -> Json:
        file_id = params.get("file_id", "")
        if file_id not in self.files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, content = self.files[file_id]
        if len(content) > 20 * 2**20:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": "AQAD", "file_size": len(content), "file_path": path}

    def _on_setwebhook(self, params: Json) -> bool:
        if not re.match(r"https://|http://127\.0\.0\.1", str(params.get("url", ""))):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = str(params.get("secret_token", ""))
        if len(secret) > 256:
            raise Refusal(400, "Bad Request: secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = params
        return True

    def _on_getwebhookinfo(self, _: Json) -> Json:
        url = self.webhook.get("url", "")
        return {"url": url, "has_custom_certificate": False, "pending_update_count": 0}

    def _on_setmycommands(self, params: Json) -> bool:
        commands = params.get("commands", [])
        if len(commands) > 100:
            raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return True


def _from(user_id: int) -> Json:
    return {"from": {"id": user_id, "is_bot": False, "first_name": "Ana"}}


async def _params(request: web.Request) -> Json:
    """Parameters from the query, a form or JSON; those that are JSON themselves are decoded."""
    if request.content_type == "application/json":
        return dict(await request.json())
    form = {**request.query, **(await request.post())}
    nested = ("reply_markup", "commands", "allowed_updates", "link_preview_options", "reply_parameters")
    return {name: json.loads(str(value)) if name in nested else value for name, value in form.items()}


def _check_markup(markup: Any, chat: Chat) -> None:
    if not isinstance(markup, dict):
        raise Refusal(400, "Bad Request: object expected as reply markup")
    kinds = {"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"} & markup.keys()
    if len(kinds) != 1:
        raise Refusal(400, "Bad Request: exactly one kind of reply markup expected")
    if len(json.dumps(markup)) > 10 * 1024:
        raise Refusal(400, "Bad Request: reply markup is too long")
    inline = [button for row in markup.get("inline_keyboard", ()) for button in row]
    if len(inline) > 100 or any(len(row) > 8 for row in markup.get("inline_keyboard", ())):
        raise Refusal(400, "Bad Request: too many buttons")
    for button in inline:
        _check_button(button)
    for button in (button for row in markup.get("keyboard", ()) for button in row):
        if button.get("request_location") and chat.kind != "private":
            raise Refusal(400, "Bad Request: location can be requested in private chats only")


def _check_button(button: Json) -> None:
    if not button.get("text"):
        raise Refusal(400, "Bad Request: inline keyboard button text is empty")
    if not any(button.get(way) for way in _WAYS_OUT):
        raise Refusal(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
    if len(str(button.get("callback_data", "")).encode()) > 64:
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
