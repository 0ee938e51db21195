"""Accounts of the panel: made, changed, closed; by the command line and by the room of accounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from bot.panel import passwords, sessions
from bot.panel.passwords import Passwords
from bot.panel.roles import COUNTRIES, LANGUAGES, PERMISSIONS, ROLES
from bot.panel.services import UserLeft
from bot.refusal import Refusal
from db.tables import recovery_codes, users

ADMIN: Final = "admin"
TEMPORARY_FOR: Final = timedelta(days=7)  # how long a temporary password opens
FIRST_EMAIL: Final = "admin@localhost"
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


class AccountError(Refusal):
    """An account cannot be made or changed so."""


class BadEmail(AccountError):
    """That is no e-mail address: write it as name@example.org."""

    key = "usuarios.correo_malo"


class EmailTaken(AccountError):
    """There is an account of that address: change it, or use another address."""

    key = "usuarios.correo_usado"


class LastAdmin(AccountError):
    """Nobody could manage accounts any more: make somebody else an admin first."""

    key = "usuarios.ultima_admin"


@dataclass(frozen=True, slots=True)
class Access:
    """What an account may do: role, country (None: all), languages that the person speaks."""

    role: str
    country: str | None
    languages: tuple[str, ...] = ("es",)

    def __post_init__(self) -> None:
        if self.role not in ROLES or self.country not in (None, *COUNTRIES) or not set(self.languages) <= {*LANGUAGES}:
            raise ValueError(f"role is one of {ROLES}, country one of {COUNTRIES} or none, languages of {LANGUAGES}")


def plain_email(email: str) -> str:
    """An address as it is kept: trimmed, in lower case. Raises `BadEmail`."""
    plain = email.strip().casefold()
    if not _EMAIL.fullmatch(plain):
        raise BadEmail
    return plain


def by_email(connection: Connection, email: str) -> RowMapping | None:
    """The account of an address, in the form of `plain_email`."""
    return connection.execute(select(users).where(users.c.email == email)).mappings().one_or_none()


def by_id(connection: Connection, user_id: int) -> RowMapping | None:
    """The account of that id."""
    return connection.execute(select(users).where(users.c.id == user_id)).mappings().one_or_none()


def may_answer(connection: Connection) -> int:
    """How many active people may answer cases."""
    able = users.c.active & users.c.role.in_(PERMISSIONS["cases.work"])
    return int(connection.scalar(select(func.count()).select_from(users).where(able)) or 0)


def add(connection: Connection, email: str, name: str, access: Access, password_hash: str, now: datetime) -> int:
    """A new account with a temporary password. Returns its id. Raises `BadEmail`, `EmailTaken`."""
    plain = plain_email(email)
    if by_email(connection, plain) is not None:
        raise EmailTaken
    row = {
        "created_at": now,
        "email": plain,
        "name": name,
        "role": access.role,
        "country": access.country,
        "languages": list(access.languages),
        "password_hash": password_hash,
        "password_changed_at": now,
        "must_change": True,
    }
    user_id: int = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
    return user_id


def change(connection: Connection, user_id: int, name: str, access: Access) -> bool:
    """Another name, role, country or languages; whether the access changed, which ends the sessions.

    Raises `LastAdmin`.
    """
    before = connection.execute(select(users).where(users.c.id == user_id).with_for_update()).mappings().one()
    other = (before["role"], before["country"]) != (access.role, access.country)
    if before["active"] and before["role"] == ADMIN and access.role != ADMIN:
        _keep_an_admin(connection, user_id)
    _set(connection, user_id, name=name, role=access.role, country=access.country, languages=list(access.languages))
    if other:
        sessions.end_all(connection, user_id)
    return other


def deactivate(connection: Connection, user_id: int, left: Sequence[UserLeft], now: datetime) -> None:
    """Out at once: sessions end, and what was theirs is handed over. Raises `LastAdmin`."""
    _keep_an_admin(connection, user_id)
    _set(connection, user_id, active=False)
    sessions.end_all(connection, user_id)
    for hand_over in left:
        hand_over(connection, user_id, now)


def activate(connection: Connection, user_id: int) -> None:
    """In again, with the password of before."""
    _set(connection, user_id, active=True)


def set_temporary(connection: Connection, user_id: int, password_hash: str, now: datetime) -> None:
    """A password to be changed at the first login; whoever was in is out."""
    _set(connection, user_id, password_hash=password_hash, password_changed_at=now, must_change=True)
    sessions.end_all(connection, user_id)


def set_password(connection: Connection, user_id: int, password_hash: str, now: datetime) -> None:
    """The person's own password; every session ends, and the caller begins a new one."""
    _set(connection, user_id, password_hash=password_hash, password_changed_at=now, must_change=False)
    sessions.end_all(connection, user_id)


def drop_second_step(connection: Connection, user_id: int) -> None:
    """Without a second step from now on."""
    _set(connection, user_id, totp_enc=None, totp_since=None, totp_step=None)
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


def first_admin(connection: Connection, passwords_: Passwords, now: datetime) -> str | None:
    """An admin for a database without accounts: the temporary password; None where there are some."""
    if connection.scalar(select(func.count()).select_from(users)):
        return None
    password = passwords.temporary()
    add(connection, FIRST_EMAIL, "", Access(ADMIN, None), passwords_.make(password), now)
    return password


def _keep_an_admin(connection: Connection, leaving: int) -> None:
    """Raises `LastAdmin` where nobody else is one. Locks them: two who remove each other wait in line."""
    query = select(users.c.id).where(users.c.role == ADMIN, users.c.active).order_by(users.c.id).with_for_update()
    admins = connection.scalars(query).all()
    if list(admins) == [leaving]:
        raise LastAdmin


def _set(connection: Connection, user_id: int, **values: Any) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(values))
