"""Codes of certificates: hard to guess, easy to read over the telephone, and a slip of the finger is noticed.

Crockford's alphabet for base 32 (crockford.com/base32.html: no I, L, O, U); 80 random bits and a check character by
Luhn's rule over 32 symbols, which finds every wrong character and nearly every pair that changed places.
"""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM: Final = 16  # characters of 5 bits
_READ_AS: Final = str.maketrans("OIL", "011", " -–—.")


def new() -> str:
    """A code as it is stored: 17 characters."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + _check(body)


def read(written: str) -> str | None:
    """The code that somebody meant: any case, with or without its dashes; None if it cannot be one."""
    if len(written) > 3 * RANDOM:
        return None
    code = written.upper().translate(_READ_AS)
    if len(code) != RANDOM + 1 or not set(code) <= set(ALPHABET) or _check(code[:-1]) != code[-1]:
        return None
    return code


def shown(code: str) -> str:
    """As it is printed: in groups of four, the last of five, with dashes between."""
    return "-".join((code[:4], code[4:8], code[8:12], code[12:]))


def _check(body: str) -> str:
    total = 0
    for at, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if at % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
