"""Failed logins: each account and each network address has so many, then waits, longer every time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.web.limits import network
from db.crypto import Hasher
from db.tables import login_attempts

FREE: Final = {"account": 5, "address": 30, "code": 5}  # an office may share one address
LONGEST: Final = timedelta(hours=1)
FORGOTTEN: Final = timedelta(days=1)  # after so long without a failure


@dataclass(frozen=True, slots=True)
class Counted:
    """What failures are counted by; the hash says nothing to who reads the table."""

    kind: str
    key: bytes

    @classmethod
    def account(cls, hasher: Hasher, email: str) -> Counted:
        """An account, whether there is one of that name or not: nobody learns which."""
        return cls("account", hasher.of("login account", email))

    @classmethod
    def address(cls, hasher: Hasher, address: str) -> Counted:
        return cls("address", hasher.of("login address", network(address)))

    @classmethod
    def code(cls, hasher: Hasher, user_id: int) -> Counted:
        return cls("code", hasher.of("login code", str(user_id)))


def take(connection: Connection, every: Iterable[Counted], now: datetime) -> int:
    """Count one try as failed, before it is judged, so that many at once count as many.

    Returns 0 where it may be judged, or the whole minutes to wait: then nothing was counted.
    """
    connection.execute(delete(login_attempts).where(login_attempts.c.last_at < now - FORGOTTEN))
    rows = [(counted, _row(connection, counted, now)) for counted in every]
    waits = [until - now for _, (_, _, until) in rows if until is not None and until > now]
    if waits:
        return math.ceil(max(waits) / timedelta(minutes=1))
    for counted, (row_id, failures, _) in rows:
        until = _locked_until(counted.kind, failures + 1, now)
        values = {"failures": failures + 1, "last_at": now, "locked_until": until}
        connection.execute(update(login_attempts).where(login_attempts.c.id == row_id).values(values))
    return 0


def forgive(connection: Connection, counted: Counted) -> None:
    """It was the right one: its failures are forgotten."""
    same = (login_attempts.c.kind == counted.kind, login_attempts.c.key_hash == counted.key)
    connection.execute(delete(login_attempts).where(*same))


def judged_right(connection: Connection, account: Counted, address: Counted) -> None:
    """The password was right: the account's failures are forgotten.

    Of the address only this try: earlier ones, perhaps for other accounts, still count.
    """
    forgive(connection, account)
    same = (login_attempts.c.kind == address.kind, login_attempts.c.key_hash == address.key)
    fewer = {"failures": login_attempts.c.failures - 1, "locked_until": None}
    connection.execute(update(login_attempts).where(*same).values(fewer))


def _locked_until(kind: str, failures: int, now: datetime) -> datetime | None:
    beyond = failures - FREE[kind]
    if beyond < 0:
        return None
    return now + min(LONGEST, timedelta(minutes=2 ** min(beyond, 10)))


def _row(connection: Connection, counted: Counted, now: datetime) -> tuple[int, int, datetime | None]:
    """Its id, failures and lock; made if need be, and held until the transaction ends."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(login_attempts).values(
        created_at=now, kind=counted.kind, key_hash=counted.key, failures=0, last_at=now
    )
    connection.execute(new.on_conflict_do_nothing(index_elements=["kind", "key_hash"]))
    columns = (login_attempts.c.id, login_attempts.c.failures, login_attempts.c.locked_until)
    query = select(*columns).where(login_attempts.c.kind == counted.kind, login_attempts.c.key_hash == counted.key)
    row = connection.execute(query.with_for_update()).one()
    found: tuple[int, int, datetime | None] = (row.id, row.failures, row.locked_until)
    return found
