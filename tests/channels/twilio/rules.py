"""What Twilio refuses: its own OpenAPI, and the documented limits that the OpenAPI does not state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing.requests import MockRequest

SPECS = Path(__file__).parents[2] / "payloads" / "twilio" / "openapi"
PRODUCTS = {"/2010-04-01/": "api_v2010", "/v1/": "content_v1", "/v2/": "messaging_v2"}
ADDRESS = re.compile(r"whatsapp:[A-Z]{2}\.[A-Za-z0-9.]{1,128}|(whatsapp:)?\+[1-9][0-9]{6,14}", re.ASCII)
TEMPLATE = re.compile(r"(?!arraigo_)[a-z0-9_]+_[0-9a-f]{8}")
VARIABLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def mime(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of a form, in order."""
        return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body))


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a request breaks, with the code that Twilio answers."""

    code: int
    text: str


@cache
def spec(name: str) -> dict[str, Any]:
    """One of Twilio's specifications, as cut down in tests/payloads/twilio/openapi."""
    loaded: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text())
    return loaded


@cache
def _openapi(name: str) -> OpenAPI:
    return OpenAPI.from_dict(spec(name))


def of_specification(request: Request) -> Iterator[Violation]:
    """What Twilio's OpenAPI says against a request."""
    name = next((name for start, name in PRODUCTS.items() if request.path.startswith(start)), None)
    if name is None:
        yield Violation(20404, f"no such path: {request.path}")
        return
    mock = MockRequest(
        host_url=spec(name)["servers"][0]["url"],
        method=request.method,
        path=request.path,
        args=dict(request.query),
        headers=dict(request.headers),
        data=request.body,
        content_type=request.mime,
    )
    try:
        _openapi(name).validate_request(mock)
    except OpenAPIError as error:
        yield Violation(20001, f"{error} {error.__cause__ or ''}")


