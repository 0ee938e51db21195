"""Twilio on loopback: takes what we send if the real one would, serves files, and posts signed webhooks.

Point `ARRAIGO_TWILIO_API_URL` at `url`. Whatever breaks Twilio's OpenAPI or its documented limits is answered
with 400 and kept in `violations`: assert that there are none.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.channels.twilio.rules import (
    VARIABLE,
    Request,
    Violation,
    of_approval,
    of_content,
    of_message,
    of_specification,
    refused,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "not-a-secret"
WHATSAPP_SENDER = "whatsapp:+14155550100"
SMS_SENDER = "+14155550101"
PERSON = "whatsapp:+50370000000"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the person would see it."""

    sid: str
    to: str
    sender: str
    body: str
    kind: str = "text"  # text, twilio/quick-reply, twilio/list-picker
    options: tuple[tuple[str, str], ...] = ()  # (id, title)
    media: tuple[str, ...] = ()
    status_callback: str = ""


@dataclass(slots=True)
class Fault:
    """What to answer in place of the truth. `drop`: cut the connection."""

    code: int = 0
    status: int = 400
    path: str = "Messages.json"  # the end of the path that it is for
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    drop: bool = False


class MemoryContents:
    """A `ContentStore` in memory."""

    def __init__(self) -> None:
        self.sids: dict[str, str] = {}

    async def get(self, content_hash: str) -> str | None:
        return self.sids.get(content_hash)

    async def put(self, content_hash: str, content_sid: str) -> None:
        self.sids[content_hash] = content_sid

    async def drop(self, content_hash: str) -> None:
        self.sids.pop(content_hash, None)


