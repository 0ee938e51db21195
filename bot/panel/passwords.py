"""Passwords: kept as Argon2id, checked off the event loop, and never quicker for an account that does not exist."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12  # characters; NIST SP 800-63B asks for length rather than for kinds of characters
LONGEST: Final = 200
FEWEST_DIFFERENT: Final = 5
AT_ONCE: Final = 2  # each check takes 64 MiB
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none is taken for another


class Passwords:
    """Makes and checks hashes. The default cost is RFC 9106's second recommended one (64 MiB, 3 passes)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self.hasher = hasher or PasswordHasher()
        self.nobodys = self.hasher.hash(secrets.token_hex(16))
        self.pool = ThreadPoolExecutor(AT_ONCE, "arraigo-password")

    def make(self, password: str) -> str:
        """The hash to keep."""
        return self.hasher.hash(password)

    def right(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where there is none to compare with."""
        try:
            same = self.hasher.verify(kept or self.nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return same and kept is not None

    def is_stale(self, kept: str) -> bool:
        """Whether it was made at another cost than today's."""
        return self.hasher.check_needs_rehash(kept)

    async def made(self, password: str) -> str:
        """`make`, without holding the loop up."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, self.make, password)

    async def is_right(self, kept: str | None, password: str) -> bool:
        """`right`, without holding the loop up."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, self.right, kept, password)


def temporary() -> str:
    """A password to be handed on and changed at the first login: 79 bits, easy to read aloud."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def weakness(password: str, email: str) -> str:
    """The text that says why a password will not do; "" where it will."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        return "cuenta.clave_corta"
    if len(password) > LONGEST:
        return "cuenta.clave_larga"
    if len(set(plain)) < FEWEST_DIFFERENT:
        return "cuenta.clave_repetida"
    if email.partition("@")[0].casefold() in plain or "arraigo" in plain:
        return "cuenta.clave_adivinable"
    return ""
