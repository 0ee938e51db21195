"""Everything that leaves the private store, by place: what is searched."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

import httpx
import psycopg
from psycopg.sql import SQL, Identifier

from tests.fakes.telegram import FakeTelegram
from tests.fakes.twilio import TwilioFake

LINKS: Final = re.compile(rb'(?:href|action|src|content|data-[a-z-]+)="(?!tel:|mailto:)([^"]*)"')
FORM_AGAIN: Final = (401, 409, 422)  # a form as it was typed, back to who typed it: a page as any other
DATABASE: Final = ("arraigo.db", "arraigo.db-wal", "arraigo.db-shm", "server-")


class Places(defaultdict[str, bytearray]):
    """Name of a place -> all that was seen there. Names: `log`, `panel:admin:/panel/casos`, `error:503:/chat` …"""

    def __init__(self) -> None:
        super().__init__(bytearray)

    def add(self, place: str, content: bytes | str) -> None:
        raw = content.encode() if isinstance(content, str) else content
        self[place] += raw + b"\n"

    def answer(self, place: str, answer: httpx.Response) -> None:
        """An answer: its body, and its headers, cookies and links in places of their own."""
        self.add(place, answer.content)
        path = answer.request.url.path
        if answer.status_code >= 400 and not (path.startswith("/panel/") and answer.status_code in FORM_AGAIN):
            self.add(f"error:{answer.status_code}:{path}", answer.content)
        for name, value in answer.headers.multi_items():
            self.add(f"header:{name}:{path}", unquote_to_bytes(value))
        for link in LINKS.findall(answer.content):
            self.add(f"link:{path}", unquote_to_bytes(link))


def of_twilio(places: Places, twilio: TwilioFake) -> None:
    """What Twilio keeps (addresses, Content resources), and what each person got."""
    for request in twilio.requests:
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        places.add("twilio:addresses", f"{request.method} {request.path}?{query}")
        form = dict(request.form) if request.path.endswith("/Messages.json") else {}
        places.add(f"twilio:to:{form['To']}" if "To" in form else f"twilio:{request.path}", request.body)
        if form:
            places.add(f"twilio:to:{form['To']}", json.dumps(form, ensure_ascii=False))
            places.add("twilio:callbacks", form.get("StatusCallback", ""))


def of_telegram(places: Places, telegram: FakeTelegram, staff: int) -> None:
    """What each chat got, the staff's among them."""
    for call in telegram.calls:
        chat = str(call.params.get("chat_id", call.method))
        place = "telegram:staff" if chat == str(staff) else f"telegram:to:{chat}"
        places.add(place, json.dumps(call.params, ensure_ascii=False))
        for address in re.findall(r"https?://\S+", str(call.params.get("text", ""))):
            places.add(f"link:telegram:{chat}", address)
    for text in telegram.shown:
        places.add("telegram:staff", text)


def of_files(places: Places, folder: Path) -> None:
    """Names of all files, and what stands in those that are not the database itself."""
    for file in sorted(folder.rglob("*")):
        places.add("files:names", str(file.relative_to(folder)))
        if file.is_file() and not file.name.startswith(DATABASE):
            places.add(f"files:{file.relative_to(folder)}", file.read_bytes())


def of_database(places: Places, url: str) -> None:
    """Every byte of the SQLite files; every table of PostgreSQL as COPY writes it, binary columns in hex."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        for file in sorted(path.parent.glob(f"{path.name}*")):
            places.add("database", file.read_bytes())
        return
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(name))) as copy:
                places.add("database", b"".join(bytes(part) for part in copy))
