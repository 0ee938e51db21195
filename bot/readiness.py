"""What is wrong before anybody runs into it: with the words and flows, with the content, and with a launch."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.inbox import commands
from bot.reviews import CONSENT, Signed
from bot.settings import Settings
from db import content
from flows import plantillas
from flows.audios import Audios
from flows.catalogo import DOORS, FLOWS
from flows.core import siblings
from flows.core.check import REVIEWED, Checker
from flows.core.copy import Copy
from nlu.mayan import LEXICON
from nlu.safety import Safety

ROOT: Final = Path(__file__).parent.parent
OTHER_COPY: Final = frozenset({"comandos", "equipo", "casos"})
NOBODY: Final = Signed()
CHANNELS: Final = frozenset({"WhatsApp", "SMS", "Telegram"})  # one of them is enough to launch


def check(copy: Copy) -> list[str]:
    """Copy, flow graph and content: one line a problem, with its remedy."""
    code = [*(ROOT / "flows").glob("**/*.py"), *(ROOT / "bot").glob("**/*.py")]
    bands = frozenset(band.name for band in content.load_bands().rules)
    lines = Checker(FLOWS, copy, code, other_files=OTHER_COPY, data_keys=bands).problems()
    lines += [f"doors: «{door.flow}» is no flow" for door in DOORS.values() if door.flow not in FLOWS]
    lines += [*_commands(copy), *_consent(copy), *content.problems()]
    lines += [*siblings.problems(copy), *Audios.load().problems(), *plantillas.problems(plantillas.load(), FLOWS)]
    return lines


def _commands(copy: Copy) -> Iterator[str]:
    try:
        commands.load(copy)
    except ValueError as error:
        yield f"comandos.toml: {error}"


def _consent(copy: Copy) -> Iterator[str]:
    for place, files in (("", copy.texts), *((f"{language}/", files) for language, files in copy.others.items())):
        mark = hashlib.sha256(siblings.consent_words(files, CONSENT).encode()).hexdigest()[:12]
        if files["comun"].get(siblings.MARK) != mark:
            yield (
                f"{place}comun.toml: the words of the consent have changed; give version_consentimiento a new date "
                f'and write {siblings.MARK} = "{mark}"'
            )


def notes(copy: Copy, signed: Signed = NOBODY) -> list[str]:
    """What is no mistake, but nobody should forget: content that no institute or professional has reviewed.

    `signed`: what the panel knows to be reviewed, beside what the files say.
    """
    unsigned = []
    if not copy.texts["crisis"].get(REVIEWED) and not signed.keys("crisis_words"):
        unsigned.append("crisis.toml: no psychologist has approved the words")
    if not Safety.read().reviewed and not signed.keys("safety_rules"):
        unsigned.append("safety.toml: no psychologist has approved the rules")
    if "es" not in signed.keys("consent"):
        unsigned.append("bienvenida.toml: no lawyer has approved the words of the consent")
    unsigned += [*siblings.unreviewed(copy, signed.keys("translation")), *_languages(signed)]
    unsigned += plantillas.unreviewed(plantillas.load())
    return unsigned + content.unreviewed(trades=signed.keys("trade"), lines=signed.lines)


def _languages(signed: Signed) -> Iterator[str]:
    known = {**LEXICON.reviewed, **dict.fromkeys(signed.keys("mayan"), "panel")}
    unread = [LEXICON.name(code) for code, reviewer in known.items() if not reviewer]
    if unread:
        yield f"mayan.toml: nobody who speaks them has reviewed the words of {', '.join(unread)}"
    yield from Audios.load().notes()


def stops_launch(settings: Settings, copy: Copy, signed: Signed = NOBODY, staff: int = 0) -> list[str]:
    """What must be mended before people are invited. `staff`: how many may answer cases in the panel."""
    off = {line.partition(":")[0]: line for line in settings.off()}
    lines = [line for part, line in off.items() if part not in CHANNELS or off.keys() >= CHANNELS]
    if settings.public_url and not settings.public_url.startswith("https://"):
        lines.append("what people write travels in the clear: give ARRAIGO_PUBLIC_URL with https://")
    if not staff:
        lines.append("nobody can answer a case: add who does with `arraigo users add EMAIL --role facilitator`")
    if not settings.telegram_staff_chat or not settings.telegram_token:
        lines.append("nobody is alerted when somebody is in danger: set ARRAIGO_TELEGRAM_STAFF_CHAT")
    if not settings.staff_hours:
        lines.append("nobody can be told when somebody answers: set ARRAIGO_STAFF_HOURS")
    if not settings.office:
        lines.append("nobody can check who we are: set ARRAIGO_OFFICE")
    if not settings.verify_url:
        lines.append("who checks a certificate sees what the programme is: give ARRAIGO_VERIFY_URL a host of its own")
    return lines + notes(copy, signed)


def rasa(settings: Settings) -> Iterator[str]:
    """What is wrong with Rasa, where it is chosen; it is asked once. The bot answers without it."""
    if settings.nlu != "rasa":
        return
    from bot.rasa import probe

    if not settings.rasa_token:
        yield "whoever reaches Rasa may use it: start it with a token, and set ARRAIGO_RASA_TOKEN"
    if wrong := asyncio.run(probe(settings)):
        yield f"Rasa is chosen and away, so the bot answers by itself: {wrong}; or set ARRAIGO_NLU=local"
