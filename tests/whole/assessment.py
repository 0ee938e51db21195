"""What the story of an assessment needs from outside: commands, people who tap what they see, and the clock's marks."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp
import openpyxl
from sqlalchemy import Connection, RowMapping, insert, select

from db.tables import (
    accreditations,
    appointments,
    centre_staff,
    centres,
    contacts,
    evaluation_marks,
    evaluations,
    identities,
    outbox,
    reminders,
)
from tests.fakes.twilio import Sent
from tests.whole.product import Product

ZONE: Final = ZoneInfo("America/El_Salvador")
COOK: Final = "everyday_cook"
PLACE: Final = "Centro San Miguel"
CENTRES: Final = (
    "código;nombre;país;departamento;municipio;dirección;latitud;longitud;cómo llegar;qué llevar;oficios\n"
    f"smi;{PLACE};SV;San Miguel;San Miguel;Calle Siramá 12;13,48;-88,18;Bus 301;Su DUI y zapatos cerrados;cocina\n"
)
LINK: Final = re.compile(r"http://\S+")

FIRST: Final = "¿Está trabajando ahora?"
SKIPPED: Final = "Prefiero no decir"
LATER: Final = (  # days after, what comes, what its button leads to, and what is answered
    (
        31,
        "seguimiento_1m",
        "¿Está de acuerdo?",
        ("A ratos", "En parte", SKIPPED, "Con un patrono", "No", "Más"),
    ),
    (
        92,
        "seguimiento_3m",
        FIRST,
        ("Sí", "No, es otro", "Sí", "Sí", "Por mi cuenta", "En eso estoy", "Una o dos", "Más"),
    ),
    (183, "seguimiento_6m", FIRST, ("Todavía no", "Igual")),
)


def wednesday(now: datetime) -> datetime:
    """The next one, at ten in the morning: six days before a Tuesday."""
    today = now.astimezone(ZONE).date()
    return datetime.combine(today + timedelta(days=(2 - today.weekday()) % 7 or 7), time(10), ZONE)


class Person:
    """Somebody with WhatsApp, who reads what comes and taps or writes."""

    def __init__(self, product: Product) -> None:
        self.product, self.address = product, product.person()

    @property
    def shown(self) -> list[Sent]:
        """All messages that reached them."""
        return [message for message in self.product.twilio.messages if message.to == self.address]

    async def says(self, text: str, hears: str) -> str:
        """Write, and wait for an answer with these words; returns it."""
        before = len(self.shown)
        await self.product.says(self.address, text)
        return (await self._answer(before, hears)).body

    async def taps(self, title: str, hears: str, on: Sent | None = None) -> str:
        """Tap a button, a row of a list, or type the number where it is a plain list; `on`: an older message."""
        message, before = on or self.shown[-1], len(self.shown)
        titles = [shown for _, shown in message.options]
        if title in titles:
            await self.product._webhook("/webhooks/twilio", self.product.twilio.tap(message, titles.index(title) + 1))
        else:
            found = re.search(rf"^(\d+)\. {re.escape(title)}", message.body, re.MULTILINE)
            assert found, f"no «{title}» in: {message.body}"
            await self.product.says(self.address, found[1])
        return (await self._answer(before, hears)).body

    async def _answer(self, before: int, words: str) -> Sent:
        def found() -> Sent | None:
            return next((message for message in self.shown[before:] if words in message.body), None)

        answer = await self.product.until(found, f"«{words}» in {[each.body for each in self.shown[-3:]]}")
        assert answer
        return answer

    async def gets(self, template: str) -> Sent:
        """Wait until this template came; returns the newest message."""
        await self.product.until(lambda: self.templates()[template], template)
        return self.shown[-1]

    def templates(self) -> Counter[str]:
        """How often each approved template was sent to them, and nothing but its variables with it."""
        return Counter(name for name, _ in self.sent())

    def sent(self) -> list[tuple[str, dict[str, str]]]:
        """Name and variables of each template that was sent to them."""
        twilio, found = self.product.twilio, []
        for request in twilio.requests:
            form = dict(request.form) if request.path.endswith("/Messages.json") else {}
            approval = twilio.approvals.get(form.get("ContentSid", ""))
            if approval and form["To"] == self.address:
                assert "Body" not in form
                name = re.sub(r"_[0-9a-f]{8}$", "", approval["name"])
                found.append((name, json.loads(form["ContentVariables"])))
        return found

    async def hears(self, words: str) -> Sent:
        """Wait for a message with these words; returns it."""
        return await self._answer(0, words)

    @property
    def number(self) -> str:
        """Their telephone, without the country."""
        return self.address.partition("+503")[2]

    def away(self) -> None:
        """A day went by without a word: from now on WhatsApp takes only approved templates."""
        self.product.twilio.closed.add(self.address)

    def back(self) -> None:
        """They write, or tap: for a day, WhatsApp takes anything."""
        self.product.twilio.closed.discard(self.address)

    def due(self, kind: str) -> datetime:
        """When a reminder is to leave."""
        at: datetime = self.reminders()[kind]["due_at"]
        return at

    def row(self) -> RowMapping:
        """Their record."""
        key = self.product.hasher.of("whatsapp", self.address)
        mine = select(contacts).join(identities).where(identities.c.address_hash == key)
        return self.product.rows(mine)[0]

    def appointment(self) -> RowMapping:
        """Their only appointment."""
        mine = select(appointments).where(appointments.c.contact_id == self.row()["id"])
        (found,) = self.product.rows(mine)
        return found

    def reminders(self) -> dict[str, RowMapping]:
        """By kind."""
        mine = select(reminders).where(reminders.c.appointment_id == self.appointment()["id"])
        return {row["kind"]: row for row in self.product.rows(mine)}

    def marks(self) -> list[tuple[str, str]]:
        """What is stored of their evaluation, in the order in which it was noted."""
        marks = evaluation_marks.c
        mine = select(marks.item, marks.verdict).join(evaluations).order_by(marks.id)
        mine = mine.where(evaluations.c.appointment_id == self.appointment()["id"])
        return [(row["item"], row["verdict"]) for row in self.product.rows(mine)]


class Town:
    """The programme in one town: its lists, its staff, its commands and its clock."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.folder = product.process.log.parent
        self.tuesday = product.now.astimezone(ZONE).date() + timedelta(days=6)

    async def runs(self, *words: str) -> str:
        """`arraigo …` as an operator types it; what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env={**self.product.process._environment(), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    def lists(self) -> tuple[Path, Path]:
        """A file of centres as Excel saves it, and a workbook of times: Tuesday at eight and at two, one place each."""
        places, times = self.folder / "centros.csv", self.folder / "horas.xlsx"
        places.write_text(CENTRES, "cp1252")
        book = openpyxl.Workbook()
        sheet = book.create_sheet(index=0)
        sheet.append(["centro", "oficio", "fecha", "inicio", "minutos", "cupo"])
        for begins in ("08:00", "14:00"):
            sheet.append(["smi", "cocina", self.tuesday.isoformat(), begins, 120, 1])
        book.save(times)
        return places, times

    def evaluator(self, name: str) -> None:
        """An account that works at the centre, accredited for its trade."""
        user, now = self.product.staff(name, "evaluator", "SV"), self.product.now

        def store(connection: Connection) -> None:
            here = connection.scalars(select(centres.c.id)).one()
            at_work = {"created_at": now, "centre_id": here, "user_id": user}
            connection.execute(insert(centre_staff).values(at_work))
            may = {"created_at": now, "user_id": user, "trade": COOK, "until": self.tuesday + timedelta(days=365)}
            connection.execute(insert(accreditations).values(may))

        self.product.database.write_now(store)

    def at(self, hour: float, days: int = 0) -> datetime:
        """A moment of the town's clock, so many days after that Tuesday."""
        day: date = self.tuesday + timedelta(days=days)
        return datetime.combine(day, time(), ZONE) + timedelta(hours=hour)

    async def wait_until(self, moment: datetime) -> None:
        """The product's clock says so. What was under way is done before: hours never pass in the midst of a call."""
        under_way = select(outbox.c.id).where(outbox.c.state.in_(("pending", "sending")))
        await self.product.until(lambda: not self.product.rows(under_way), "the end of what is being sent")
        self.product.wait(seconds=(moment - self.product.now).total_seconds())

    async def due(self, moment: datetime) -> dict[str, Any]:
        """`arraigo run-due --now`: what it did."""
        printed = await self.runs("run-due", "--now", moment.isoformat())
        found: dict[str, Any] = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
        return found


async def fetched(url: str) -> tuple[str, bytes]:
    """Type and content of what lies at a public address."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200, url
        return answer.content_type, await answer.read()


def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each CSV file of a folder."""
    found = {}
    for path in folder.iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def local(moment: datetime) -> time:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZONE).time()