class TwilioFake:
    """Use as `async with TwilioFake() as twilio`."""

    def __init__(self, account_sid: str = ACCOUNT_SID, auth_token: str = AUTH_TOKEN) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        self.account: dict[str, Any] = {"sid": account_sid, "status": "active", "type": "Full"}
        self.senders = [{"sender_id": WHATSAPP_SENDER, "status": "ONLINE"}]
        self.numbers = [{"phone_number": SMS_SENDER, "capabilities": {"sms": True}}]
        self.requests: list[Request] = []
        self.messages: list[Sent] = []
        self.contents: dict[str, dict[str, Any]] = {}
        self.approvals: dict[str, dict[str, Any]] = {}  # what was handed in, by the sid of its resource
        self.closed: set[str] = set()  # whom only templates reach now
        self.page_size = 1000  # the most that one page of a list has
        self.files: dict[str, tuple[bytes, str]] = {}
        self.deleted: list[str] = []
        self.leaks: list[str] = []  # requests to the storage that carried our credentials
        self.violations: list[Violation] = []
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)
        self._authorization = aiohttp.encode_basic_auth(account_sid, auth_token)
        self._runner = web.AppRunner(self._application())
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Answer the next calls of that path with a fault."""
        self._faults += [fault] * times

    def add_file(self, content: bytes, mime: str) -> str:
        """Keep a file that a person sent; returns its MediaUrl, as Twilio writes it (on api.twilio.com)."""
        sid = self._sid("ME")
        self.files[sid] = (content, mime)
        return f"https://api.twilio.com{self._account_path}/Messages/{self._sid('MM')}/Media/{sid}"

    def form(self, sender: str, body: str = "", **fields: str) -> dict[str, str]:
        """The form of one message of a person. A field that Twilio does not send now: give it as ''."""
        sms = not sender.startswith("whatsapp:")
        form = {
            "SmsMessageSid": (sid := self._sid("SM")),
            "NumMedia": str(sum(name.startswith("MediaUrl") for name in fields)),
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "To": SMS_SENDER if sms else WHATSAPP_SENDER,
            "MessageSid": sid,
            "AccountSid": self.account_sid,
            "From": sender,
            "ApiVersion": "2010-04-01",
        }
        return form | ({} if sms else {"MessageType": "text", "ProfileName": "Persona"}) | fields

    def tap(self, message: Sent, number: int) -> dict[str, str]:
        """The form of a tap on the so-manieth option of a message of ours, from 1."""
        identifier, title = message.options[number - 1]
        names = {"twilio/quick-reply": ("ButtonPayload", "ButtonText", "button")}
        payload, text, kind = names.get(message.kind, ("ListId", "ListTitle", "interactive"))
        fields = {payload: identifier, text: title, "MessageType": kind}
        return self.form(message.to, title, **fields, OriginalRepliedMessageSid=message.sid)

    def status(self, message: Sent, state: str, error: int | None = None) -> dict[str, str]:
        """The form of a status callback."""
        form = {"MessageSid": message.sid, "MessageStatus": state, "To": message.to, "From": message.sender}
        form |= {"SmsSid": message.sid, "SmsStatus": state, "AccountSid": self.account_sid}
        return form | ({"ErrorCode": str(error)} if error else {})

    def review(self, name: str, status: str = "approved", reason: str = "") -> None:
        """WhatsApp's reviewers decide on every template whose name begins so."""
        for approval in self.approvals.values():
            if approval["name"].startswith(name):
                approval |= {"status": status, "rejection_reason": reason}

    def signed(self, url: str, form: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a webhook call to that public URL."""
        signature = RequestValidator(self.auth_token).compute_signature(url, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return urlencode(form).encode(), headers

    async def post(self, url: str, form: Mapping[str, str], public_url: str | None = None) -> tuple[int, str]:
        """Call a webhook at `url`, signed for `public_url` if that differs: status and body of the answer."""
        body, headers = self.signed(public_url or url, form)
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    @property
    def _account_path(self) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}"

    def _sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):032x}"

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._gate], client_max_size=1 << 20)
        account = self._account_path
        application.add_routes(
            [
                web.post(f"{account}/Messages.json", self._create_message),
                web.get(f"{account}/Messages/{{message}}/Media/{{file}}", self._redirect),
                web.delete(f"{account}/Messages/{{message}}/Media/{{file}}.json", self._delete),
                web.get(f"{account}.json", self._show_account),
                web.get(f"{account}/IncomingPhoneNumbers.json", self._list_numbers),
                web.post("/v1/Content", self._create_content),
                web.get("/v1/ContentAndApprovals", self._list_contents),
                web.get("/v1/Content/{content}/ApprovalRequests", self._show_approval),
                web.post("/v1/Content/{content}/ApprovalRequests/whatsapp", self._hand_in),
                web.get("/v2/Channels/Senders", self._list_senders),
                web.get("/storage/{file}", self._serve),
            ]
        )
        return application

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Scripted faults, credentials, then Twilio's own rules."""
        seen = Request(request.method, request.path, dict(request.query), dict(request.headers), await request.read())
        self.requests.append(seen)
        if fault := next((f for f in self._faults if request.path.endswith(f.path)), None):
            self._faults.remove(fault)
            return self._answer_fault(request, fault)
        if request.path.startswith("/storage/"):
            return await handler(request)
        if request.headers.get("Authorization") != self._authorization:
            return _error(20003, 401)
        if broken := list(self._broken(seen)):
            self.violations += broken
            return _error(broken[0].code, 400)
        return await handler(request)

    def _broken(self, request: Request) -> Iterator[Violation]:
        if request.method == "GET" and "/Media/" in request.path:
            return  # the file itself is not in the specification
        found = list(of_specification(request))
        if not found and request.path.endswith("/Messages.json"):
            found += of_message(request, self.contents)
        if not found and request.path == "/v1/Content":
            found += of_content(json.loads(request.body))
        if not found and request.path.endswith("/ApprovalRequests/whatsapp"):
            found += of_approval(json.loads(request.body), self.contents.get(request.path.split("/")[3]))
        yield from found

    def _answer_fault(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.drop and request.transport is not None:
            request.transport.abort()
        if fault.body is not None:
            return web.Response(body=fault.body, status=fault.status, headers=fault.headers)
        return _error(fault.code, fault.status, fault.headers)

    async def _create_message(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        if fields["To"] in self.closed and not self._is_approved(fields.get("ContentSid", "")):
            return _error(63016, 400)
        media = tuple(str(url) for url in form.getall("MediaUrl", ()))
        sid = self._sid("MM" if media else "SM")
        sent = {"sid": sid, "to": fields["To"], "sender": fields["From"], "media": media}
        shown = _shown(self.contents[fields["ContentSid"]], fields) if "ContentSid" in fields else {}
        body = {"body": fields.get("Body", ""), "status_callback": fields.get("StatusCallback", "")}
        self.messages.append(Sent(**(sent | body | shown)))
        answer = {"sid": sid, "status": "queued", "to": fields["To"], "from": fields["From"]}
        return web.json_response(answer | {"error_code": None, "error_message": None}, status=201)

    async def _create_content(self, request: web.Request) -> web.Response:
        sid = self._sid("HX")
        self.contents[sid] = await request.json()
        return web.json_response({"sid": sid, "account_sid": self.account_sid}, status=201)

    def _is_approved(self, sid: str) -> bool:
        return bool(self.approvals.get(sid, {}).get("status") == "approved")

    async def _hand_in(self, request: web.Request) -> web.Response:
        """Once for a resource; no two templates of one language have the same name."""
        sid, body = request.match_info["content"], await request.json()
        content = self.contents[sid]
        same = (
            self.contents[other]["language"] for other, one in self.approvals.items() if one["name"] == body["name"]
        )
        if sid in self.approvals:
            return _error(20001, 400)
        reason = "A template of this name exists." if content["language"] in same else refused(content)
        self.approvals[sid] = {
            "name": body["name"],
            "category": body["category"],
            "content_type": next(iter(content["types"])),
            "status": "rejected" if reason else "received",
            "rejection_reason": reason,
            "allow_category_change": True,
        }
        return web.json_response(self.approvals[sid], status=201)

    async def _show_approval(self, request: web.Request) -> web.Response:
        sid = request.match_info["content"]
        if sid not in self.contents:
            return _error(20404, 404)
        body = {"sid": sid, "account_sid": self.account_sid, "whatsapp": self._approval(sid) | {"type": "whatsapp"}}
        return web.json_response(body | {"url": f"https://content.twilio.com{request.path}"})

    async def _list_contents(self, request: web.Request) -> web.Response:
        """A page of all resources, each with its approval; the next page by `PageToken`."""
        size = min(int(request.query.get("PageSize", "50")), self.page_size)
        page = int(request.query.get("Page", "0"))
        sids = list(self.contents)[page * size : (page + 1) * size]
        rows = [{"sid": sid, **self.contents[sid], "approval_requests": self._approval(sid)} for sid in sids]
        more = (page + 1) * size < len(self.contents)
        following = f"https://content.twilio.com{request.path}?PageSize={size}&Page={page + 1}&PageToken=x"
        meta = {"page": page, "page_size": size, "key": "contents", "next_page_url": following if more else None}
        return web.json_response({"contents": rows, "meta": meta})

    def _approval(self, sid: str) -> dict[str, Any]:
        nothing = {"name": "", "category": "", "content_type": "", "status": "unsubmitted", "rejection_reason": ""}
        return self.approvals.get(sid, nothing | {"allow_category_change": True})

    async def _show_account(self, request: web.Request) -> web.Response:
        return web.json_response(self.account)

    async def _list_numbers(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber", "")
        found = [number for number in self.numbers if wanted in str(number["phone_number"])]
        return web.json_response({"incoming_phone_numbers": found})

    async def _list_senders(self, request: web.Request) -> web.Response:
        return web.json_response({"senders": self.senders, "meta": {"next_page_url": None}})

    async def _redirect(self, request: web.Request) -> web.Response:
        if request.match_info["file"] not in self.files:
            return _error(20404, 404)
        storage = f"{self.url.replace('127.0.0.1', 'localhost')}/storage/{request.match_info['file']}"
        raise web.HTTPTemporaryRedirect(f"{storage}?signature=a%2Fb%3D")

    async def _serve(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            self.leaks.append(request.path)
        if request.query_string != "signature=a%2Fb%3D" and request.query.get("signature") != "a/b=":
            return web.Response(status=403)
        content, mime = self.files[request.match_info["file"]]
        return web.Response(body=content, headers={"Content-Type": mime})

    async def _delete(self, request: web.Request) -> web.Response:
        sid = request.match_info["file"]
        if self.files.pop(sid, None) is None:
            return _error(20404, 404)
        self.deleted.append(sid)
        return web.Response(status=204)


def _shown(content: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """What a person sees of a Content resource, its variables filled in."""
    values = content["variables"] | json.loads(fields.get("ContentVariables", "{}"))
    kind, inner = next(iter(content["types"].items()))
    rows = [(a["id"], a["title"]) for a in inner.get("actions", ())]
    rows += [(i["id"], i["item"]) for i in inner.get("items", ())]

    def fill(text: str) -> str:
        return VARIABLE.sub(lambda match: str(values[match[1]]), text)

    return {"body": fill(inner["body"]), "kind": kind, "options": tuple((fill(one), title) for one, title in rows)}


def _error(code: int, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"code": code, "message": "as the test asked", "status": status}
    return web.json_response(
        body | {"more_info": f"https://www.twilio.com/docs/errors/{code}"}, status=status, headers=headers
    )
