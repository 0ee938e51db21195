"""Who is logged in: sessions in the database, found by the keyed hash of a random token."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from bot.panel.roles import may
from db.crypto import Hasher
from db.tables import panel_sessions, users

IDLE: Final = timedelta(hours=8)
ABSOLUTE: Final = timedelta(days=7)
FOR_CODE: Final = timedelta(minutes=10)  # between the password and the second step
TOUCH: Final = timedelta(minutes=5)  # how exact `last_seen_at` is: not every request writes
FULL: Final = "full"
CODE: Final = "code"


class Reached(IntEnum):
    """How far a login has come."""

    KNOWN = 1  # the password was right, the second step is to come
    INSIDE = 2  # in, but the password is a temporary one
    READY = 3


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is at the other end, as the database says at this request."""

    id: int
    email: str
    name: str
    role: str
    country: str | None  # all that they see is of this country; None: of every country
    languages: tuple[str, ...]
    must_change: bool
    second_step: bool
    session_id: int
    stage: str
    last_seen_at: datetime

    def may(self, permission: str) -> bool:
        """Whether the role has this permission."""
        return may(self.role, permission)

    @property
    def reached(self) -> Reached:
        """What they may do before all else is done."""
        if self.stage != FULL:
            return Reached.KNOWN
        return Reached.INSIDE if self.must_change else Reached.READY

    @property
    def called(self) -> str:
        """The name, or the address where there is none."""
        return self.name or self.email


def new_token() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def csrf_of(secret: Hasher, token: str) -> str:
    """The proof that a form was written for the holder of this cookie."""
    return base64.urlsafe_b64encode(secret.of("panel form", token)).decode().rstrip("=")


def begin(connection: Connection, secret: Hasher, user_id: int, stage: str, now: datetime) -> str:
    """A new session. Returns its token, which is kept nowhere else. Clears away sessions that are over."""
    connection.execute(delete(panel_sessions).where(panel_sessions.c.created_at <= now - ABSOLUTE))
    token = new_token()
    row = {
        "created_at": now,
        "user_id": user_id,
        "token_hash": secret.of("panel session", token),
        "stage": stage,
        "last_seen_at": now,
    }
    connection.execute(insert(panel_sessions).values(row))
    return token


def find(connection: Connection, secret: Hasher, token: str, now: datetime) -> Staff | None:
    """Who holds this token; None where the session is over, or they have left."""
    session, user = panel_sessions.c, users.c
    query = (
        select(
            user.id,
            user.email,
            user.name,
            user.role,
            user.country,
            user.languages,
            user.must_change,
            user.totp_since,
            session.id.label("session_id"),
            session.stage,
            session.created_at,
            session.last_seen_at,
        )
        .join(users, user.id == session.user_id)
        .where(session.token_hash == secret.of("panel session", token), user.active)
    )
    row = connection.execute(query).one_or_none()
    if row is None or is_over(row.stage, row.created_at, row.last_seen_at, now):
        return None
    return Staff(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        country=row.country,
        languages=tuple(row.languages),
        must_change=row.must_change,
        second_step=row.totp_since is not None,
        session_id=row.session_id,
        stage=row.stage,
        last_seen_at=row.last_seen_at,
    )


def is_over(stage: str, created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a session has run out."""
    longest, idle = (ABSOLUTE, IDLE) if stage == FULL else (FOR_CODE, FOR_CODE)
    return now >= created_at + longest or now >= last_seen_at + idle


def touch(connection: Connection, session_id: int, now: datetime) -> None:
    """Note that the session is in use."""
    connection.execute(update(panel_sessions).where(panel_sessions.c.id == session_id).values(last_seen_at=now))


def end(connection: Connection, session_id: int) -> None:
    """Log out here."""
    connection.execute(delete(panel_sessions).where(panel_sessions.c.id == session_id))


def end_all(connection: Connection, user_id: int) -> None:
    """Log out everywhere."""
    connection.execute(delete(panel_sessions).where(panel_sessions.c.user_id == user_id))
