"""What is wrong before anybody runs into it: with the words and flows, with the content, and with a launch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.inbox import commands
from bot.settings import Settings
from db import content
from flows.catalogo import DOORS, FLOWS
from flows.core.check import REVIEWED, Checker
from flows.core.copy import Copy
from nlu.safety import Safety

ROOT: Final = Path(__file__).parent.parent
OTHER_COPY: Final = frozenset({"comandos", "equipo"})
CHANNELS: Final = frozenset({"WhatsApp", "SMS", "Telegram"})  # one of them is enough to launch
CONSENT: Final = (("bienvenida", "acepta"), ("bienvenida", "explicacion"))
"""Headings whose words people agree to: a change of them is a new version of the consent."""


def check(copy: Copy) -> list[str]:
    """Copy, flow graph and content: one line a problem, with its remedy."""
    code = [*(ROOT / "flows").glob("**/*.py"), *(ROOT / "bot").glob("**/*.py")]
    bands = frozenset(band.name for band in content.load_bands().rules)
    lines = Checker(FLOWS, copy, code, other_files=OTHER_COPY, data_keys=bands).problems()
    lines += [f"doors: «{door.flow}» is no flow" for door in DOORS.values() if door.flow not in FLOWS]
    lines += [*_commands(copy), *_consent(copy), *content.problems()]
    return lines


def _commands(copy: Copy) -> Iterator[str]:
    try:
        commands.load(copy)
    except ValueError as error:
        yield f"comandos.toml: {error}"


def _consent(copy: Copy) -> Iterator[str]:
    words = "\n".join(str(copy.heading(flow, step).get("texto", "")) for flow, step in CONSENT)
    mark = hashlib.sha256(words.encode()).hexdigest()[:12]
    if copy.texts["comun"].get("huella_consentimiento") != mark:
        yield (
            "comun.toml: the words of the consent have changed; give version_consentimiento a new date "
            f'and write huella_consentimiento = "{mark}"'
        )


def notes(copy: Copy) -> list[str]:
    """What is no mistake, but nobody should forget: content that no institute or professional has reviewed."""
    unsigned = []
    if not copy.texts["crisis"].get(REVIEWED):
        unsigned.append("crisis.toml: no psychologist has approved the words")
    if not Safety.read().reviewed:
        unsigned.append("safety.toml: no psychologist has approved the rules")
    return unsigned + content.unreviewed()


def stops_launch(settings: Settings, copy: Copy) -> list[str]:
    """What must be mended before people are invited."""
    off = {line.partition(":")[0]: line for line in settings.off()}
    lines = [line for part, line in off.items() if part not in CHANNELS or off.keys() >= CHANNELS]
    if settings.public_url and not settings.public_url.startswith("https://"):
        lines.append("what people write travels in the clear: give ARRAIGO_PUBLIC_URL with https://")
    lines.append("nobody can answer a case: there is no panel yet, `arraigo cases` only lists them")
    if not settings.telegram_staff_chat or not settings.telegram_token:
        lines.append("nobody is alerted when somebody is in danger: set ARRAIGO_TELEGRAM_STAFF_CHAT")
    if not settings.staff_hours:
        lines.append("nobody can be told when somebody answers: set ARRAIGO_STAFF_HOURS")
    if not settings.office:
        lines.append("nobody can check who we are: set ARRAIGO_OFFICE")
    return lines + notes(copy)
