"""What anybody who has a code may learn: that the document is real and of which trade; nobody's whole name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from bot.certificates import codes
from bot.certificates.issue import query
from bot.people import names
from db.crypto import Cipher
from db.tables import certificates


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate as the public page shows it.

    `initials`: to compare with the document in hand, "" once the person erased their data. `number`: the institute's
    own, "" while it is a record of the programme alone. Neither centre nor place: they may tell where somebody lives.
    """

    code: str
    trade: str
    standard: str
    institute: str
    number: str
    issued_on: date
    initials: str
    stands: bool
    country: str


def verify(connection: Connection, cipher: Cipher, written: str) -> Verified | None:
    """The certificate with this code; None if there is none. What cannot be a code never reaches the database."""
    code = codes.read(written)
    if code is None:
        return None
    row = connection.execute(query().where(certificates.c.code == code)).first()
    if row is None:
        return None
    return Verified(
        code=codes.shown(code),
        trade=row.trade,
        standard=row.standard or "",
        institute=row.institute or "",
        number=row.number or "",
        issued_on=row.issued_on,
        initials=initials(names.opened(cipher, row.name_enc)),
        stands=row.revoked_at is None,
        country=row.country or "SV",
    )


def initials(name: str) -> str:
    """«María Elena de la Cruz» is «M. E. d. l. C.»: enough to compare, too little to find somebody."""
    return " ".join(f"{part[0]}." for part in name.split())
