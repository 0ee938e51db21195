"""What answering an event needs beside its connection: handed over once, at the wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from db.crypto import Cipher, Hasher
from flows.core.copy import Copy
from flows.core.engine import Engine
from flows.store import World
from nlu.understanding import Engine as Nlu


@dataclass(frozen=True, slots=True)
class Deps:
    """`staff_chat`: the Telegram chat that is alerted, "" if none. `commands`: exact words by command."""

    cipher: Cipher
    hasher: Hasher
    engine: Engine
    copy: Copy
    commands: dict[str, str]  # normalised words -> command
    nlu: Nlu
    world: World
    clock: Callable[[], datetime]
    random: Random
    staff_chat: str = ""