def of_message(request: Request, contents: Mapping[str, Mapping[str, Any]]) -> Iterator[Violation]:
    """What the documentation says against a message. `contents`: the resources that exist, by sid."""
    if request.mime != "application/x-www-form-urlencoded":
        yield Violation(20001, "a message is a form")
        return
    form = dict(request.form)
    names = [name for name, _ in request.form]
    schema = spec("api_v2010")["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    known = schema["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    if unknown := set(names) - set(known):
        yield Violation(20001, f"unknown fields: {unknown}")
    if any(names.count(name) > 1 for name in names if name != "MediaUrl"):
        yield Violation(20001, "a field twice")
    yield from _addresses(form.get("To", ""), form.get("From", ""))
    yield from _parts(form, names.count("MediaUrl"))
    if "ContentSid" in form or "ContentVariables" in form:
        yield from _variables(form, contents)


def _addresses(to: str, sender: str) -> Iterator[Violation]:
    if not ADDRESS.fullmatch(to):
        yield Violation(21211, "bad To")
    if not ADDRESS.fullmatch(sender):
        yield Violation(21212, "bad From")
    if to.startswith("whatsapp:") is not sender.startswith("whatsapp:"):
        yield Violation(63007, "To and From are of two channels")


def _parts(form: Mapping[str, str], files: int) -> Iterator[Violation]:
    body, whatsapp = form.get("Body"), form.get("To", "").startswith("whatsapp:")
    if body is not None and units(body) > 1600:
        yield Violation(21617, "Body beyond 1600 characters")
    if body is not None and not body.strip():
        yield Violation(21602, "empty Body")
    if body is None and not files and "ContentSid" not in form:
        yield Violation(21602, "nothing to send")
    if "ContentSid" in form and (body is not None or files):
        yield Violation(20001, "a Content resource goes without Body and MediaUrl")
    if whatsapp and files > 1:
        yield Violation(21623, "WhatsApp takes one file a message")
    if whatsapp and files and units(body or "") > 1024:
        yield Violation(63021, "a caption has at most 1024 characters")
    for name in ("MediaUrl", "StatusCallback"):
        if name in form and (urlsplit(form[name]).scheme not in ("http", "https") or "#" in form[name]):
            yield Violation(21609, f"{name} is no URL")


def _variables(form: Mapping[str, str], contents: Mapping[str, Mapping[str, Any]]) -> Iterator[Violation]:
    content = contents.get(form.get("ContentSid", ""))
    if content is None:
        yield Violation(21655, "no such Content resource")
        return
    try:
        values = json.loads(form.get("ContentVariables", "{}"))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        yield Violation(21656, "ContentVariables is no JSON object")
        return
    for name, value in values.items():
        if len(name) > 16 or not isinstance(value, str) or not value.strip() or units(value) > 255:
            yield Violation(21656, f"variable {name} is empty, no text or beyond 255 characters")
    if set(values) != set(VARIABLE.findall(json.dumps(content["types"]))):
        yield Violation(21656, "not exactly the variables of the resource")


def of_content(body: Mapping[str, Any]) -> Iterator[Violation]:
    """What the documentation says against a Content resource. One of ours that is no template, as its name says, goes
    out without approval: the same question for everybody, nothing of it a variable.
    """
    used = set(VARIABLE.findall(json.dumps(body["types"])))
    if len(used) > 100 or used != set(body.get("variables", {})):
        yield Violation(92002, "the variables have no samples, or samples no variables")
    if len(body["types"]) != 1:
        yield Violation(20001, "one type, please")
    for kind, content in body["types"].items():
        if not 0 < units(content["body"]) <= 1024:
            yield Violation(20001, "the text of a resource has 1 to 1024 characters")
        if VARIABLE.search(content["body"]) and not TEMPLATE.fullmatch(str(body.get("friendly_name"))):
            yield Violation(20001, "a question is no variable")
        if kind == "twilio/quick-reply":
            yield from _choices([(a["title"], a.get("id", ""), "-") for a in content["actions"]], 3, 20)
        elif kind == "twilio/list-picker":
            rows = [(i["item"], i["id"], i.get("description", "-")) for i in content["items"]]
            yield from _choices(rows, 10, 24)
            if not 0 < units(content["button"]) <= 20:
                yield Violation(20001, "the list's button has 1 to 20 characters")
        else:
            yield Violation(20001, f"type {kind} is not used here")


def of_approval(body: Mapping[str, Any], content: Mapping[str, Any] | None) -> Iterator[Violation]:
    """What the documentation says against handing a resource in: its name, its category, samples for all variables."""
    if content is None:
        yield Violation(20404, "no such Content resource")
        return
    if not re.fullmatch(r"[a-z0-9_]{1,512}", str(body.get("name"))):
        yield Violation(20001, "a template's name has a-z, 0-9 and _ alone")
    if body.get("category") not in ("UTILITY", "MARKETING", "AUTHENTICATION"):
        yield Violation(20001, "no such category")


def refused(content: Mapping[str, Any]) -> str:
    """Why WhatsApp's reviewers refuse a text without reading it: «» if they do not.

    https://www.twilio.com/docs/content/twilio-quick-reply (variables), …/using-variables-with-content-api
    """
    (inner,) = content["types"].values()
    body = inner["body"]
    if re.match(r"\s*\{\{", body) or re.search(r"\}\}\s*$", body):
        return "Variables can't be at the start or end of the template."
    if re.search(r"\}\}\s*\{\{", body):
        return "Variables can't be placed next to each other."
    numbers = [int(number) for number in VARIABLE.findall(body)]
    return "" if numbers == list(range(1, len(numbers) + 1)) else "The variables are not in sequence."


def _choices(choices: list[tuple[str, str, str]], most: int, longest: int) -> Iterator[Violation]:
    if not 0 < len(choices) <= most:
        yield Violation(20001, f"{len(choices)} choices: at most {most}")
    if len({title for title, _, _ in choices}) < len(choices) or len({i for _, i, _ in choices}) < len(choices):
        yield Violation(20001, "a title or id twice")
    for title, identifier, description in choices:
        if not title.strip() or units(title) > longest:
            yield Violation(20001, f"a title has 1 to {longest} characters")
        if not identifier or units(identifier) > 200 or units(description) > 72 or description == "":
            yield Violation(20001, "an id has 1 to 200 characters, a description 1 to 72")


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
