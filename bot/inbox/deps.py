"""What answering an event needs beside its connection: handed over once, at the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from bot.cases.desk import Desk
from bot.certificates.papers import Papers
from db.crypto import Cipher, Hasher
from flows.core.copy import Copy
from flows.core.engine import Engine
from flows.store import World
from nlu.understanding import Engine as Nlu


@dataclass(frozen=True, slots=True)
class Deps:
    """`commands`: exact words by command. `desk`: what is needed to tell staff of a case. `papers`: to make the
    document of a certificate.

    `heard`: an engine elsewhere that was asked about this one message; it has no say where danger is spoken of.
    """

    cipher: Cipher
    hasher: Hasher
    engine: Engine
    copy: Copy
    commands: dict[str, str]  # normalised words -> command
    nlu: Nlu
    world: World
    clock: Callable[[], datetime]
    random: Random
    desk: Desk
    papers: Papers
    heard: Nlu | None = None
