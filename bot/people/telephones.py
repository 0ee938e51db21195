"""Telephone numbers as people write them, and the addresses that each may have with us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from db.crypto import Hasher

REGIONS: Final = ("SV", "GT", "HN", "US", "MX")  # whose numbers are written without the country's
LEAST: Final = 7  # digits
_WRITTEN: Final = re.compile(r"[\d\s().+/-]+")
_MOBILE_OF_MEXICO: Final = ("+52", "+521")  # WhatsApp kept the 1 that the telephones lost


def is_one(text: str) -> bool:
    """Whether a text looks like a telephone number."""
    return bool(_WRITTEN.fullmatch(text)) and sum(letter.isdigit() for letter in text) >= LEAST


def numbers(text: str, country: str | None = None) -> list[str]:
    """The numbers, as «+50370001234», that a text may mean; without a prefix one for each country where it fits.

    `country`: the one that comes first.
    """
    plain = re.sub(r"^\s*00", "+", text)
    regions = sorted(REGIONS, key=lambda region: region != country)
    found: dict[str, None] = {}
    for region in regions:
        found |= dict.fromkeys(_read(plain, region))
    return list(found)


def _read(text: str, region: str) -> Iterator[str]:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return
    if not phonenumbers.is_possible_number(number):
        return
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    yield written
    with_one, without = _MOBILE_OF_MEXICO[1], _MOBILE_OF_MEXICO[0]
    if number.country_code == 52 and not written.startswith(with_one):
        yield with_one + written.removeprefix(without)


def hashes(hasher: Hasher, written: Sequence[str]) -> list[bytes]:
    """The keyed hashes under which `identities` has these numbers, on any channel that is a telephone."""
    return [
        hasher.of(channel, address)
        for number in written
        for channel, address in (("whatsapp", f"whatsapp:{number}"), ("sms", number))
    ]


def telephone(address: str) -> str:
    """The number in an address; "" where it is none, such as WhatsApp's other ids."""
    number = address.removeprefix("whatsapp:")
    return number if number.startswith("+") and number[1:].isdigit() else ""
