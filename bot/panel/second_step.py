"""The second step of a login: codes of an authenticator app (RFC 6238), and recovery codes for a lost phone."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno
from sqlalchemy import Connection, delete, insert, or_, select, update

from db.crypto import Cipher, Hasher
from db.tables import recovery_codes, users

CONTEXT: Final = "panel second step"
SECONDS: Final = 30
CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def start(connection: Connection, cipher: Cipher, user_id: int) -> str:
    """A new secret, which counts once its first code is confirmed."""
    secret = pyotp.random_base32()
    values = {"totp_enc": cipher.seal(secret, CONTEXT), "totp_since": None, "totp_step": None}
    connection.execute(update(users).where(users.c.id == user_id).values(values))
    return secret


def secret_of(connection: Connection, cipher: Cipher, user_id: int) -> str | None:
    """The secret, confirmed or not."""
    token = connection.scalar(select(users.c.totp_enc).where(users.c.id == user_id))
    return None if token is None else cipher.open(token, CONTEXT)


def confirm(connection: Connection, cipher: Cipher, user_id: int, code: str, now: datetime) -> bool:
    """Whether the app shows the right code; the second step counts from then on."""
    if not accept(connection, cipher, user_id, code, now):
        return False
    connection.execute(update(users).where(users.c.id == user_id).values(totp_since=now))
    return True


def accept(connection: Connection, cipher: Cipher, user_id: int, code: str, now: datetime) -> bool:
    """Whether it is the code of now, or of half a minute before or after; each counts once."""
    secret = secret_of(connection, cipher, user_id)
    if secret is None:
        return False
    step = _step_of(secret, "".join(code.split()), now)
    if step is None:
        return False
    unused = or_(users.c.totp_step.is_(None), users.c.totp_step < step)
    used = connection.execute(update(users).where(users.c.id == user_id, unused).values(totp_step=step))
    return used.rowcount == 1


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    today = int(now.timestamp()) // SECONDS
    codes = pyotp.TOTP(secret, interval=SECONDS)
    for step in (today, today - 1, today + 1):
        if hmac.compare_digest(codes.generate_otp(step).encode(), code.encode()):
            return step
    return None


def picture(secret: str, email: str) -> str:
    """The QR code that an app reads, as a data address for an image."""
    address = pyotp.TOTP(secret, interval=SECONDS).provisioning_uri(name=email, issuer_name="Arraigo")
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=3, light="#fff")


def make_recovery(connection: Connection, hasher: Hasher, user_id: int, now: datetime) -> list[str]:
    """Ten new codes, in place of all others. They are kept only as hashes: to be shown now."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]
    rows = [{"created_at": now, "user_id": user_id, "code_hash": _hash(hasher, user_id, code)} for code in codes]
    connection.execute(insert(recovery_codes), rows)
    return codes


def use_recovery(connection: Connection, hasher: Hasher, user_id: int, code: str, now: datetime) -> bool:
    """Whether it is one of their codes that has not been used."""
    code_ = recovery_codes.c
    same = (code_.user_id == user_id, code_.code_hash == _hash(hasher, user_id, code), code_.used_at.is_(None))
    return connection.execute(update(recovery_codes).where(*same).values(used_at=now)).rowcount == 1


def _hash(hasher: Hasher, user_id: int, code: str) -> bytes:
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return hasher.of("recovery code", f"{user_id}:{plain}")
