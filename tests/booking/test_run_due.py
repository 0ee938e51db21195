"""The commands from outside: templates handed in and approved, and a reminder that leaves at its very moment."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.booking.appointments import Appointment
from bot.readiness import ROOT
from flows import plantillas
from tests.booking.street import Street, at
from tests.chat import KEYS, MODELS, Chat, bot
from tests.fakes.twilio import ACCOUNT_SID, AUTH_TOKEN, WHATSAPP_SENDER, TwilioFake

SETTINGS: dict[str, Any] = {
    "public_url": "https://arraigo.example",
    "twilio_account_sid": ACCOUNT_SID,
    "twilio_auth_token": SecretStr(AUTH_TOKEN),
    "twilio_whatsapp_from": WHATSAPP_SENDER,
}


@dataclass
class Outside:
    """A database with one appointment, a Twilio, and the commands."""

    twilio: TwilioFake
    folder: Path
    appointment: Appointment

    async def run(self, *words: str, **more: str) -> tuple[int, str]:
        """Exit code and all that was printed. `more`: settings."""
        given = {**KEYS, **SETTINGS, "twilio_api_url": self.twilio.url, "data_dir": self.folder, "models_dir": MODELS}
        given |= more
        env = {name: value for name, value in os.environ.items() if not name.startswith("ARRAIGO_")}
        for name, value in given.items():
            env[f"ARRAIGO_{name.upper()}"] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env={**env, "PYTHONPATH": str(ROOT), "COLUMNS": "300"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await process.communicate()
        return process.returncode or 0, out.decode() + error.decode()

    async def due(self, moment: datetime) -> dict[str, Any]:
        """`arraigo run-due --now`: what it printed."""
        code, printed = await self.run("run-due", "--now", moment.isoformat())
        assert code == 0, printed
        found: dict[str, Any] = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
        return found


def _booked(folder: Path) -> Appointment:
    with bot(folder, None, **SETTINGS) as made:
        street = Street(made)
        ana: Chat = street.person()
        return street.appointment(ana, at(28, 9))


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with TwilioFake() as twilio:
        yield Outside(twilio, tmp_path, await asyncio.to_thread(_booked, tmp_path))
        assert twilio.violations == []


async def test_from_the_file_to_the_telephone(outside: Outside) -> None:
    twilio = outside.twilio
    code, printed = await outside.run("templates", "push")
    assert code == 0, printed
    assert printed.count("pending") == len(plantillas.load())
    twilio.review("")
    twilio.review("resultado_listo", "rejected", "Not clear.")
    code, printed = await outside.run("templates", "status")
    assert code == 0, printed
    assert "Not clear." in printed
    assert "push again" in printed
    _, printed = await outside.run("check", "--launch")
    assert "template resultado_listo is rejected: Not clear." in printed
    assert "template cita_falto" not in printed
    await outside.due(at(25, 8, 59))
    greeted = len(twilio.messages)
    done = await outside.due(at(25, 9))
    assert (done["remind"], done["sent"]) == (1, {"sent": 1})
    assert {"settle_reminders", "notice_unsent", "follow_up", "lapse_offers", "fill_calendar"} <= done.keys()
    (sent,) = twilio.messages[greeted:]
    assert sent.body.startswith("Hola. Le recordamos su cita: el sábado 28 de noviembre, a las 9:00")
    assert sent.options[0] == (f"recordatorio:si:{outside.appointment.code}", "Sí, voy")
    form = dict(twilio.requests[-1].form)
    assert set(form) >= {"ContentSid", "ContentVariables"}
    assert "Body" not in form
    again = await outside.due(at(25, 9))
    assert (again["remind"], again["sent"]) == (0, {})


async def test_without_approval_nothing_leaves_and_it_is_shown(outside: Outside) -> None:
    await outside.due(at(25, 8, 59))
    greeted = len(outside.twilio.messages)
    done = await outside.due(at(25, 9))
    assert (done["remind"], done["sent"]) == (1, {})
    await outside.due(at(25, 9) + timedelta(minutes=1))
    assert len(outside.twilio.messages) == greeted


async def test_push_says_what_is_wrong_with_the_account(outside: Outside) -> None:
    code, printed = await outside.run("templates", "push", twilio_auth_token="another-token")
    assert code == 1
    assert "ARRAIGO_TWILIO_AUTH_TOKEN" in printed
    assert "another-token" not in printed
